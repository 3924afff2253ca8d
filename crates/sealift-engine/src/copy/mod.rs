//! Rows from SQLite into PostgreSQL: several tables and several key ranges of one table at once.
//!
//! ```text
//! queue of ranges, largest table first
//!   └─ worker (one of `jobs`): begin → copy → receipt → commit, one range after the other
//!        ├─ OS thread: SQLite reader → encoded chunks ─┐ a bounded channel, so that a slow server
//!        └─ task: chunks → COPY … (format binary) ←────┘ holds the reader back
//! ```
//!
//! A range waits until the memory it may need is free, see [`Budget`].
//!
//! Where a bare `COPY` does not do, rows go through a temporary table, see `staging`.
//!
//! A range is either there with its receipt or not at all: both are one transaction.

mod budget;
mod range;
mod staging;
mod worker;

pub use budget::Budget;
pub(crate) use budget::{budget_bytes, memory_for};
pub use range::{RangeJob, cut};
pub(crate) use worker::read_job;
pub use worker::{CopyContext, Receipts, SourceTable, copy};
