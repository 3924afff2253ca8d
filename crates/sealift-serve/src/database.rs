//! [`Source`]: the database whose health is told, and how it is asked.

use crate::options::Database;
use sealift_engine::monitor::{Monitor, Snapshot};
use sealift_engine::postgres::{PoolCounts, SessionPool};
use sealift_engine::{Error, ErrorKind, Result, sqlite};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What servers list as the program of our sessions.
const APPLICATION_NAME: &str = "sealift serve";

/// How long a lock of the application is waited for. One that is held longer stops the application too.
const SQLITE_WAIT: Duration = Duration::from_secs(2);

/// The database, ready to be asked.
#[derive(Debug)]
pub(crate) enum Source {
    /// A server.
    PostgreSql {
        /// Its sessions.
        pool: SessionPool,
        /// What reads how it is.
        monitor: Monitor,
    },
    /// A file, opened for each question: a connection that stays would keep the application from emptying
    /// its write-ahead log when it closes.
    Sqlite(PathBuf),
}

/// What a database answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// How long that took.
    pub(crate) latency: Duration,
    /// The version of the server, or of the library that reads the file.
    pub(crate) version: String,
}

impl Source {
    /// Makes a database ready; connects to nothing yet.
    pub(crate) fn new(database: Database) -> Result<Self> {
        Ok(match database {
            Database::PostgreSql { endpoint, pool } => {
                let pool = SessionPool::new(endpoint, APPLICATION_NAME, pool)?;
                Self::PostgreSql { monitor: Monitor::new(pool.clone()), pool }
            }
            Database::Sqlite(path) => Self::Sqlite(path),
        })
    }

    /// Asks for one row.
    pub(crate) async fn ask(&self, limit: Duration) -> Result<Answer> {
        match self {
            Self::PostgreSql { pool, .. } => {
                let session = pool.acquire_at_once(limit).await?;
                let latency = session.ping().await?;
                let version = session.session()?.server_version().to_string();
                Ok(Answer { latency, version })
            }
            Self::Sqlite(path) => {
                let path = path.clone();
                let asked = tokio::task::spawn_blocking(move || read_schema(&path)).await;
                asked.unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug, "the question was lost")))
            }
        }
    }

    /// Returns how the server is; `None` for a file.
    pub(crate) async fn snapshot(&self) -> Option<Arc<Snapshot>> {
        match self {
            Self::PostgreSql { monitor, .. } => Some(monitor.snapshot().await),
            Self::Sqlite(_) => None,
        }
    }

    /// Returns what the pool has counted; `None` for a file.
    pub(crate) fn pool(&self) -> Option<PoolCounts> {
        match self {
            Self::PostgreSql { pool, .. } => Some(pool.counts()),
            Self::Sqlite(_) => None,
        }
    }

    /// Returns which kind of database it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::PostgreSql { .. } => "postgresql",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// Returns which one, without a password.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::PostgreSql { pool, .. } => pool.endpoint().to_string(),
            Self::Sqlite(path) => path.display().to_string(),
        }
    }

    /// Returns why it does not answer, without the address: whoever may ask for the health need not know
    /// it.
    pub(crate) fn reason(&self, error: &Error) -> String {
        let message = error.to_string();
        let prefix = match self {
            Self::PostgreSql { pool, .. } => format!("connect to {}: ", pool.endpoint()),
            Self::Sqlite(path) => format!("open {}: ", path.display()),
        };
        let reason = message.strip_prefix(&prefix).map(str::to_owned);
        reason.unwrap_or_else(|| message.replace(&self.shown(), "the database"))
    }

    /// Closes its sessions.
    pub(crate) fn close(&self) {
        if let Self::PostgreSql { pool, .. } = self {
            pool.close();
        }
    }
}

/// Opens a file to read, reads its schema, and closes it.
fn read_schema(path: &Path) -> Result<Answer> {
    let began = Instant::now();
    let source = sqlite::Source::open_within(path, SQLITE_WAIT)?;
    drop(source);
    Ok(Answer { latency: began.elapsed(), version: sqlite::library_version().to_owned() })
}
