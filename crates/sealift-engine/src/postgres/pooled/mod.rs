//! [`SessionPool`]: sessions that are kept between requests, as an application's pool keeps them.
//!
//! Not to be confused with `crate::pool`, the sessions that carry out a migration. This one is for what
//! goes on for weeks: it bounds how many sessions there are, replaces old ones, and finds its way back
//! after the server was away.
//!
//! ```text
//! acquire ── one idle? ── old, closed, or no answer to a ping? ── yes: closed, the next one
//!    │            └ none, and fewer than the most: connect ── refused? ── wait, while patience lasts
//!    │            └ none, and no room: wait for one that comes back
//!    ▼
//! PooledSession ── ask … ── dropped: idle again, or closed where `base` are idle already
//! ```

mod counts;
mod manager;
mod settings;

pub use counts::{NO_CONNECTION, PoolCounts, PoolState};
pub use settings::{PoolSettings, Reuse};

use super::{Endpoint, Session};
use crate::error::{Error, ErrorKind, Recovery, Result};
use counts::Counts;
use deadpool::Runtime;
use deadpool::managed::{Object, Pool, PoolError, QueueMode, TimeoutType, Timeouts};
use manager::SessionManager;
use sealift_core::sql::Sql;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a ping may take before the session counts as lost: a network that has not answered by then
/// keeps whoever waits.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// The pause before a server that refused is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Sessions of one server. Clones share them.
#[derive(Clone)]
pub struct SessionPool(Arc<Shared>);

struct Shared {
    pool: Pool<SessionManager>,
    settings: PoolSettings,
    endpoint: Endpoint,
    counts: Counts,
    /// Held while a session comes back, so that two of them do not both take the last place.
    returning: Mutex<()>,
}

/// What is done while the server cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// It is tried again: a server that restarts costs time, and no error.
    Waits,
    /// The first refusal is the answer.
    None,
}

impl SessionPool {
    /// Returns a pool of sessions that read, which opens none before one is wanted.
    ///
    /// # Errors
    /// [`ErrorKind::Bug`] when the pool cannot be made.
    pub fn new(
        endpoint: Endpoint,
        application_name: &'static str,
        settings: PoolSettings,
    ) -> Result<Self> {
        let endpoint = endpoint.for_reading();
        let manager = SessionManager { endpoint: endpoint.clone(), application_name, settings };
        let pool = Pool::builder(manager)
            .max_size(settings.most())
            // The one that was used last is the likeliest to be alive, and the others may grow old.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Bug, "make the pool").caused_by(error))?;
        let (counts, returning) = (Counts::default(), Mutex::new(()));
        Ok(Self(Arc::new(Shared { pool, settings, endpoint, counts, returning })))
    }

    /// Returns a session as soon as one is free, and the server is there: one that restarts is waited for.
    ///
    /// # Errors
    /// When none came back within the pool's time-out, or the server could not be reached in it, or does
    /// not let the role in.
    pub async fn acquire(&self) -> Result<PooledSession> {
        self.acquire_within(self.0.settings.timeout, Patience::Waits).await
    }

    /// Returns a session within the pool's time-out and the caller's own; that the server cannot be reached is said at
    /// once.
    ///
    /// # Errors
    /// As [`SessionPool::acquire`].
    pub async fn acquire_at_once(&self, limit: Duration) -> Result<PooledSession> {
        self.acquire_within(std::cmp::min(limit, self.0.settings.timeout), Patience::None).await
    }

