//! [`Session`]: one connection, in a known state, that takes [`Sql`] only.

mod pipeline;
mod prepared;

pub(crate) use pipeline::begin;
pub use pipeline::{ParsedCopy, Refused};
pub(crate) use prepared::Prepared;

use super::connect::{Belongings, CancelRoute, DriverConnection, Opened};
use super::copy_in::CopyIn;
use super::copy_out::CopyOut;
use super::failure;
use super::known::{HALF_OPEN, TOO_OLD};
use super::watch::Pulse;
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, Client, Row, SimpleQueryMessage};

/// The oldest server that is taken: `hash_record_extended`, by which rows are compared, came with it.
const OLDEST_SERVER: ServerVersion = ServerVersion(140_000);

/// What each session is set to before anything else. Servers, databases and roles may have other
/// settings, by which the same text would mean something else.
///
/// - literals, and how values are written: `standard_conforming_strings` to `bytea_output`;
/// - nothing but the catalog is found without its schema, and temporary tables come last, so that
///   nobody can put a function in front of ours (CVE-2018-1058);
/// - a policy that would hide rows is an error instead of a shorter answer;
/// - managed servers end statements and transactions that take long. The names of such limits differ
///   between versions, so they are looked up;
/// - a server that looks for a vanished client only when it next writes to it would keep the locks of
///   a machine that lost its power for hours. Over a Unix socket the numbers have no effect; other
///   systems than Linux may refuse the last one.
const SETTINGS: &str = "
    set standard_conforming_strings = on;
    set client_encoding = 'UTF8';
    set TimeZone = 'UTC';
    set DateStyle = 'ISO, YMD';
    set IntervalStyle = 'postgres';
    set extra_float_digits = 3;
    set bytea_output = 'hex';
    set search_path = pg_catalog, pg_temp;
    set row_security = off;
    select pg_catalog.set_config(name, '0', false)
    from pg_catalog.pg_settings
    where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
                   'idle_session_timeout', 'transaction_timeout');
    select pg_catalog.set_config(name, case name when 'tcp_keepalives_idle' then '30'
                                                 when 'tcp_keepalives_interval' then '10'
                                                 when 'tcp_keepalives_count' then '3'
                                                 else '10s' end, false)
    from pg_catalog.pg_settings
    where name in ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count')
       or name = 'client_connection_check_interval' and pg_catalog.version() like '%linux%'";

/// What is asked about the server once.
const FACTS: &str = "
    select pg_catalog.current_setting('server_version_num'),
           pg_catalog.current_setting('server_version'),
           pg_catalog.pg_backend_pid(),
           pg_catalog.pg_encoding_to_char(encoding)
    from pg_catalog.pg_database
    where datname = pg_catalog.current_database()";

/// How long after a request to cancel the next one follows.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);

/// A server's version as `server_version_num` has it: 150018 is 15.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion(pub u32);

impl ServerVersion {
    /// Returns the part before the point.
    #[must_use]
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.0 % 10_000)
    }
}

/// One connection. Dropping it closes it, and with it whatever transaction and locks it holds.
pub struct Session {
    client: Client,
    task: JoinHandle<()>,
    pulse: Arc<Pulse>,
    /// Why the connection ended, which the driver tells its task and nobody else.
    ended: Ended,
    belongings: Belongings,
    version: ServerVersion,
    backend_pid: i32,
    encoding: String,
}

type Ended = Arc<Mutex<Option<tokio_postgres::Error>>>;

impl Session {
    /// Takes over a connection and sets it up.
    pub(super) async fn prepare(opened: Opened) -> Result<Self> {
        let session = Self::untouched(opened).await?;
        session.text(SETTINGS).await.map_err(|error| error.context("set up the session"))?;
        Ok(session)
    }

