//! Every cell of both sides, walked in key order like two sorted lists.

use super::feed::{Feed, TargetRow, feed, pump};
use super::job::{Handle, Job};
use super::outcome::{NO_ROW, Outcome, key_text};
use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::on_a_thread;
use crate::postgres::Session;
use crate::report::CellDifference;
use crate::sqlite::{Reader, read_rows};
use sealift_core::sqlite::ValueRef;
use sealift_core::verify::cells::{Normal, of_source, of_target, same};
use sealift_core::verify::render;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How a walk ended.
pub(super) enum Walk {
    /// At the end of both sides.
    Done(Outcome),
    /// At a key that does not sort alike on both sides, so that the walk has no meaning.
    OutOfOrder,
}

/// Compares every cell of a table that has a key.
pub(super) async fn compare(
    session: &Session,
    reader: Reader,
    job: &Arc<Job>,
    progress: Progress,
) -> Result<Walk> {
    let (sender, feed) = feed();
    let sql = job.target_query(Handle::None);
    let walk = {
        let job = Arc::clone(job);
        on_a_thread("comparing", move || walk(&reader, &job, feed, progress))
    };
    let (pumped, walked) = tokio::join!(pump(session, &sql, sender), walk);
    pumped?;
    walked
}

type Key = Vec<Normal<'static>>;

/// The state of a walk.
struct Walker<'a> {
    job: &'a Job,
    feed: Feed,
    outcome: Outcome,
    last_source: Option<Key>,
    last_target: Option<Key>,
}

/// What to do after a row of SQLite.
enum Step {
    Next,
    OutOfOrder,
}

fn walk(reader: &Reader, job: &Job, feed: Feed, mut progress: Progress) -> Result<Walk> {
    let outcome = Outcome::of(job);
    let mut walker = Walker { job, feed, outcome, last_source: None, last_target: None };
    let mut is_out_of_order = false;
    read_rows(reader, &job.source_query(), |cells| {
        progress.row();
        Ok(match walker.source_row(cells)? {
            Step::Next => ControlFlow::Continue(()),
            Step::OutOfOrder => {
                is_out_of_order = true;
                ControlFlow::Break(())
            }
        })
    })?;
    if is_out_of_order || matches!(walker.rest()?, Step::OutOfOrder) {
        return Ok(Walk::OutOfOrder);
    }
    progress.finish();
    Ok(Walk::Done(walker.outcome))
}

impl Walker<'_> {
    /// Takes a row of SQLite and every row of PostgreSQL up to its key.
    fn source_row(&mut self, cells: &[ValueRef<'_>]) -> Result<Step> {
        self.outcome.source_rows += 1;
        let Some(key) = source_key(self.job, cells) else { return Ok(Step::OutOfOrder) };
        if !is_after(self.last_source.as_ref(), &key) {
            return Ok(Step::OutOfOrder);
        }
        loop {
            let order = {
                let Some(row) = self.feed.row()? else { break };
                let Some(target) = target_key(self.job, &row)? else {
                    return Ok(Step::OutOfOrder);
                };
                match key_order(&target, &key) {
                    Some(Ordering::Equal) => {
                        compare_row(self.job, cells, &row, &mut self.outcome)?;
                        Ordering::Equal
                    }
                    Some(order) => order,
                    None => return Ok(Step::OutOfOrder),
                }
            };
            match order {
                Ordering::Less => {
                    if matches!(self.extra_row()?, Step::OutOfOrder) {
                        return Ok(Step::OutOfOrder);
                    }
                }
                Ordering::Equal => {
                    self.outcome.target_rows += 1;
                    self.feed.advance();
                    self.last_target = Some(key.clone());
                    self.last_source = Some(key);
                    return Ok(Step::Next);
                }
                Ordering::Greater => break,
            }
        }
        self.outcome.count_other(1);
        if self.outcome.has_room() {
            self.outcome.list(CellDifference {
                key: source_key_text(self.job, cells),
                column: "*".to_owned(),
                source: render::source_row(cells),
                target: NO_ROW.to_owned(),
            });
        }
        self.last_source = Some(key);
        Ok(Step::Next)
    }

    /// Takes a row that only PostgreSQL has.
    fn extra_row(&mut self) -> Result<Step> {
        let Some(row) = self.feed.row()? else { return Ok(Step::Next) };
        let Some(key) = target_key(self.job, &row)? else { return Ok(Step::OutOfOrder) };
        if !is_after(self.last_target.as_ref(), &key) {
            return Ok(Step::OutOfOrder);
        }
        let is_difference = self.outcome.count_extra(1);
        if is_difference && self.outcome.has_room() {
            let shown = self.job.key.iter().filter_map(|position| {
                let text = row.get(*position)?.as_deref();
                let column = self.job.columns.get(*position)?;
                Some((*position, render::target(text, column.data_type)))
            });
            self.outcome.list(CellDifference {
                key: key_text(self.job, shown),
                column: "*".to_owned(),
                source: NO_ROW.to_owned(),
                target: target_row_text(self.job, &row),
            });
        }
        self.outcome.target_rows += 1;
        self.last_target = Some(key);
        self.feed.advance();
        Ok(Step::Next)
    }

    /// Takes what PostgreSQL has after SQLite's last row.
    fn rest(&mut self) -> Result<Step> {
        while self.feed.row()?.is_some() {
            if matches!(self.extra_row()?, Step::OutOfOrder) {
                return Ok(Step::OutOfOrder);
            }
        }
        Ok(Step::Next)
    }
}

