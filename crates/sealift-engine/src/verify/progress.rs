//! Rows as events, a few thousand at a time.

use crate::ops::{Event, Events, Phase};

/// A table's rows are told in steps of this: a bar needs no more, and a million events cost time.
const STEP: u64 = 4096;

/// Counts the rows of one table.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    events: Events,
    table: String,
    rows: u64,
}

impl Progress {
    pub(super) fn new(events: &Events, table: &str) -> Self {
        Self { events: events.clone(), table: table.to_owned(), rows: 0 }
    }

    /// Counts a row.
    pub(super) fn row(&mut self) {
        self.rows(1);
    }

    /// Counts several.
    pub(super) fn rows(&mut self, rows: u64) {
        self.rows += rows;
        if self.rows >= STEP {
            self.finish();
        }
    }

    /// Tells what is not told yet.
    pub(super) fn finish(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        if rows > 0 {
            let table = self.table.clone();
            self.events.send(Event::Rows { phase: Phase::Verify, table, rows, bytes: 0 });
        }
    }
}
