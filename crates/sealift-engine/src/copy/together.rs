//! Ranges carried over in one transaction: a large one alone, of small tables many at once.
//!
//! ```text
//! reader thread   rows of t1 ─ end ─ rows of t2 ─ end ─ …      (a bounded channel)
//! connection      begin, parse copies │ copy t1 … done + copy t2 … done │ receipts; commit
//!                          one answer ┘         one answer each ┘        └ one answer
//! ```

use super::budget::chunks_in_flight;
use super::context::{CopyContext, read_job};
use super::{RangeJob, staging};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Event, Phase, Step, stopped};
use crate::postgres::{CopyIn, ParsedCopy, Session};
use crate::sqlite::{Chunk, RangeSummary, ReadJob, read_range};
use crate::store::RangeReceipt;
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, TablePlan};
use sealift_core::sql::Sql;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// What the reader thread hands on.
enum Piece {
    Chunk(Chunk),
    /// The range under way is read, and what was in it.
    End(RangeSummary),
}

/// What arrived of one range.
struct Arrived {
    summary: RangeSummary,
    /// Rows that the server counted.
    accepted: u64,
    /// Bytes sent.
    bytes: u64,
    seconds: f64,
}

/// Copies ranges in one transaction with their receipts, which are returned in the same order. More
/// than one only of tables whose rows go there directly.
///
/// # Errors
/// The first failure, of either side: the transaction is not committed then.
/// [`ErrorKind::Stopped`] when the run was asked to stop.
pub(crate) async fn carry(
    context: &Arc<CopyContext>,
    session: &Session,
    jobs: &[RangeJob],
) -> Result<Vec<RangeReceipt>> {
    let work: Result<Vec<(&TablePlan, ReadJob)>> = jobs
        .iter()
        .map(|job| {
            let table = context.plan.tables.get(job.table).ok_or_else(|| {
                Error::new(ErrorKind::Bug, "a range of a table that is not in the plan")
            })?;
            Ok((table, read_job(context, table, job)?))
        })
        .collect();
    let (tables, reads): (Vec<&TablePlan>, Vec<ReadJob>) = work?.into_iter().unzip();
    let row_bytes = jobs.iter().filter_map(|job| context.tables.get(job.table));
    let row_bytes = row_bytes.map(|table| table.row_bytes).max().unwrap_or(0);
    let _share = context.budget.share(row_bytes).await?;
    let (sender, receiver) = mpsc::channel(chunks_in_flight(row_bytes));
    let reader = read_on_thread(Arc::clone(context), reads, sender);
    let sent = send_all(context, session, &tables, receiver).await;
    let read = reader
        .await
        .map_err(|error| Error::new(ErrorKind::Bug, "a reader thread panicked").caused_by(error))?;
    // Each side stops when the other fails; the one that failed first knows why.
    let arrived = match (read, sent) {
        (Ok(()), Ok(arrived)) => arrived,
        (Err(error), Err(refused)) if error.kind() == ErrorKind::Stopped => return Err(refused),
        (Err(error), _) | (Ok(()), Err(error)) => return Err(error),
    };
    if context.cancel.is_cancelled() {
        session.rollback().await?;
        return Err(stopped());
    }
    record(context, session, (&tables, jobs), &arrived).await
}

/// Checks what arrived and commits it with its receipts.
async fn record(
    context: &CopyContext,
    session: &Session,
    (tables, jobs): (&[&TablePlan], &[RangeJob]),
    arrived: &[Arrived],
) -> Result<Vec<RangeReceipt>> {
    let mut receipts = Vec::with_capacity(jobs.len());
    for (table, arrived) in tables.iter().zip(arrived) {
        let rows = arrived.summary.rows;
        if arrived.accepted != rows {
            session.rollback().await?;
            let accepted = arrived.accepted;
            let message = format!("the server counted {accepted} rows where {rows} were sent");
            return Err(named(table, Error::new(ErrorKind::Bug, message)));
        }
        let (digest, bytes) = (arrived.summary.digest, arrived.bytes);
        let hashed = context.hashed;
        receipts.push(RangeReceipt { hashed, digest, bytes, seconds: arrived.seconds });
    }
    if receipts.len() != jobs.len() {
        return Err(Error::new(ErrorKind::Bug, "a range has ended without a word"));
    }
    let ranges: Vec<(&str, usize, RangeReceipt)> = tables
        .iter()
        .zip(jobs)
        .zip(&receipts)
        .map(|((table, job), receipt)| (table.source.as_str(), job.number, *receipt))
        .collect();
    let ranges = context.store.ranges_done(&ranges)?;
    let committed = context.store.commit_with(session, &ranges, Step::Range).await;
    committed.map_err(|error| match tables {
        [table] => named(table, error),
        _ => error.context(format_args!("copy {} tables", tables.len())),
    })?;
    Ok(receipts)
}

fn named(table: &TablePlan, error: Error) -> Error {
    error.context(format_args!("copy table {}", table.source))
}

