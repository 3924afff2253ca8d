//! [`Ready`]: operations that were tried on both sides, with rows to draw their parameters from.

use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, on_a_thread};
use crate::postgres::Session;
use crate::sqlite::{Application, Ran};
use sealift_core::bench::{Cell, Choices, Database, Left, Lot, Operation, Pool, Texts, Workload};
use sealift_core::sql::Sql;
use sealift_core::sqlite::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Cells that one pool may hold: thousands of ordinary rows, and some pictures.
const POOL_BYTES: usize = 4 << 20;

/// Nobody else uses the copy while statements are tried.
const TRIAL_WAIT: Duration = Duration::from_secs(1);

/// How often each is tried: a second insert shows a uniqueness that was overlooked.
const TRIALS: usize = 2;

/// PostgreSQL's cells, as its own text.
pub(super) type TextCell = Option<String>;

/// Operations that work on both sides. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Ready {
    pub(super) operations: Arc<Vec<Operation>>,
    /// Which of them a user does next.
    pub(super) choices: Arc<Choices>,
    /// The parameters of each on SQLite, by its position.
    pub(super) sqlite: Arc<Vec<Pool<Value>>>,
    /// The same on PostgreSQL.
    pub(super) postgres: Arc<Vec<Pool<TextCell>>>,
    numbers: Arc<Numbers>,
}

/// How many new rows each database has got.
#[derive(Debug, Default)]
struct Numbers {
    rollback: AtomicI64,
    wal: AtomicI64,
    postgresql: AtomicI64,
}

