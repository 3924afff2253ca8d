//! [`Budget`]: the memory that rows on their way may take, shared by all workers.
//!
//! Cells over a few mebibytes travel in pieces where SQLite can give them so (see the reader). Those
//! that it cannot (in JSON columns, in tables without rowid) are loaded whole, and are why a worker
//! needs to ask: two of them at once might be more than there is. That one alone fits is seen to before
//! anything is written (`planning/sizes`).

use super::SourceTable;
use crate::config::DEFAULT_MEMORY;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::CHUNK_BYTES;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Chunks on their way from a reader to its connection. Four of 256 KiB keep the socket busy while
/// the reader steps SQLite, and cost a worker one mebibyte.
const CHUNKS_IN_FLIGHT: u64 = 4;

/// Besides those in flight: one that the reader fills, and one that the connection writes.
const CHUNKS_AT_THE_ENDS: u64 = 2;

/// Chunks in flight may take this much before there are fewer of them.
const FLIGHT_BYTES: u64 = 4 << 20;

const MIB: u64 = 1 << 20;

/// Memory in mebibytes, handed out in the order of asking.
#[derive(Debug, Clone)]
pub struct Budget {
    free: Arc<Semaphore>,
    total: u32,
}

/// The memory of one range, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// Returns a budget of so many bytes, at least one mebibyte.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let total = mebibytes(bytes);
        let permits = usize::try_from(total).unwrap_or(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(permits)), total }
    }

    /// Waits for what a range with rows of up to `row_bytes` needs. One that needs more than there
    /// is waits for all of it and runs alone: such a row cannot be read in less.
    pub(super) async fn share(&self, row_bytes: u64) -> Result<Share> {
        let wanted = std::cmp::min(mebibytes(needed(row_bytes)), self.total);
        let permit = Arc::clone(&self.free).acquire_many_owned(wanted).await.map_err(|error| {
            Error::new(ErrorKind::Bug, "the memory budget was closed").caused_by(error)
        })?;
        Ok(Share { _permit: permit })
    }
}

/// Returns how many chunks of rows of up to `row_bytes` may wait between reader and connection.
pub(super) fn chunks_in_flight(row_bytes: u64) -> usize {
    let chunk = chunk_bytes(row_bytes);
    let chunks = (FLIGHT_BYTES / chunk).clamp(1, CHUNKS_IN_FLIGHT);
    usize::try_from(chunks).unwrap_or(1)
}

/// A chunk ends with the piece of a row that fills it.
fn chunk_bytes(row_bytes: u64) -> u64 {
    let chunk = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
    chunk.saturating_add(std::cmp::min(row_bytes, MIB))
}

/// Returns what a run needs for the largest of its rows, in SQLite's hands at once.
pub(crate) fn memory_for(row_bytes: u64) -> u64 {
    needed(row_bytes)
}

/// Returns what a run may take: what was given, or else the usual and as much as its largest row needs.
pub(crate) fn budget_bytes(given: Option<u64>, tables: &[SourceTable]) -> u64 {
    let needed = tables.iter().map(|table| needed(table.row_bytes)).max().unwrap_or(0);
    given.unwrap_or_else(|| std::cmp::max(needed, DEFAULT_MEMORY))
}

/// Returns the most bytes that a range takes: the row in SQLite's hands, and the chunks.
fn needed(row_bytes: u64) -> u64 {
    let in_flight = u64::try_from(chunks_in_flight(row_bytes)).unwrap_or(u64::MAX);
    let chunks = in_flight.saturating_add(CHUNKS_AT_THE_ENDS);
    row_bytes.saturating_add(chunks.saturating_mul(chunk_bytes(row_bytes)))
}

fn mebibytes(bytes: u64) -> u32 {
    let mebibytes = std::cmp::max(bytes.div_ceil(MIB), 1);
    // A semaphore of tokio's counts to a little less than 2^61, or 2^29 where pointers are small.
    u32::try_from(mebibytes).map_or(1 << 28, |mebibytes| std::cmp::min(mebibytes, 1 << 28))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn ordinary_rows_leave_room_for_many_workers() {
        assert_eq!(chunks_in_flight(2000), 4);
        assert_eq!(mebibytes(needed(2000)), 2);
    }

    #[test]
    fn the_larger_the_rows_the_fewer_chunks_wait() {
        assert_eq!(chunks_in_flight(1 << 20), 3);
        assert_eq!(chunks_in_flight(100 << 20), 3);
        assert!(needed(100 << 20) < 108 << 20, "{}", needed(100 << 20));
    }

    #[tokio::test]
    async fn two_ranges_that_need_everything_run_one_after_the_other() {
        let budget = Budget::new(64 << 20);
        let first = budget.share(100 << 20).await.unwrap();
        assert!(budget.share(100 << 20).now_or_never().is_none());
        assert!(budget.share(10).now_or_never().is_none(), "nothing is left beside it");
        drop(first);
        assert!(budget.share(100 << 20).now_or_never().is_some());
    }
}
