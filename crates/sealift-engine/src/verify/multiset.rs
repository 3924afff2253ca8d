//! Rows without a key that both sides sort by: compared as two bags of 128-bit hashes.
//!
//! One pass over each side tells whether the bags are equal. Only if not, further passes find the
//! hashes that differ, each pass those of one residue class so that the counts stay within memory,
//! and a last pass reads the rows they belong to.

use super::cells::{target_row_text, wrong_width};
use super::feed::{Feed, feed, pump};
use super::job::{Handle, Job};
use super::outcome::{LISTED, NO_ROW, Outcome};
use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::on_a_thread;
use crate::postgres::Session;
use crate::report::CellDifference;
use crate::sqlite::{Reader, Snapshot, read_rows, rowid_name};
use sealift_core::sqlite::ValueRef;
use sealift_core::verify::cells::{of_source, of_target};
use sealift_core::verify::{RowSum, render, row_hash};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Distinct rows counted in one pass. A map of these takes 35 MB, and half as much again while it
/// grows: within 64 MB.
const COUNTED: u64 = 900_000;

/// How often a hash was seen in SQLite less how often in PostgreSQL.
pub(super) type Balance = HashMap<u128, i64>;

/// Compares two relations row by row without regard to order.
pub(super) async fn compare(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    progress: Progress,
) -> Result<Outcome> {
    // Without a key there is no order to ask for, and a sort of both sides would be for nothing.
    let job = &Arc::new(Job { key: Vec::new(), ..Job::clone(job) });
    let (source, target) = sums(session, snapshot, job, progress).await?;
    let mut outcome =
        Outcome { source_rows: source.rows, target_rows: target.rows, ..Outcome::of(job) };
    if source == target {
        return Ok(outcome);
    }
    let passes = passes(source.rows, target.rows);
    let mut wanted = Balance::new();
    for pass in 0..passes {
        let balance = balance(session, snapshot, job, (pass, passes)).await?;
        for (hash, count) in balance {
            let is_difference = if count > 0 {
                outcome.count_other(count.unsigned_abs());
                true
            } else {
                outcome.count_extra(count.unsigned_abs())
            };
            if is_difference && wanted.len() < LISTED {
                wanted.insert(hash, count);
            }
        }
    }
    name_rows(session, snapshot, job, wanted, &mut outcome).await?;
    Ok(outcome)
}

/// Returns the outcome where both sides are equal, after one pass.
pub(super) async fn equal(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    progress: Progress,
) -> Result<Option<Outcome>> {
    let (source, target) = sums(session, snapshot, job, progress).await?;
    let (source_rows, target_rows) = (source.rows, target.rows);
    Ok((source == target).then(|| Outcome { source_rows, target_rows, ..Outcome::default() }))
}

/// Returns in how many passes the rows are counted, at least one.
pub(super) fn passes(source_rows: u64, target_rows: u64) -> u64 {
    std::cmp::max(std::cmp::max(source_rows, target_rows).div_ceil(COUNTED), 1)
}

/// Reads both sides at once and adds up their hashes.
pub(super) async fn sums(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    mut progress: Progress,
) -> Result<(RowSum, RowSum)> {
    let (sender, feed) = feed();
    let sql = job.target_query(Handle::None);
    let reader = taken(snapshot)?;
    let for_source = Arc::clone(job);
    let source = on_a_thread("comparing", move || {
        let mut sum = RowSum::default();
        let mut bytes = Vec::new();
        read_rows(&reader, &for_source.source_query(), |cells| {
            sum.add(source_hash(&for_source, cells, &mut bytes));
            progress.row();
            Ok(ControlFlow::Continue(()))
        })?;
        progress.finish();
        Ok(sum)
    });
    let for_target = Arc::clone(job);
    let target = on_a_thread("comparing", move || {
        let mut sum = RowSum::default();
        target_rows(&for_target, feed, |hash| sum.add(hash))?;
        Ok(sum)
    });
    let (pumped, source, target) = tokio::join!(pump(session, &sql, sender), source, target);
    pumped?;
    Ok((source?, target?))
}