/// Compares two rows of one key and lists each cell that differs.
fn compare_row(
    job: &Job,
    cells: &[ValueRef<'_>],
    row: &TargetRow<'_>,
    outcome: &mut Outcome,
) -> Result<()> {
    if row.len() != job.columns.len() {
        return Err(wrong_width());
    }
    let mut is_same = true;
    for ((value, text), column) in cells.iter().zip(row).zip(&job.columns) {
        let text = text.as_deref();
        if same(*value, column.data_type, column.reading, text) {
            continue;
        }
        is_same = false;
        if outcome.has_room() {
            outcome.list(CellDifference {
                key: source_key_text(job, cells),
                column: column.source.clone(),
                source: render::source(*value),
                target: render::target(text, column.data_type),
            });
        }
    }
    if !is_same {
        outcome.count_other(1);
    }
    Ok(())
}

pub(super) fn wrong_width() -> Error {
    Error::new(ErrorKind::Bug, "a row of the server's COPY has another number of columns")
}

pub(super) fn target_row_text(job: &Job, row: &[Option<Cow<'_, [u8]>>]) -> String {
    let cells = row.iter().zip(&job.columns);
    render::target_row(cells.map(|(text, column)| (text.as_deref(), column.data_type)))
}

fn source_key_text(job: &Job, cells: &[ValueRef<'_>]) -> String {
    let shown = job
        .key
        .iter()
        .filter_map(|position| Some((*position, render::source(*cells.get(*position)?))));
    key_text(job, shown)
}

/// Returns the key of a row; `None` where a cell of it has no meaning in its column.
fn source_key(job: &Job, cells: &[ValueRef<'_>]) -> Option<Key> {
    let cell = |position: &usize| {
        let column = job.columns.get(*position)?;
        let normal = of_source(*cells.get(*position)?, column.data_type, column.reading)?;
        Some(normal.into_owned())
    };
    job.key.iter().map(cell).collect()
}

fn target_key(job: &Job, row: &TargetRow<'_>) -> Result<Option<Key>> {
    let mut key = Vec::with_capacity(job.key.len());
    for position in &job.key {
        let (Some(text), Some(column)) = (row.get(*position), job.columns.get(*position)) else {
            return Err(wrong_width());
        };
        match of_target(text.as_deref(), column.data_type) {
            Some(normal) => key.push(normal.into_owned()),
            None => return Ok(None),
        }
    }
    Ok(Some(key))
}

fn key_order(a: &Key, b: &Key) -> Option<Ordering> {
    for (a, b) in a.iter().zip(b) {
        match a.key_order(b)? {
            Ordering::Equal => {}
            order @ (Ordering::Less | Ordering::Greater) => return Some(order),
        }
    }
    Some(Ordering::Equal)
}

fn is_after(last: Option<&Key>, key: &Key) -> bool {
    last.is_none_or(|last| key_order(last, key) == Some(Ordering::Less))
}
