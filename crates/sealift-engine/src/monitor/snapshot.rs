//! [`Snapshot`]: how a server is at one moment. The field names are the JSON that the page and scripts
//! read (docs/design/026-serve.md).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a server is. A part that could not be read is `None`, and `missing` says why under its name.
///
/// Moments are seconds since 1970-01-01 UTC by the server's clock, sizes bytes, ratios from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// Which server, and since when.
    pub server: Option<ServerFacts>,
    /// How many connections there are.
    pub connections: Option<Connections>,
    /// What runs, the longest first, at most 20.
    pub queries: Option<Vec<RunningQuery>>,
    /// Who waits for a lock, and for whom, the longest first, at most 20.
    pub locks: Option<Vec<Blocked>>,
    /// The database as a whole.
    pub database: Option<DatabaseFacts>,
    /// The largest tables, at most 20.
    pub tables: Option<Vec<TableFacts>>,
    /// Indexes that no query has used since statistics are kept, the largest first, at most 20. Those that
    /// keep values apart (keys) are not among them.
    pub unused_indexes: Option<Vec<UnusedIndex>>,
    /// Foreign keys whose columns no index begins with, of the largest tables first, at most 20.
    pub unindexed_foreign_keys: Option<Vec<UnindexedForeignKey>>,
    /// Large tables that are mostly read from their first row to the last, at most 20.
    pub scanned_tables: Option<Vec<ScannedTable>>,
    /// The sequences that are nearest to their end, at most 20.
    pub sequences: Option<Vec<SequenceFacts>>,
    /// The standbys that follow this server; of a standby, how far it is behind.
    pub replication: Option<Vec<Standby>>,
    /// The statements that took most time since the counts of `pg_stat_statements` began, at most 20.
    pub statements: Option<Vec<Statement>>,
    /// Why a part is `None`, by the part's name.
    pub missing: BTreeMap<&'static str, String>,
}

/// Which server, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// Such as `16.4`.
    pub version: String,
    /// When it was started.
    pub started_at: f64,
    /// When this was read.
    pub read_at: f64,
    /// Whether it follows another server.
    pub is_standby: bool,
    /// The database that the rest is about.
    pub database: String,
}

/// How many connections there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// How many applications may have: `max_connections` without those that are reserved.
    pub limit: u32,
    /// How many are open, to whichever database.
    pub used: u32,
    /// The same by state: `active`, `idle`, `idle in transaction`, `idle in transaction (aborted)`;
    /// `unknown` where the role may not see it.
    pub by_state: BTreeMap<String, u32>,
}

/// A statement that runs, or the last one of a transaction that does nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunningQuery {
    /// The server's process.
    pub pid: i32,
    /// The role; `null` where it may not be seen.
    pub user: Option<String>,
    /// The program, as it calls itself.
    pub application: String,
    /// For how long it runs; of an idle transaction, since it began.
    pub seconds: f64,
    /// Such as `active`.
    pub state: Option<String>,
    /// What it waits for, such as `Lock: relation`.
    pub wait: Option<String>,
    /// Its text without literals and comments, at most 300 characters.
    pub query: Option<String>,
    /// Whether it takes longer than 5 s.
    pub slow: bool,
}

/// A process that waits for a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The server's process that waits.
    pub pid: i32,
    /// Its role.
    pub user: Option<String>,
    /// For how long.
    pub seconds: f64,
    /// The lock, such as `AccessExclusiveLock`.
    pub mode: Option<String>,
    /// The table it is on, where it is on one.
    pub relation: Option<String>,
    /// What it wants to do, as [`RunningQuery::query`].
    pub query: Option<String>,
    /// The processes that it waits for; 0 is a prepared transaction.
    pub blocked_by: Vec<i32>,
}

/// A database as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// What it takes on the disk.
    pub bytes: u64,
    /// Of the pages that were wanted, how many were in the server's own cache; `null` where none was.
    pub cache_hit_ratio: Option<f64>,
    /// Transactions that were committed since statistics are kept.
    pub commits: u64,
    /// Transactions that were rolled back.
    pub rollbacks: u64,
    /// Deadlocks that the server resolved.
    pub deadlocks: u64,
    /// What sorting and hashing has put on the disk.
    pub temporary_bytes: u64,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it takes with indexes and large values.
    pub bytes: u64,
    /// What its indexes take of that.
    pub index_bytes: u64,
    /// Rows, by the server's estimate; `null` before the first `analyze`.
    pub rows: Option<u64>,
    /// Rows that can be seen, by the server's counts.
    pub live_rows: u64,
    /// Rows that are deleted or replaced, and still take room.
    pub dead_rows: u64,
    /// When it was last vacuumed, by a person or by itself.
    pub vacuumed_at: Option<f64>,
    /// When its statistics were last collected, by a person or by itself.
    pub analyzed_at: Option<f64>,
}

/// An index that no query has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedIndex {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The index.
    pub index: String,
    /// What it takes.
    pub bytes: u64,
}

/// A foreign key that no index helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnindexedForeignKey {
    /// The schema.
    pub schema: String,
    /// The table that has it.
    pub table: String,
    /// Its name.
    pub constraint: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// What the table takes without its indexes.
    pub table_bytes: u64,
}

/// A table that is read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannedTable {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// How often it was read from its first row on.
    pub sequential_scans: u64,
    /// How often by an index.
    pub index_scans: u64,
    /// How many rows a sequential scan has read on average.
    pub rows_per_scan: u64,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceFacts {
    /// The schema.
    pub schema: String,
    /// The sequence.
    pub name: String,
    /// The number it gave last; `null` when it gave none, or may not be read.
    pub last_value: Option<i64>,
    /// The last number it can give.
    pub end: i64,
    /// How much of its range is used, from 0 to 1. The column's type may end earlier: then that counts.
    pub used_ratio: f64,
}

/// A server that follows another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standby {
    /// What it calls itself; of a standby that is asked itself, `this server`.
    pub name: String,
    /// Such as `streaming`.
    pub state: Option<String>,
    /// Such as `async`.
    pub sync_state: Option<String>,
    /// How far it is behind.
    pub lag_bytes: Option<u64>,
    /// The same in time.
    pub lag_seconds: Option<f64>,
}

/// A statement with all its repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Its text without literals, at most 300 characters.
    pub query: String,
    /// How often it ran.
    pub calls: u64,
    /// How long it took, all runs together.
    pub total_seconds: f64,
    /// How long it took on average.
    pub mean_seconds: f64,
    /// How many rows it gave or touched, all runs together.
    pub rows: u64,
}

impl Snapshot {
    /// Returns how many of the statements that run take longer than 5 s.
    #[must_use]
    pub fn slow_queries(&self) -> Option<usize> {
        let queries = self.queries.as_ref()?;
        Some(queries.iter().filter(|query| query.slow).count())
    }
}
