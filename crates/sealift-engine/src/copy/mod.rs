//! Rows from SQLite into PostgreSQL, a range of keys at a time.
//!
//! ```text
//! a worker (see `pool`): begin → copy → receipt → commit, one range after the other
//!   ├─ OS thread: SQLite reader → encoded chunks ─┐ a bounded channel, so that a slow server
//!   └─ task: chunks → COPY … (format binary) ←────┘ holds the reader back
//! ```
//!
//! Small tables share a transaction, see `together`.
//!
//! A range waits until the memory it may need is free, see [`Budget`].
//!
//! Where a bare `COPY` does not do, rows go through a temporary table, see `staging`.
//!
//! A range is either there with its receipt or not at all: both are one transaction.

mod budget;
mod context;
mod range;
mod staging;
mod together;

pub use budget::Budget;
pub(crate) use budget::{budget_bytes, memory_for};
pub(crate) use context::read_job;
pub use context::{CopyContext, Receipts, SourceTable};
pub use range::{RangeJob, cut};
pub(crate) use together::carry;
