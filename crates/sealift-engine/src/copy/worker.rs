//! The workers that take ranges from the queue and copy them.

use super::budget::{Budget, chunks_in_flight};
use super::{RangeJob, staging};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Event, Events, Phase, Step, stopped};
use crate::postgres::{Session, TargetLock};
use crate::sqlite::{Chunk, KeyRange, RangeSummary, ReadJob, Snapshot, TableKey, read_range};
use crate::store::{RangeReceipt, Store};
use sealift_core::convert::ColumnCodec;
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, Plan, TablePlan};
use sealift_core::sql::Sql;
use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What every worker needs.
#[derive(Debug)]
pub struct CopyContext {
    /// Where sessions come from.
    pub lock: Arc<TargetLock>,
    /// The source, at one moment.
    pub snapshot: Arc<Snapshot>,
    /// Where receipts go.
    pub store: Store,
    /// What is made.
    pub plan: Plan,
    /// How each table of the plan is read, in the plan's order.
    pub tables: Vec<SourceTable>,
    /// The memory that all workers share.
    pub budget: Budget,
    /// Who listens.
    pub events: Events,
    /// Who may stop it.
    pub cancel: Cancel,
}

/// How a table is read.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// Its key.
    pub key: TableKey,
    /// Whether the census met cells so large that they travel in pieces.
    pub large_cells: bool,
    /// The most bytes of one row that are in memory at once, by the longest cell of each column.
    pub row_bytes: u64,
}

/// Receipts by source table and range number.
pub type Receipts = BTreeMap<(String, usize), RangeReceipt>;

/// Copies all ranges with up to `workers` of them at once and returns their receipts.
///
/// # Errors
/// The first failure; the ranges under way are rolled back then, those committed stay with their
/// receipts. [`ErrorKind::Stopped`] when the run was asked to stop.
pub async fn copy(
    context: Arc<CopyContext>,
    jobs: Vec<RangeJob>,
    workers: usize,
) -> Result<Receipts> {
    let mut jobs = jobs;
    jobs.sort_by_key(|job| (std::cmp::Reverse(job.weight), job.table, job.number));
    let workers = std::cmp::min(workers, jobs.len());
    let queue = Arc::new(Queue::new(jobs));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        tasks.spawn(work(Arc::clone(&context), Arc::clone(&queue)));
    }
    let mut receipts = Receipts::new();
    let mut failure = None;
    while let Some(joined) = tasks.join_next().await {
        let outcome = joined.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Bug, "a copy worker panicked").caused_by(error))
        });
        match outcome {
            Ok(done) => receipts.extend(done),
            Err(error) => {
                // The others stop at their next range: what failed here will not be mended by them.
                queue.clear();
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(receipts),
    }
}

/// The ranges that nobody has taken, and how many of each table are not done.
struct Queue {
    waiting: Mutex<VecDeque<RangeJob>>,
    unfinished: Mutex<BTreeMap<usize, usize>>,
    /// How many workers have a session.
    sessions: AtomicUsize,
}

impl Queue {
    fn new(jobs: Vec<RangeJob>) -> Self {
        let mut unfinished = BTreeMap::new();
        for job in &jobs {
            *unfinished.entry(job.table).or_default() += 1;
        }
        Self {
            waiting: Mutex::new(VecDeque::from(jobs)),
            unfinished: Mutex::new(unfinished),
            sessions: AtomicUsize::new(0),
        }
    }

    fn take(&self) -> Option<RangeJob> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a range off and returns whether it was the last of its table.
    fn is_last(&self, job: &RangeJob) -> bool {
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left) = unfinished.get_mut(&job.table) else { return true };
        *left = left.saturating_sub(1);
        *left == 0
    }
}

async fn work(context: Arc<CopyContext>, queue: Arc<Queue>) -> Result<Receipts> {
    let Some(session) = context.lock.one_more_session("sealift copy", &queue.sessions).await?
    else {
        return Ok(Receipts::new());
    };
    let mut receipts = Receipts::new();
    loop {
        context.cancel.check()?;
        let Some(job) = queue.take() else { return Ok(receipts) };
        let Some(table) = context.plan.tables.get(job.table) else { continue };
        let receipt = copy_range(&context, &session, table, &job)
            .await
            .map_err(|error| error.context(format_args!("copy table {}", table.source)))?;
        receipts.insert((table.source.clone(), job.number), receipt);
        if queue.is_last(&job) {
            let table = table.source.clone();
            context.events.send(Event::TableDone { phase: Phase::Copy, table });
        }
    }
}

