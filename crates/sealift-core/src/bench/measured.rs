//! What was measured of one step.

use super::Load;
use serde::Serialize;
use std::fmt;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// A copy of the SQLite file, with a rollback journal.
    SqliteRollback,
    /// A copy of the SQLite file, with a write-ahead log.
    SqliteWal,
    /// The migrated tables on PostgreSQL.
    Postgresql,
}

impl Database {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 3] = [Self::SqliteRollback, Self::SqliteWal, Self::Postgresql];

    /// Returns its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SqliteRollback => "SQLite, rollback journal",
            Self::SqliteWal => "SQLite, WAL",
            Self::Postgresql => "PostgreSQL",
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// What so many users at once got out of one database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// How many users.
    pub users: usize,
    /// What they did.
    pub load: Load,
    /// Where.
    pub database: Database,
    /// How many connections they shared; a user of SQLite has one.
    pub connections: usize,
    /// How long they were measured, in seconds.
    pub seconds: f64,
    /// Operations that succeeded within that time.
    pub operations: u64,
    /// The same, a second.
    pub per_second: f64,
    /// How long operations took that were begun within that time and succeeded; `None` where none did.
    pub latency: Option<Latency>,
    /// Operations that gave up since others held their locks: `database is locked`, and on PostgreSQL lock
    /// time-outs and deadlocks.
    pub lock_errors: u64,
    /// Operations that failed otherwise.
    pub other_errors: u64,
    /// What the first of those was told, without cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
}

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half of the operations took at most so long.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
}
