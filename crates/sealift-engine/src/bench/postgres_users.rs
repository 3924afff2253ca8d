//! Users of PostgreSQL: tasks that share sessions, one for each where the server has so many.

use super::tally::Tally;
use super::window::{Settings, Turn, Window};
use super::{BenchOptions, PostgresFacts};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Endpoint, Prepared, Session, TargetLock};
use crate::sqlite::Ran;
use sealift_core::bench::{Lot, Operation};
use sealift_core::sql::Sql;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections that are left to the application and to whoever has to look at the server.
const SPARED: usize = 3;

/// How many connections the server has left, this one counted as used. Of the sessions of others a role without rights
/// sees the database, if not their kind.
const FREE: &str = "
    select (current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0)
        - (select count(*) from pg_stat_activity where backend_type = 'client backend'
            or backend_type is null and datid is not null))::text";

/// The settings by which a server's writes are as durable as they are.
const FACTS: &str = "
    select current_setting('fsync'), current_setting('synchronous_commit'),
        current_setting('shared_buffers')";

/// Sessions that are open.
pub(super) struct Sessions {
    first: Session,
    others: Vec<Session>,
}

impl Sessions {
    /// Opens a session for each user, as long as the server has some left for others.
    ///
    /// # Errors
    /// When not even one can be opened.
    pub(super) async fn open(
        lock: &TargetLock,
        users: usize,
        options: &BenchOptions,
    ) -> Result<Self> {
        let wait = options.busy_timeout;
        let first = lock.session("sealift bench").await?;
        set(&first, wait, options.step).await?;
        let rows = first.query_text(&Sql::raw(FREE)).await?;
        let free: i64 =
            rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or(0);
        let free = usize::try_from(free).unwrap_or(0).saturating_sub(SPARED);
        let open = AtomicUsize::new(1);
        let mut others = Vec::new();
        for _ in 0..std::cmp::min(users.saturating_sub(1), free) {
            let Some(session) = lock.one_more_session("sealift bench", &open).await? else { break };
            set(&session, wait, options.step).await?;
            others.push(session);
        }
        Ok(Self { first, others })
    }

    /// Returns the one that there always is.
    pub(super) fn first(&self) -> &Session {
        &self.first
    }

    /// Returns what the numbers depend on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(super) async fn facts(&self, target: &Endpoint) -> Result<PostgresFacts> {
        let rows = self.first.query_text(&Sql::raw(FACTS)).await?;
        let mut settings = rows.into_iter().next().unwrap_or_default().into_iter();
        let mut setting = || settings.next().flatten().unwrap_or_default();
        Ok(PostgresFacts {
            version: self.first.server_version().to_string(),
            sessions: self.others.len() + 1,
            on_this_machine: target.is_on_this_machine(),
            fsync: setting(),
            synchronous_commit: setting(),
            shared_buffers: setting(),
        })
    }

    /// Prepares every operation in every session.
    ///
    /// # Errors
    /// When the server refuses a statement or goes away.
    pub(super) async fn prepare(self, operations: &[Operation]) -> Result<Pool> {
        let mut free = Vec::new();
        for session in [self.first].into_iter().chain(self.others) {
            let mut statements = Vec::with_capacity(operations.len());
            for operation in operations {
                statements.push(session.prepare_statement(&operation.postgres.statement).await?);
            }
            free.push(Client { session, statements });
        }
        let size = free.len();
        Ok(Pool { free: Mutex::new(free), permits: Semaphore::new(size), size })
    }
}

/// Sets how long a lock is waited for, as long as with SQLite, and when a statement has taken too long.
async fn set(session: &Session, wait: Duration, step: Duration) -> Result<()> {
    let millis = |time: Duration| format!("{}ms", std::cmp::max(time.as_millis(), 1));
    let sql = Sql::raw("set lock_timeout = ").literal(&millis(wait));
    let longest = wait + step + super::PATIENCE;
    let sql = sql.push("; set statement_timeout = ").literal(&millis(longest));
    session.batch(&sql).await
}

/// Sessions that users share.
pub(super) struct Pool {
    free: Mutex<Vec<Client>>,
    permits: Semaphore,
    size: usize,
}

/// A session and its statements, by the positions of the operations.
struct Client {
    session: Session,
    statements: Vec<Prepared>,
}

impl Pool {
    /// Returns how many sessions there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Carries one operation out, waiting for a session where all are in use.
    ///
    /// # Errors
    /// When the server went away.
    async fn run(
        &self,
        position: usize,
        parameters: &[Option<String>],
        settings: &Settings,
    ) -> Result<Ran> {
        let lost = || Error::new(ErrorKind::Bug, "a session of the benchmark is lost");
        let permit = self.permits.acquire().await.map_err(|_| lost())?;
        let client = self.free().pop().ok_or_else(lost)?;
        let outcome = match client.statements.get(position) {
            Some(statement) => {
                let stop = settings.stop.cancelled();
                client.session.run_unless(statement, parameters, stop).await
            }
            None => Err(lost()),
        };
        self.free().push(client);
        drop(permit);
        match outcome {
            Ok(_) => Ok(Ran::Done),
            Err(error) if settings.stop.is_cancelled() => Ok(Ran::Failed(error.to_string())),
            Err(error) => match error.sqlstate() {
                // A lock that was not got in time, a deadlock, a conflict of two transactions.
                Some("55P03" | "40P01" | "40001") => Ok(Ran::Locked),
                Some(_) if error.kind() != ErrorKind::Unreachable => {
                    Ok(Ran::Failed(error.to_string()))
                }
                Some(_) | None => Err(error),
            },
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Client>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Measures one step.
///
/// # Errors
/// When the server goes away.
pub(super) async fn measure(pool: &Arc<Pool>, settings: Settings) -> Result<Tally> {
    let window = Arc::new(Window::begin(&settings));
    let settings = Arc::new(settings);
    let mut users = JoinSet::new();
    for number in (0_u64..).take(settings.step.users) {
        let (pool, settings) = (Arc::clone(pool), Arc::clone(&settings));
        let window = Arc::clone(&window);
        users.spawn(async move {
            let done = user(number, &pool, &settings, &window).await;
            if done.is_err() {
                window.abandon();
            }
            done
        });
    }
    let mut tally = Tally::new();
    let mut failed = None;
    while let Some(ended) = users.join_next().await {
        let panicked = |_| Error::new(ErrorKind::Bug, "a user of PostgreSQL panicked");
        match ended.map_err(panicked).and_then(|done| done) {
            Ok(done) => tally.add(done),
            Err(error) if failed.is_none() => failed = Some(error),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(tally), Err)
}

/// Does what one user does until the step is over.
async fn user(number: u64, pool: &Pool, settings: &Settings, window: &Window) -> Result<Tally> {
    let mut lot = Lot::of(settings.seed, settings.step.number, number);
    let (mut tally, mut settled) = (Tally::new(), false);
    while let Some(position) = settings.ready.choices.draw(settings.step.load, &mut lot) {
        let Some(cells) = settings.ready.postgres.get(position) else { break };
        let parameters = cells.draw(&mut lot, || settings.ready.number(settings.database));
        let began = Instant::now();
        match window.turn(began, &mut settled) {
            Turn::Over => break,
            Turn::Idle => drop(pool.run(position, &parameters, settings).await?),
            Turn::Counted => {
                let ran = pool.run(position, &parameters, settings).await?;
                tally.count(began, window.end(), ran);
            }
        }
    }
    Ok(tally)
}
