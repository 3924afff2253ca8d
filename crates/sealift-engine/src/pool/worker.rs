//! One worker: a session, and one thing after the other.

use super::board::{Company, Next};
use super::{Failure, Pool};
use crate::copy::{RangeJob, carry};
use crate::error::{Error, Recovery, Result};
use crate::finish::{Sorting, analyze, build};
use crate::ops::{Event, Phase};
use crate::postgres::Session;
use sealift_core::ddl::{Stage, Statement};
use sealift_core::sql::Sql;
use std::sync::{Arc, PoisonError};

/// What a session may use to sort an index, where the server allows less by default. PostgreSQL's
/// own default of 64 MB is meant for `vacuum` beside a running application; here nothing runs yet.
const SORT_MEMORY: &str = "256MB";

/// Tables up to here are sorted in few runs, even where a row is two small numbers: an entry that is
/// sorted takes some 40 bytes.
const FEW_RUNS: u64 = 1 << 30;

/// Works until nothing is left.
pub(super) async fn work(pool: Arc<Pool>) -> Result<(), Failure> {
    let opened = pool.copy.lock.one_more_session("sealift copy", &pool.sessions).await;
    let Some(session) = opened.map_err(|error| pool.failure(error))? else { return Ok(()) };
    set_up(&session).await.map_err(|error| pool.failure(error))?;
    loop {
        let mut changed = std::pin::pin!(pool.changed.notified());
        changed.as_mut().enable();
        pool.copy.cancel.check().map_err(|error| pool.failure(error))?;
        let next = pool.board().next();
        match next {
            Next::Copy(jobs) => copy(&pool, &session, &jobs).await.map_err(Failure::Rows)?,
            Next::Build(statements, company) => {
                let sorting = pool.sorting(&statements, company);
                let outcome =
                    build(&pool.finish, &session, (&statements, sorting), pool.stopped()).await;
                pool.board().built(&statements);
                pool.after_rows(&session, outcome).await?;
            }
            Next::Analyze(tables) => {
                let outcome = analyze(&pool.finish, &session, &tables, pool.stopped()).await;
                pool.board().analyzed(&tables);
                pool.after_rows(&session, outcome).await?;
            }
            Next::Wait => changed.await,
            Next::Nothing => return Ok(()),
        }
        pool.mark();
        pool.changed.notify_waiters();
    }
}

/// Settings that only these sessions have.
///
/// - `synchronous_commit`: nothing waits for the disk at each range and each statement. A server that
///   loses its power loses the last of them together with their receipts and steps, and with the
///   sessions, so that the next attempt reads what is there. What is told to be done is on the disk: the
///   last transaction of a run, in another session, waits for everything before it;
/// - `default_toast_compression`: the faster of the two that a server has, where nobody has chosen one. It
///   says how long values are stored, of columns that say nothing themselves, and what every server with it
///   reads (manual 20.11.1); with the older one it is a tenth of the work of loading long texts;
/// - `deadlock_timeout`: the server's own vacuum begins as soon as rows are there, and makes room for an
///   index only when it is waited for so long (manual 25.1.6); only a superuser may set it;
/// - `maintenance_work_mem`: at least [`SORT_MEMORY`].
async fn set_up(session: &Session) -> Result<()> {
    let sql = Sql::raw("set synchronous_commit = off; ")
        .push("select set_config(name, 'lz4', false) from pg_settings where name = 'default_toast_compression' ")
        .push("and 'lz4' = any (enumvals) and source = 'default'; ")
        .push("select set_config(name, '10ms', false) from pg_settings where name = 'deadlock_timeout' ")
        .push("and setting::int > 10 and current_setting('is_superuser') = 'on'; ")
        .push("select set_config('maintenance_work_mem', ")
        .literal(SORT_MEMORY)
        .push(", false) from pg_settings where name = 'maintenance_work_mem' and setting::bigint < pg_size_bytes(")
        .literal(SORT_MEMORY)
        .push(") / 1024");
    session.query_text(&sql).await.map(drop)
}

async fn copy(pool: &Pool, session: &Session, jobs: &[RangeJob]) -> Result<()> {
    let receipts = carry(&pool.copy, session, jobs).await?;
    let mut all = pool.receipts.lock().unwrap_or_else(PoisonError::into_inner);
    for (job, receipt) in jobs.iter().zip(receipts) {
        if let Some(table) = pool.copy.plan.tables.get(job.table) {
            all.insert((table.source.clone(), job.number), receipt);
        }
    }
    drop(all);
    for position in pool.board().copied(jobs) {
        if let Some(table) = pool.copy.plan.tables.get(position) {
            let table = table.source.clone();
            pool.copy.events.send(Event::TableDone { phase: Phase::Copy, table });
        }
    }
    Ok(())
}

impl Pool {
    /// Returns how indexes are sorted: with all there is where a processor would be idle otherwise.
    fn sorting(&self, statements: &[Statement], company: Company) -> Sorting {
        let Company::Among(weight) = company else { return Sorting::Widely };
        let is_sorted = |statement: &Statement| {
            // Those of words and boxes gather entries in memory, the more the better.
            statement.stage == Stage::Indexes && !statement.sql.as_str().contains(" using gi")
        };
        if self.finish.is_saturated && weight <= FEW_RUNS && statements.iter().all(is_sorted) {
            Sorting::InCache
        } else {
            Sorting::Widely
        }
    }

    /// Returns as soon as a person, or a failure elsewhere, asks to stop.
    async fn stopped(&self) {
        tokio::select! {
            () = self.copy.cancel.cancelled() => {}
            () = self.failed.cancelled() => {}
        }
    }

    /// Says of a failure between two things what it keeps from being done.
    fn failure(&self, error: Error) -> Failure {
        if self.board().is_loaded() { Failure::Rest(error) } else { Failure::Rows(error) }
    }

    /// Goes on with the rows after a statement that the server refuses: hours may be in them.
    async fn after_rows(&self, session: &Session, outcome: Result<()>) -> Result<(), Failure> {
        let Err(error) = outcome else { return Ok(()) };
        let is_loaded = self.board().is_loaded();
        if is_loaded || error.recovery() != Recovery::Nothing || self.failed.is_cancelled() {
            return Err(Failure::Rest(error));
        }
        self.board().stop_building();
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        session.rollback().await.map_err(Failure::Rows)
    }
}