fn read_on_thread(
    context: Arc<CopyContext>,
    jobs: Vec<ReadJob>,
    sender: mpsc::Sender<Piece>,
) -> tokio::task::JoinHandle<Result<()>> {
    tokio::task::spawn_blocking(move || {
        let reader = context
            .snapshot
            .take()
            .ok_or_else(|| Error::new(ErrorKind::Bug, "there are fewer readers than workers"))?;
        let hand_on = |piece: Piece| {
            if context.cancel.is_cancelled() || sender.blocking_send(piece).is_err() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        for job in &jobs {
            let summary = read_range(&reader, job, &mut |chunk| hand_on(Piece::Chunk(chunk)))
                .map_err(|error| context.snapshot.explain(error))
                .map_err(|error| error.context(format_args!("copy table {}", job.key.table())))?;
            if hand_on(Piece::End(summary)).is_break() {
                return Err(stopped());
            }
        }
        Ok(())
    })
}

/// Sends what the reader hands on, table after table. The answer to the end of one is waited for
/// together with that to the beginning of the next.
async fn send_all(
    context: &CopyContext,
    session: &Session,
    tables: &[&TablePlan],
    mut receiver: mpsc::Receiver<Piece>,
) -> Result<Vec<Arrived>> {
    let [first, ..] = tables else { return Ok(Vec::new()) };
    let copies: Result<Vec<Sql>> =
        tables.iter().map(|table| copy_statement(&context.plan.schema, table)).collect();
    let before = if first.filling.is_plain() { Vec::new() } else { vec![staging::make(first)?] };
    let parsed = session.begin_copies(&before, &copies?).await;
    let parsed = parsed.map_err(|error| named(first, error))?;
    let mut parsed = parsed.iter();
    let mut open = start(session, first, parsed.next()).await?;
    let mut arrived = Vec::with_capacity(tables.len());
    let mut following = tables.iter().skip(1);
    for table in tables {
        let started = Instant::now();
        let Some(mut copy) = open.take() else { break };
        let sent = send(context, table, &mut copy, &mut receiver).await;
        let Some((summary, bytes)) = sent.map_err(|error| named(table, error))? else { break };
        let next = async {
            match following.next() {
                Some(table) => start(session, table, parsed.next()).await,
                None => Ok(None),
            }
        };
        let (accepted, next) = tokio::join!(copy.finish(), next);
        let accepted = accepted.map_err(|error| named(table, error))?;
        open = next?;
        if !table.filling.is_plain() {
            let taken = take_on(context, session, table, accepted).await;
            taken.map_err(|error| named(table, error))?;
        }
        let seconds = started.elapsed().as_secs_f64();
        arrived.push(Arrived { summary, accepted, bytes, seconds });
    }
    Ok(arrived)
}

async fn start<'a>(
    session: &'a Session,
    table: &TablePlan,
    copy: Option<&ParsedCopy>,
) -> Result<Option<CopyIn<'a>>> {
    let Some(copy) = copy else { return Ok(None) };
    session.start_copy(copy).await.map(Some).map_err(|error| named(table, error))
}

/// Sends the rows of one range; `None` when the reader has given up.
async fn send(
    context: &CopyContext,
    table: &TablePlan,
    copy: &mut CopyIn<'_>,
    receiver: &mut mpsc::Receiver<Piece>,
) -> Result<Option<(RangeSummary, u64)>> {
    let mut total = 0_u64;
    loop {
        match receiver.recv().await {
            Some(Piece::Chunk(chunk)) => {
                let bytes = u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
                let rows = chunk.rows;
                copy.send(chunk.bytes).await?;
                total += bytes;
                let table = table.source.clone();
                context.events.send(Event::Rows { phase: Phase::Copy, table, rows, bytes });
            }
            Some(Piece::End(summary)) => return Ok(Some((summary, total))),
            None => return Ok(None),
        }
    }
}

/// Takes rows on from the temporary table.
async fn take_on(
    context: &CopyContext,
    session: &Session,
    table: &TablePlan,
    rows: u64,
) -> Result<()> {
    let insert = staging::insert(&context.plan.schema, table)?;
    let taken = session.execute(&insert).await?;
    match table.filling.conflict {
        Conflict::Error | Conflict::Update if taken != rows && !only_keys(table) => {
            Err(Error::new(
                ErrorKind::Bug,
                format!("the server took {taken} rows on where {rows} had arrived"),
            ))
        }
        Conflict::Error | Conflict::Update | Conflict::Skip => Ok(()),
    }
}

/// Returns whether a row that is there already has nothing that could be other.
fn only_keys(table: &TablePlan) -> bool {
    let mut columns = table.target.columns.iter();
    table.filling.conflict == Conflict::Update
        && columns.all(|column| table.filling.key.contains(&column.name))
}

/// Returns the statement that takes a table's rows.
fn copy_statement(schema: &Ident, table: &TablePlan) -> Result<Sql> {
    if !table.filling.is_plain() {
        return staging::copy_into(table);
    }
    let columns = table
        .target
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
        .map(|column| &column.name);
    Ok(Sql::raw("copy ")
        .qualified(schema, &table.target.name)
        .push(" (")
        .idents(columns)
        .push(") from stdin (format binary)"))
}
