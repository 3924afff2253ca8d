//! What a pool has counted since it was made.

use crate::error::{Error, ErrorKind, Result};
use crate::histogram::{Histogram, HistogramReading};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The class of an error that the server did not report: it could not be reached, or went away.
pub const NO_CONNECTION: &str = "none";

/// Counted where it happens.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) in_use: AtomicUsize,
    pub(super) opened: AtomicU64,
    pub(super) timeouts: AtomicU64,
    pub(super) waits: Histogram,
    pub(super) queries: Histogram,
    errors: Mutex<BTreeMap<String, u64>>,
}

/// How a pool is at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PoolState {
    /// How many sessions stay open.
    pub base: usize,
    /// How many there may be at once.
    pub max: usize,
    /// How many are open.
    pub size: usize,
    /// How many of these nobody uses.
    pub idle: usize,
    /// How many are in use.
    pub in_use: usize,
    /// How many wait for one, or for its connection.
    pub waiting: usize,
    /// How often somebody has waited in vain.
    pub timeouts: u64,
}

/// What a pool has counted since it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolCounts {
    /// How it is now.
    pub state: PoolState,
    /// Connections that were made.
    pub opened: u64,
    /// How long sessions were waited for.
    pub waits: HistogramReading,
    /// How long statements took.
    pub queries: HistogramReading,
    /// Errors by the class of their SQLSTATE, [`NO_CONNECTION`] where there is none.
    pub errors: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts a statement, or an attempt to connect, that failed.
    pub(super) fn failed(&self, error: &Error) {
        let class = error.sqlstate().and_then(|code| code.get(..2)).unwrap_or(NO_CONNECTION);
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        // The classes are few (PostgreSQL manual, appendix A); a server that makes them up is bounded.
        if errors.len() < 64 || errors.contains_key(class) {
            *errors.entry(class.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, state: PoolState) -> PoolCounts {
        PoolCounts {
            state,
            opened: self.opened.load(Ordering::Relaxed),
            waits: self.waits.read(),
            queries: self.queries.read(),
            errors: self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Times a statement, and counts its error.
    pub(super) fn statement<T>(&self, took: Duration, result: Result<T>) -> Result<T> {
        self.queries.record(took);
        result.inspect_err(|error| self.failed(error))
    }
}

/// Returns the error of somebody who has waited in vain.
pub(super) fn exhausted(most: usize, waited: Duration) -> Error {
    Error::new(
        ErrorKind::Unreachable,
        format!(
            "all {most} sessions of the pool are in use, and none came back within {} s",
            waited.as_secs_f64()
        ),
    )
    .hinted("raise --pool-size or --pool-overflow (DB_POOL_SIZE), or see what holds them: sealift serve shows the longest queries")
}
