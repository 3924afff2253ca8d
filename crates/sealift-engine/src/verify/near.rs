//! A view's rows where doubles may differ in their last digits.
//!
//! Rows are hashed with their doubles rounded. Where two that are nearly equal lie on both sides of a
//! rounding edge, their rows remain; those are few, and are paired one by one.

use super::feed::{feed, pump};
use super::job::{Handle, Job};
use super::likeness::close;
use super::multiset::{self, Balance, balance, named_target_rows, source_hash, sums, taken};
use super::outcome::{NO_ROW, Outcome};
use super::progress::Progress;
use crate::error::Result;
use crate::ops::on_a_thread;
use crate::postgres::Session;
use crate::report::CellDifference;
use crate::sqlite::{Snapshot, read_rows};
use sealift_core::verify::cells::{Normal, of_source, of_target};
use sealift_core::verify::render;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Rows of both sides that are paired: a comparison of each with each takes less than a second.
const PAIRED: usize = 2000;

/// A row that the hashes left over.
struct Left {
    cells: Vec<Option<Normal<'static>>>,
    text: String,
}

/// Compares two relations row by row without regard to order, doubles by their first digits.
pub(super) async fn compare(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    progress: Progress,
) -> Result<Outcome> {
    let (source, target) = sums(session, snapshot, job, progress.clone()).await?;
    let mut outcome =
        Outcome { source_rows: source.rows, target_rows: target.rows, ..Outcome::default() };
    if source == target {
        return Ok(outcome);
    }
    let passes = multiset::passes(source.rows, target.rows);
    let mut wanted = Balance::new();
    for pass in 0..passes {
        wanted.extend(balance(session, snapshot, job, (pass, passes)).await?);
        let rows: u64 = wanted.values().map(|count| count.unsigned_abs()).sum();
        if usize::try_from(rows).is_ok_and(|rows| rows > PAIRED) {
            return multiset::compare(session, snapshot, job, progress).await;
        }
    }
    let (source, target) = left_over(session, snapshot, job, wanted).await?;
    let (source, target) = unpaired(source, target);
    for row in source {
        outcome.differing_rows += 1;
        outcome.list(CellDifference {
            key: format!("row {}", outcome.differing_rows),
            column: "*".to_owned(),
            source: row.text,
            target: NO_ROW.to_owned(),
        });
    }
    for row in target {
        outcome.differing_rows += 1;
        outcome.list(CellDifference {
            key: format!("row {}", outcome.differing_rows),
            column: "*".to_owned(),
            source: NO_ROW.to_owned(),
            target: row.text,
        });
    }
    Ok(outcome)
}

/// Takes away each pair of rows whose cells all count as equal.
fn unpaired(source: Vec<Left>, mut target: Vec<Left>) -> (Vec<Left>, Vec<Left>) {
    let mut rest = Vec::new();
    for row in source {
        let same = |other: &Left| {
            row.cells.iter().zip(&other.cells).all(|cells| match cells {
                (Some(a), Some(b)) => close(a, b),
                (None, _) | (_, None) => false,
            })
        };
        match target.iter().position(same) {
            Some(position) => drop(target.swap_remove(position)),
            None => rest.push(row),
        }
    }
    (rest, target)
}

/// Reads the rows that the wanted hashes belong to.
async fn left_over(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    mut wanted: Balance,
) -> Result<(Vec<Left>, Vec<Left>)> {
    let (sender, feed) = feed();
    let sql = job.target_query(Handle::None);
    let reader = taken(snapshot)?;
    let job = Arc::clone(job);
    let work = on_a_thread("comparing", move || {
        let (mut source, mut target) = (Vec::new(), Vec::new());
        let mut bytes = Vec::new();
        read_rows(&reader, &job.source_query(), |cells| {
            let hash = source_hash(&job, cells, &mut bytes);
            if let Some(count) = wanted.get_mut(&hash).filter(|count| **count > 0) {
                *count -= 1;
                let normal = cells.iter().zip(&job.columns).map(|(cell, column)| {
                    let normal = of_source(*cell, column.data_type, column.reading)?;
                    Some(job.likeness.settle_texts(normal, column.data_type).into_owned())
                });
                source.push(Left { cells: normal.collect(), text: render::source_row(cells) });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        named_target_rows(&job, feed, Handle::None, |hash, _, row| {
            if let Some(count) = wanted.get_mut(&hash).filter(|count| **count < 0) {
                *count += 1;
                let normal = row.iter().zip(&job.columns).map(|(text, column)| {
                    let normal = of_target(text.as_deref(), column.data_type)?;
                    Some(job.likeness.settle_texts(normal, column.data_type).into_owned())
                });
                let text = super::cells::target_row_text(&job, row);
                target.push(Left { cells: normal.collect(), text });
            }
        })?;
        Ok((source, target))
    });
    let (pumped, found) = tokio::join!(pump(session, &sql, sender), work);
    pumped?;
    found
}
