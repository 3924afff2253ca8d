//! What a benchmark comes back with. The field names are the `--json` contract (docs/reference/json.md).

use sealift_core::bench::{Database, Kind, Left, Load, Measured, Operation};
use serde::Serialize;

/// The outcome of a benchmark.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// Whether all steps were measured.
    pub status: BenchStatus,
    /// The source file as given.
    pub source: String,
    /// The server, without its password.
    pub target: String,
    /// Rows of all tables when it began.
    pub rows: u64,
    /// What rows were chosen by.
    pub seed: u64,
    /// How long each step was measured, in seconds.
    pub seconds_each: f64,
    /// Wall time, with copies, migration and removal.
    pub seconds: f64,
    /// The machine that the users and SQLite were on.
    pub machine: Machine,
    /// SQLite's side.
    pub sqlite: SqliteFacts,
    /// PostgreSQL's side.
    pub postgresql: PostgresFacts,
    /// What the users did.
    pub operations: Vec<Done>,
    /// What they did not do, and why.
    pub left_out: Vec<Left>,
    /// Each step, in the order in which it was measured.
    pub steps: Vec<Measured>,
    /// Steps for which the time did not suffice.
    pub not_measured: Vec<Missed>,
}

/// How a benchmark ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchStatus {
    /// All steps were measured.
    Ok,
    /// The time was over before the last step.
    CutShort,
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The operating system, such as `linux`.
    pub system: &'static str,
    /// Threads that it runs at once.
    pub processors: usize,
    /// The processor's name; absent where the system does not tell it.
    pub processor: Option<String>,
}

/// What SQLite's numbers depend on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SqliteFacts {
    /// The library's version, such as `3.54.1`.
    pub version: &'static str,
    /// `PRAGMA synchronous`.
    pub synchronous: &'static str,
    /// How long a connection waits for a lock.
    pub busy_timeout_seconds: f64,
    /// Bytes of each copy when it began.
    pub file_bytes: u64,
    /// Whether the copies lay in memory, where a commit costs no disk.
    pub in_memory: bool,
}

/// What PostgreSQL's numbers depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostgresFacts {
    /// Its version, such as `16.4`.
    pub version: String,
    /// Sessions that there were at most; more users shared them.
    pub sessions: usize,
    /// Whether the server has the same machine: users, SQLite and the server share its processors then.
    pub on_this_machine: bool,
    /// `fsync`
    pub fsync: String,
    /// `synchronous_commit`
    pub synchronous_commit: String,
    /// `shared_buffers`
    pub shared_buffers: String,
}

/// Something that the users did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// What kind of operation.
    pub operation: Kind,
    /// With which source table.
    pub table: String,
    /// By which of its columns: those that rows are found by; of an insert those with a new value; of an update the
    /// one that is changed.
    pub columns: Vec<String>,
}

impl Done {
    pub(super) fn of(operation: &Operation) -> Self {
        Self {
            operation: operation.kind,
            table: operation.table.clone(),
            columns: operation.columns.clone(),
        }
    }
}

/// A step that was not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// How many users.
    pub users: usize,
    /// What they would have done.
    pub load: Load,
    /// Where.
    pub database: Database,
}
