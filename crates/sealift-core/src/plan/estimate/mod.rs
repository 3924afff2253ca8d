//! How long a migration takes and how much disk it needs, before it begins: facts in, estimate out.
//!
//! ```text
//! plan, census, some rows → RowShape → Space    tables, indexes
//! rates of server and machine ─────────→ Phase    seconds of each
//! ```

mod datum;
mod number;
mod pglz;
mod rates;
mod row;
mod shape;
mod space;
#[cfg(test)]
mod tests;
mod work;

pub use rates::Rates;
pub use shape::{ColumnShape, RowSample, RowShape};
pub use space::{Space, space, table_space};
pub use work::{TableFacts, Workers, reading_more};

use super::Plan;
use number::real;
use serde::Serialize;
use work::Model;

/// What the estimate is made from besides the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Each table, in the plan's order.
    pub tables: Vec<TableFacts>,
    /// How fast the server is.
    pub rates: Rates,
    /// Who works at once.
    pub workers: Workers,
    /// Seconds that the census has taken just now, with everything around it.
    pub census_seconds: f64,
    /// Whether each row is compared by its hash at the end.
    pub compares_rows: bool,
    /// Bytes of the backup beside the source; `None` where none is made.
    pub backup_bytes: Option<u64>,
    /// How far the server lets its write-ahead log grow, in bytes; `None` where it was not asked.
    pub wal_limit: Option<u64>,
}

/// How long a migration takes, and what it needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// All phases together, in seconds.
    pub seconds: f64,
    /// Each phase, in order; what is compared at the end is each row by its hash.
    pub phases: Vec<PhaseEstimate>,
    /// What it needs on disk.
    #[serde(flatten)]
    pub disk: Disk,
}

/// What a migration needs on disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// Tables and indexes on the server.
    pub bytes: u64,
    /// Of those, the tables.
    pub table_bytes: u64,
    /// Of those, the indexes.
    pub index_bytes: u64,
    /// The server's write-ahead log while the migration lasts, at most.
    pub wal_bytes: u64,
    /// The backup beside the source; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_bytes: Option<u64>,
}

/// One phase.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PhaseEstimate {
    /// Which, by the names of the report; `backup` is what it adds to the copy it runs beside.
    pub name: &'static str,
    /// Wall time.
    pub seconds: f64,
}

/// What a server lets its write-ahead log grow to unless told otherwise (`max_wal_size`).
const USUAL_WAL: u64 = 1 << 30;

/// Estimates a migration that makes its tables and copies all rows.
#[must_use]
pub fn estimate(plan: &Plan, given: &Given) -> Estimate {
    let model = Model { plan, tables: &given.tables, rates: &given.rates, workers: given.workers };
    let backup = given.backup_bytes.map_or(0.0, |bytes| real(bytes) * rates::BACKUP_BYTE);
    let processors = f64::max(real(given.workers.processors), 1.0);
    let phases = [
        ("census", given.census_seconds),
        ("create", model.create()),
        ("copy", model.copy()),
        ("backup", backup / processors),
        ("finish", model.finish()),
        ("analyze", model.analyze()),
        ("verify", if given.compares_rows { model.verify() } else { 0.0 }),
    ];
    let phases: Vec<PhaseEstimate> =
        phases.into_iter().map(|(name, seconds)| PhaseEstimate { name, seconds }).collect();
    let shapes: Vec<RowShape> = given.tables.iter().map(|table| table.shape.clone()).collect();
    let space = space(plan, &shapes);
    let limit = given.wal_limit.unwrap_or(USUAL_WAL);
    Estimate {
        seconds: phases.iter().map(|phase| phase.seconds).sum(),
        phases,
        disk: Disk {
            bytes: space.total(),
            table_bytes: space.tables,
            index_bytes: space.indexes,
            wal_bytes: std::cmp::min(space.total(), limit),
            backup_bytes: given.backup_bytes,
        },
    }
}