/// Returns the hashes of one residue class that one side has more often than the other.
pub(super) async fn balance(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    (pass, passes): (u64, u64),
) -> Result<Balance> {
    let (residue, classes) = (u128::from(pass), u128::from(passes));
    let (sender, feed) = feed();
    let sql = job.target_query(Handle::None);
    let reader = taken(snapshot)?;
    let job = Arc::clone(job);
    let work = on_a_thread("comparing", move || {
        let mut balance = Balance::new();
        let mut bytes = Vec::new();
        read_rows(&reader, &job.source_query(), |cells| {
            let hash = source_hash(&job, cells, &mut bytes);
            if hash % classes == residue {
                *balance.entry(hash).or_default() += 1;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        target_rows(&job, feed, |hash| {
            if hash % classes == residue {
                *balance.entry(hash).or_default() -= 1;
            }
        })?;
        balance.retain(|_, count| *count != 0);
        Ok(balance)
    });
    let (pumped, balance) = tokio::join!(pump(session, &sql, sender), work);
    pumped?;
    balance
}

/// Lists the rows that the wanted hashes belong to, SQLite's first.
async fn name_rows(
    session: &Session,
    snapshot: &Snapshot,
    job: &Arc<Job>,
    mut wanted: Balance,
    outcome: &mut Outcome,
) -> Result<()> {
    let (sender, feed) = feed();
    let handle = if job.has_ctid { Handle::Ctid } else { Handle::None };
    let sql = job.target_query(handle);
    let reader = taken(snapshot)?;
    let job = Arc::clone(job);
    let work = on_a_thread("comparing", move || {
        let mut found = Vec::new();
        let mut query = job.source_query();
        let rowid = rowid_name(&reader, &job.source);
        query.columns.extend(rowid.map(str::to_owned));
        let mut bytes = Vec::new();
        let mut number = 0_u64;
        read_rows(&reader, &query, |cells| {
            number += 1;
            let (cells, rowid) = cells.split_at_checked(job.columns.len()).unwrap_or((cells, &[]));
            let hash = source_hash(&job, cells, &mut bytes);
            if let Some(count) = wanted.get_mut(&hash).filter(|count| **count > 0) {
                *count -= 1;
                let key = rowid.first().map(|rowid| format!("rowid={}", render::source(*rowid)));
                found.push(CellDifference {
                    key: key.unwrap_or_else(|| format!("row {number}")),
                    column: "*".to_owned(),
                    source: render::source_row(cells),
                    target: NO_ROW.to_owned(),
                });
            }
            let is_full = found.len() >= LISTED;
            Ok(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let mut number = 0_u64;
        named_target_rows(&job, feed, handle, |hash, place, row| {
            number += 1;
            if let Some(count) = wanted.get_mut(&hash).filter(|count| **count < 0) {
                *count += 1;
                found.push(CellDifference {
                    key: place.map_or_else(|| format!("row {number}"), |at| format!("ctid={at}")),
                    column: "*".to_owned(),
                    source: NO_ROW.to_owned(),
                    target: target_row_text(&job, row),
                });
            }
        })?;
        Ok(found)
    });
    let (pumped, found) = tokio::join!(pump(session, &sql, sender), work);
    pumped?;
    for difference in found? {
        outcome.list(difference);
    }
    Ok(())
}

/// Returns a free reader.
pub(super) fn taken(snapshot: &Snapshot) -> Result<Reader> {
    snapshot.take().ok_or_else(|| Error::new(ErrorKind::Bug, "no reader of the snapshot is free"))
}

/// Hashes a row of SQLite by what it means. A cell without a meaning in its column is unlike every
/// value that PostgreSQL can hold.
pub(super) fn source_hash(job: &Job, cells: &[ValueRef<'_>], bytes: &mut Vec<u8>) -> u128 {
    bytes.clear();
    for (cell, column) in cells.iter().zip(&job.columns) {
        match of_source(*cell, column.data_type, column.reading) {
            Some(normal) => job.likeness.settle(normal, column.data_type).write(bytes),
            None => bytes.push(b'?'),
        }
    }
    row_hash(bytes)
}

fn target_hash(job: &Job, row: &[Option<Cow<'_, [u8]>>], bytes: &mut Vec<u8>) -> u128 {
    bytes.clear();
    for (text, column) in row.iter().zip(&job.columns) {
        match of_target(text.as_deref(), column.data_type) {
            Some(normal) => job.likeness.settle(normal, column.data_type).write(bytes),
            None => bytes.push(b'!'),
        }
    }
    row_hash(bytes)
}

fn target_rows(job: &Job, feed: Feed, mut each: impl FnMut(u128)) -> Result<()> {
    named_target_rows(job, feed, Handle::None, |hash, _, _| each(hash))
}

/// Takes every row, with what names it where that was asked for.
pub(super) fn named_target_rows(
    job: &Job,
    mut feed: Feed,
    handle: Handle,
    mut each: impl FnMut(u128, Option<String>, &[Option<Cow<'_, [u8]>>]),
) -> Result<()> {
    let mut bytes = Vec::new();
    while let Some(row) = feed.row()? {
        let (place, cells) = match handle {
            Handle::None => (None, row.as_slice()),
            Handle::Ctid => {
                let (place, cells) = row.split_first().ok_or_else(wrong_width)?;
                let place = place.as_deref().map(|at| String::from_utf8_lossy(at).into_owned());
                (place, cells)
            }
        };
        if cells.len() != job.columns.len() {
            return Err(wrong_width());
        }
        each(target_hash(job, cells, &mut bytes), place, cells);
        feed.advance();
    }
    Ok(())
}