impl Ready {
    /// Returns the number of the next new row, from 1.
    pub(super) fn number(&self, database: Database) -> i64 {
        let number = match database {
            Database::SqliteRollback => &self.numbers.rollback,
            Database::SqliteWal => &self.numbers.wal,
            Database::Postgresql => &self.numbers.postgresql,
        };
        number.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// What is done, and what not.
pub(super) struct Rest {
    pub(super) ready: Ready,
    pub(super) left: Vec<Left>,
}

/// The outcome of trying: rows to draw from, or why not.
type Tried<C> = Result<Pool<C>, String>;

/// The outcomes on SQLite of a candidate's forms, in their order.
type FormsTried = Vec<Tried<Value>>;

/// Tries everything on both sides, and takes all of it back.
///
/// # Errors
/// When a database does not answer, or stopping was asked for.
pub(super) async fn prepare(
    workload: Workload,
    copy: PathBuf,
    session: &Session,
    stop: &Cancel,
) -> Result<Rest> {
    let Workload { candidates, mut left } = workload;
    let (candidates, outcomes) = on_a_thread("measuring", {
        let stop = stop.clone();
        move || on_sqlite(&copy, candidates, &stop)
    })
    .await?;
    let (mut operations, mut sqlite, mut postgres) = (Vec::new(), Vec::new(), Vec::new());
    for (forms, outcomes) in candidates.into_iter().zip(outcomes) {
        let mut why_not = None;
        for (form, outcome) in forms.into_iter().zip(outcomes) {
            stop.check()?;
            let outcome = match outcome {
                Ok(pool) => {
                    let same = on_postgres(session, &form, pool.len(), stop).await?;
                    same.map(|same| (pool, same))
                }
                Err(said) => Err(said),
            };
            match outcome {
                Ok((here, there)) => {
                    operations.push(form);
                    sqlite.push(here);
                    postgres.push(there);
                    why_not = None;
                    break;
                }
                // The first form is the one that people would think of.
                Err(reason) if why_not.is_none() => {
                    let (table, operation) = (form.table, Some(form.kind));
                    why_not = Some(Left { table, operation, reason });
                }
                Err(_) => {}
            }
        }
        left.extend(why_not);
    }
    let kinds: Vec<_> = operations.iter().map(|operation: &Operation| operation.kind).collect();
    let ready = Ready {
        operations: Arc::new(operations),
        choices: Arc::new(Choices::of(&kinds)),
        sqlite: Arc::new(sqlite),
        postgres: Arc::new(postgres),
        numbers: Arc::default(),
    };
    Ok(Rest { ready, left })
}

/// Returns the candidates again, with the outcome of each form.
fn on_sqlite(
    copy: &Path,
    candidates: Vec<Vec<Operation>>,
    stop: &Cancel,
) -> Result<(Vec<Vec<Operation>>, Vec<FormsTried>)> {
    let application = Application::open(copy, TRIAL_WAIT)?;
    let mut outcomes = Vec::with_capacity(candidates.len());
    for forms in &candidates {
        stop.check()?;
        outcomes.push(forms.iter().map(|form| try_here(&application, form)).collect());
    }
    Ok((candidates, outcomes))
}

fn try_here(application: &Application, operation: &Operation) -> Tried<Value> {
    let said = |error: Error| format!("SQLite: {error}");
    let Texts { statement, samples, greatest } = &operation.sqlite;
    let rows = application.rows(samples, POOL_BYTES).map_err(said)?;
    let greatest = match greatest {
        Some(sql) => application.rows(sql, POOL_BYTES).map_err(said)?.into_iter().next(),
        None => None,
    };
    let whole = |value| match value {
        Value::Integer(number) => number,
        Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => 0,
    };
    let greatest = greatest.unwrap_or_default().into_iter().map(whole).collect();
    let pool = Pool::new(&operation.arrangement, rows, greatest)?;
    match application.trial(statement, &draws(&pool)).map_err(said)? {
        Ran::Done => Ok(pool),
        Ran::Locked => Err("SQLite: the copy is locked".to_owned()),
        Ran::Failed(said) => Err(format!("SQLite: {said}")),
    }
}

/// Returns parameters for the trials. Their numbers are used again: what they made is taken back.
fn draws<C: Cell>(pool: &Pool<C>) -> Vec<Vec<C>> {
    let mut lot = Lot::of(0, 0, 0);
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    (0..TRIALS).map(|_| pool.draw(&mut lot, &mut next)).collect()
}

/// Tries one operation on PostgreSQL, with as many rows to draw from as SQLite has.
async fn on_postgres(
    session: &Session,
    operation: &Operation,
    rows: usize,
    stop: &Cancel,
) -> Result<Tried<TextCell>> {
    let Texts { samples, greatest, .. } = &operation.postgres;
    let most = i64::try_from(rows).unwrap_or(i64::MAX);
    let samples = Sql::raw("select * from (").sql(samples).push(") as bounded limit ").int(most);
    let rows = match judged(session.query_text(&samples).await)? {
        Ok(rows) => rows,
        Err(said) => return Ok(Err(said)),
    };
    let numbers = match greatest {
        Some(sql) => judged(session.query_text(sql).await)?,
        None => Ok(Vec::new()),
    };
    let numbers = match numbers {
        Ok(rows) => rows.into_iter().next().unwrap_or_default(),
        Err(said) => return Ok(Err(said)),
    };
    let whole = |text: TextCell| text.and_then(|text| text.parse().ok()).unwrap_or(0);
    let numbers = numbers.into_iter().map(whole).collect();
    let pool = match Pool::new(&operation.arrangement, rows, numbers) {
        Ok(pool) => pool,
        Err(said) => return Ok(Err(said.to_owned())),
    };
    session.begin().await?;
    let tried = judged(trial(session, operation, &draws(&pool), stop).await);
    session.rollback().await?;
    Ok(tried?.map(|()| pool))
}

async fn trial(
    session: &Session,
    operation: &Operation,
    each: &[Vec<TextCell>],
    stop: &Cancel,
) -> Result<()> {
    // Nothing is committed, so that a deferred constraint would not be looked at.
    session.batch(&Sql::raw("set constraints all immediate")).await?;
    let prepared = session.prepare_statement(&operation.postgres.statement).await?;
    for parameters in each {
        session.run_unless(&prepared, parameters, stop.cancelled()).await?;
    }
    Ok(())
}

/// Tells a statement that the server refuses from a server that does not answer.
fn judged<T>(outcome: Result<T>) -> Result<Result<T, String>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.kind() == ErrorKind::Unreachable => Err(error),
        Err(error) => Ok(Err(format!("PostgreSQL: {error}"))),
    }
}