    /// Takes over a connection and leaves its settings alone.
    pub(super) async fn untouched((client, connection, belongings): Opened) -> Result<Self> {
        let ended = Ended::default();
        let mut session = Self {
            client,
            task: tokio::spawn(drive(connection, Arc::clone(&ended))),
            pulse: Arc::new(Pulse::new(Arc::clone(&belongings.traffic))),
            ended,
            belongings,
            version: OLDEST_SERVER,
            backend_pid: 0,
            encoding: String::new(),
        };
        session.learn().await?;
        Ok(session)
    }

    /// Asks for the facts, and refuses a server that is too old.
    async fn learn(&mut self) -> Result<()> {
        let rows = self.text(FACTS).await.map_err(|error| error.context("ask for the version"))?;
        let fact = |index: usize| rows.first()?.get(index)?.as_deref();
        let unreadable = || Error::new(ErrorKind::Target, "the server does not tell its version");
        let number = fact(0).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
        self.version = ServerVersion(number);
        self.backend_pid = fact(2).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
        self.encoding = fact(3).ok_or_else(unreadable)?.to_owned();
        if self.version < OLDEST_SERVER {
            let version = fact(1).unwrap_or_default();
            let message = format!("the server is PostgreSQL {version}, {}", TOO_OLD.says);
            return Err(TOO_OLD.saying(message));
        }
        Ok(())
    }