async fn copy_range(
    context: &Arc<CopyContext>,
    session: &Session,
    table: &TablePlan,
    job: &RangeJob,
) -> Result<RangeReceipt> {
    let started = Instant::now();
    let read = read_job(context, table, job)?;
    let row_bytes = context.tables.get(job.table).map_or(0, |table| table.row_bytes);
    let _share = context.budget.share(row_bytes).await?;
    session.begin().await?;
    if !table.filling.is_plain() {
        session.batch(&staging::make(table)?).await?;
    }
    let (sender, receiver) = mpsc::channel(chunks_in_flight(row_bytes));
    let reader = read_on_thread(Arc::clone(context), read, sender);
    let sent = send(context, session, table, receiver).await;
    let read = reader
        .await
        .map_err(|error| Error::new(ErrorKind::Bug, "a reader thread panicked").caused_by(error))?;
    // Each side stops when the other fails; the one that failed first knows why.
    let (summary, (accepted, bytes)) = match (read, sent) {
        (Ok(summary), Ok(sent)) => (summary, sent),
        (Err(error), Err(refused)) if error.kind() == ErrorKind::Stopped => return Err(refused),
        (Err(error), _) | (Ok(_), Err(error)) => return Err(error),
    };
    if context.cancel.is_cancelled() {
        session.rollback().await?;
        return Err(stopped());
    }
    if accepted != summary.rows {
        session.rollback().await?;
        return Err(Error::new(
            ErrorKind::Bug,
            format!("the server counted {accepted} rows where {} were sent", summary.rows),
        ));
    }
    if !table.filling.is_plain() {
        take_on(context, session, table, accepted).await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let receipt = RangeReceipt { digest: summary.digest, bytes, seconds };
    session.execute(&context.store.range_done(&table.source, job.number, &receipt)?).await?;
    context.store.commit(session, Step::Range).await?;
    Ok(receipt)
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

/// Returns how a range of a table is read.
///
/// # Errors
/// When the plan asks for a conversion that does not exist.
pub(crate) fn read_job(
    context: &CopyContext,
    table: &TablePlan,
    job: &RangeJob,
) -> Result<ReadJob> {
    let mut columns = Vec::new();
    let mut codecs = Vec::new();
    for (plan, column) in table.columns.iter().zip(&table.target.columns) {
        if column.generated.is_some() {
            continue;
        }
        columns.push(plan.source.clone());
        codecs.push(ColumnCodec::new(column.data_type, plan.reading).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("column {}.{}", table.source, plan.source))
                .caused_by(error)
        })?);
    }
    let source = context
        .tables
        .get(job.table)
        .ok_or_else(|| Error::new(ErrorKind::Bug, "a range of a table that is not in the plan"))?;
    Ok(ReadJob {
        key: source.key.clone(),
        columns,
        codecs,
        range: KeyRange { after: job.after, up_to: job.up_to },
        // Always: a receipt without its digest could not be checked by the run that goes on.
        hash: true,
        large_cells: source.large_cells,
        apart: context.snapshot.filter(&table.source),
    })
}

fn read_on_thread(
    context: Arc<CopyContext>,
    job: ReadJob,
    sender: mpsc::Sender<Chunk>,
) -> tokio::task::JoinHandle<Result<RangeSummary>> {
    tokio::task::spawn_blocking(move || {
        let reader = context
            .snapshot
            .take()
            .ok_or_else(|| Error::new(ErrorKind::Bug, "there are fewer readers than workers"))?;
        let mut sink = |chunk: Chunk| {
            if context.cancel.is_cancelled() || sender.blocking_send(chunk).is_err() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        read_range(&reader, &job, &mut sink).map_err(|error| context.snapshot.explain(error))
    })
}

async fn send(
    context: &CopyContext,
    session: &Session,
    table: &TablePlan,
    mut receiver: mpsc::Receiver<Chunk>,
) -> Result<(u64, u64)> {
    let statement = if table.filling.is_plain() {
        copy_statement(&context.plan.schema, table)
    } else {
        staging::copy_into(table)?
    };
    let mut copy = session.copy_in(&statement).await?;
    let mut total = 0_u64;
    while let Some(chunk) = receiver.recv().await {
        let bytes = u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
        let rows = chunk.rows;
        copy.send(chunk.bytes).await?;
        total += bytes;
        context.events.send(Event::Rows {
            phase: Phase::Copy,
            table: table.source.clone(),
            rows,
            bytes,
        });
    }
    Ok((copy.finish().await?, total))
}

fn copy_statement(schema: &Ident, table: &TablePlan) -> Sql {
    let columns = table
        .target
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
        .map(|column| &column.name);
    Sql::raw("copy ")
        .qualified(schema, &table.target.name)
        .push(" (")
        .idents(columns)
        .push(") from stdin (format binary)")
}