    async fn acquire_within(&self, limit: Duration, patience: Patience) -> Result<PooledSession> {
        let began = Instant::now();
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let error = match self.attempt(left).await {
                Ok(object) => {
                    self.0.counts.waits.record(began.elapsed());
                    return Ok(self.lend(object));
                }
                Err(PoolError::Timeout(TimeoutType::Wait)) => {
                    self.0.counts.timed_out();
                    self.0.counts.waits.record(began.elapsed());
                    return Err(counts::exhausted(self.0.settings.most(), limit));
                }
                Err(PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle)) => {
                    self.0.counts.timed_out();
                    self.no_answer(limit)
                }
                Err(PoolError::Backend(error)) => error,
                Err(
                    error @ (PoolError::Closed
                    | PoolError::NoRuntimeSpecified
                    | PoolError::PostCreateHook(_)),
                ) => Error::new(ErrorKind::Bug, format!("take a session: {error}")),
            };
            self.0.counts.failed(&error);
            let left = limit.saturating_sub(began.elapsed());
            if patience == Patience::None || error.recovery() != Recovery::Retry || left <= PAUSE {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn attempt(&self, left: Duration) -> Result<Object<SessionManager>, PoolError<Error>> {
        // A wait of zero would mean not to wait for the lock either.
        let wait = std::cmp::max(left, Duration::from_millis(1));
        let timeouts = Timeouts {
            wait: Some(wait),
            create: Some(wait),
            recycle: Some(std::cmp::min(wait, PING_LIMIT)),
        };
        // Large: it holds the whole way into a server.
        Box::pin(self.0.pool.timeout_get(&timeouts)).await
    }

    fn lend(&self, object: Object<SessionManager>) -> PooledSession {
        let counts = &self.0.counts;
        if Object::metrics(&object).recycle_count == 0 {
            counts.opened.fetch_add(1, Ordering::Relaxed);
        }
        counts.in_use.fetch_add(1, Ordering::SeqCst);
        PooledSession { shared: Arc::clone(&self.0), object: Some(object) }
    }

    fn no_answer(&self, limit: Duration) -> Error {
        let message =
            format!("{} did not answer within {:.1} s", self.0.endpoint, limit.as_secs_f64());
        Error::new(ErrorKind::Unreachable, message)
            .hinted("is the address right, and does a firewall let it through?")
    }

    /// Returns the server, as it may be shown.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Returns how many sessions there are.
    #[must_use]
    pub fn state(&self) -> PoolState {
        self.0.state()
    }

    /// Returns what was counted.
    #[must_use]
    pub fn counts(&self) -> PoolCounts {
        self.0.counts.read(self.0.state())
    }

    /// Closes the idle sessions, and lets nobody have one any more.
    pub fn close(&self) {
        self.0.pool.close();
    }
}

impl Shared {
    fn state(&self) -> PoolState {
        let status = self.pool.status();
        let in_use = self.counts.in_use.load(Ordering::SeqCst);
        PoolState {
            base: self.settings.base,
            max: self.settings.most(),
            size: status.size,
            idle: status.size.saturating_sub(in_use),
            in_use,
            waiting: status.waiting,
            timeouts: self.counts.timeouts.load(Ordering::Relaxed),
        }
    }

    /// Takes a session back.
    fn give_back(&self, object: Object<SessionManager>) {
        let guard = self.returning.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state();
        if object.is_closed() || !self.settings.keeps_one_more(state.idle) {
            drop(Object::take(object));
        } else {
            drop(object);
        }
        self.counts.in_use.fetch_sub(1, Ordering::SeqCst);
        drop(guard);
    }
}

impl fmt::Debug for SessionPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionPool").field(&self.0.endpoint).field(&self.0.state()).finish()
    }
}

/// A session that goes back to its pool when it is dropped. Its settings are the server's own.
pub struct PooledSession {
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    object: Option<Object<SessionManager>>,
}

impl PooledSession {
    /// Returns the rows of a query as the text that PostgreSQL writes; NULL is `None`. How long it took is
    /// counted, and so is its error.
    ///
    /// # Errors
    /// When the server refuses it or the connection is gone.
    pub async fn ask(&self, sql: &Sql) -> Result<Vec<Vec<Option<String>>>> {
        let began = Instant::now();
        let answer = self.session()?.query_text(sql).await;
        self.shared.counts.statement(began.elapsed(), answer)
    }

    /// Asks for one row, and returns how long the answer took.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn ping(&self) -> Result<Duration> {
        let began = Instant::now();
        self.ask(&manager::ping()).await?;
        Ok(began.elapsed())
    }

    /// Returns the session itself.
    ///
    /// # Errors
    /// Never while the value lives.
    pub fn session(&self) -> Result<&Session> {
        match self.object.as_ref() {
            Some(object) => Ok(object),
            None => Err(Error::new(ErrorKind::Bug, "the session is back in its pool")),
        }
    }
}

impl Drop for PooledSession {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            self.shared.give_back(object);
        }
    }
}

impl fmt::Debug for PooledSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledSession").field(&self.object.as_deref()).finish()
    }
}