    /// Carries out one statement and returns how many rows it touched.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn execute(&self, sql: &Sql) -> Result<u64> {
        let _waiting = self.pulse.waiting();
        self.client.execute(sql.as_str(), &[]).await.map_err(|error| self.failure(&error))
    }

    /// Carries out statements, separated by `;`, in one transaction unless they say otherwise.
    ///
    /// # Errors
    ///
    /// When the server refuses one or the connection is gone.
    pub async fn batch(&self, sql: &Sql) -> Result<()> {
        let _waiting = self.pulse.waiting();
        self.client.batch_execute(sql.as_str()).await.map_err(|error| self.failure(&error))
    }

    /// Does the same, unless `stop` comes first: the server is asked to cancel it then.
    ///
    /// # Errors
    ///
    /// When the server refuses or cancels one, or the connection is gone.
    pub async fn batch_unless(&self, sql: &Sql, stop: impl Future<Output = ()>) -> Result<()> {
        self.unless(self.batch(sql), stop).await
    }

    /// Waits for what is running; asks the server to cancel it once `stop` comes.
    async fn unless<T>(
        &self,
        running: impl Future<Output = T>,
        stop: impl Future<Output = ()>,
    ) -> T {
        let mut running = std::pin::pin!(running);
        // In this order: what was never sent could not be cancelled.
        tokio::select! {
            biased;
            done = &mut running => return done,
            () = stop => {}
        }
        loop {
            if let Err(error) = self.cancel_handle().cancel().await {
                tracing::debug!(error = %error, "could not cancel a statement");
            }
            // A request may come before the statement that it is for, or between two of them.
            if let Ok(done) = tokio::time::timeout(CANCEL_AGAIN, &mut running).await {
                return done;
            }
        }
    }

    /// Returns the rows of a query with parameters `$1`, `$2`, …
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn query(&self, sql: &Sql, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let _waiting = self.pulse.waiting();
        let rows = self.client.query(sql.as_str(), parameters).await;
        rows.map_err(|error| self.failure(&error))
    }

    /// Returns the rows of a query as the text that PostgreSQL writes; NULL is `None`.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn query_text(&self, sql: &Sql) -> Result<Vec<Vec<Option<String>>>> {
        self.text(sql.as_str()).await
    }

    async fn text(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let _waiting = self.pulse.waiting();
        let messages = self.client.simple_query(sql).await.map_err(|error| self.failure(&error))?;
        let mut rows = Vec::new();
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                let cell = |index| row.try_get(index).map(|text| text.map(str::to_owned));
                let cells: Result<Vec<_>, _> = (0..row.len()).map(cell).collect();
                rows.push(cells.map_err(|error| self.failure(&error))?);
            }
        }
        Ok(rows)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub async fn begin(&self) -> Result<()> {
        self.batch(&begin()).await
    }

    /// Commits the transaction. An error here may also mean that it was committed, but the answer
    /// did not arrive.
    ///
    /// # Errors
    ///
    /// When a deferred constraint does not hold, a statement in it failed, or the connection is gone.
    pub async fn commit(&self) -> Result<()> {
        self.commit_with(&Sql::raw("select 1")).await
    }

    /// Carries out one last statement and commits, in one round trip.
    ///
    /// # Errors
    ///
    /// As [`Session::commit`]; when the server refuses the statement, nothing is committed.
    pub async fn commit_with(&self, last: &Sql) -> Result<()> {
        // After a failed statement a bare `commit` rolls back and reports success, all but in its
        // command tag. A statement in front of it fails then, and nothing after it is carried out.
        match self.batch(&last.clone().push("; commit")).await {
            Err(error) if error.sqlstate() == Some("25P02") => {
                self.rollback().await?;
                Err(Error::new(
                    ErrorKind::Statement,
                    "the transaction was rolled back, since a statement in it had failed",
                ))
            }
            committed => committed,
        }
    }

    /// Rolls the transaction back; outside of one, does nothing.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub async fn rollback(&self) -> Result<()> {
        self.batch(&Sql::raw("rollback")).await
    }

    /// Starts `copy … from stdin`.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn copy_in(&self, sql: &Sql) -> Result<CopyIn<'_>> {
        let _waiting = self.pulse.waiting();
        let sink = self.client.copy_in(sql.as_str()).await;
        Ok(CopyIn::new(self, sink.map_err(|error| self.failure(&error))?))
    }

    /// Starts `copy … to stdout`.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn copy_out(&self, sql: &Sql) -> Result<CopyOut<'_>> {
        let _waiting = self.pulse.waiting();
        let stream = self.client.copy_out(sql.as_str()).await;
        Ok(CopyOut::new(self, stream.map_err(|error| self.failure(&error))?))
    }

    /// Returns what stops the running statement from elsewhere.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { token: self.client.cancel_token(), route: self.belongings.cancel.clone() }
    }

    /// Returns whether the connection is known to be gone. One that is not may be gone all the same.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Returns the server's version.
    #[must_use]
    pub fn server_version(&self) -> ServerVersion {
        self.version
    }

    /// Returns the number of the server's process, as in `pg_stat_activity`.
    #[must_use]
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// Returns the number of the process that the server told at the login, 0 when it told none. A pooler
    /// tells a number of its own.
    pub(super) fn told_pid(&self) -> i32 {
        self.belongings.told.get()
    }

    /// Returns the encoding of the database, such as `UTF8` or `SQL_ASCII`.
    #[must_use]
    pub fn encoding(&self) -> &str {
        &self.encoding
    }

    pub(super) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    pub(super) fn driver(&self) -> AbortHandle {
        self.task.abort_handle()
    }

    /// Turns an error of the driver into ours; of a closed connection, why it was closed.
    pub(super) fn failure(&self, error: &tokio_postgres::Error) -> Error {
        if let Some(lost) = self.pulse.lost().filter(|_| error.is_closed()) {
            return HALF_OPEN.saying(lost.says());
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.as_ref().filter(|_| error.is_closed()) {
            Some(reason) => failure::from_driver(reason),
            None => failure::from_driver(error),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("backend_pid", &self.backend_pid)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Stops the running statement of a session.
#[derive(Clone)]
pub struct CancelHandle {
    token: CancelToken,
    route: CancelRoute,
}

impl CancelHandle {
    /// Asks the server to stop what the session does now. Nothing happens when it does nothing.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn cancel(&self) -> Result<()> {
        let cancelled = self.route.cancel(&self.token).await;
        cancelled.map_err(|error| error.context("cancel the statement"))
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancelHandle")
    }
}

/// Moves bytes between socket and client until the connection ends. Notices are left out: the
/// server writes them for people, they may quote cells, and nothing depends on them.
async fn drive(mut connection: DriverConnection, ended: Ended) {
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(_message)) => {}
            Some(Err(error)) => {
                *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return;
            }
            None => return,
        }
    }
}
