//! [`Apart`]: the rows of a snapshot that are kept apart, and the cells that become NULL.
//!
//! Which ones is decided once, before the first write, from the plan's rules and the snapshot alone; so
//! a run that goes on, and a comparison, come to the same ones. They are kept by their keys in a
//! database of its own, which every reader attaches: a query leaves those rows out and those cells NULL,
//! and needs no memory for them.
//!
//! | table | a row says |
//! |---|---|
//! | `r3` | this row of the third table is kept apart, for this reason |
//! | `c3` | this cell of the third table, in this column, becomes NULL, for this reason |

mod decide;
mod filter;
mod parents;
mod place;
mod reason;
mod rows;

pub use decide::decide;
pub(crate) use decide::rules_of;
pub use filter::Filter;
pub(super) use parents::orphans_from;
pub use reason::{Fate, Reason, What};
pub use rows::{KeptRow, kept_rows};

use self::place::Place;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// What is kept apart from a snapshot.
#[derive(Debug)]
pub struct Apart {
    /// The plan's rules that it follows from.
    pub(crate) made_by: String,
    filters: BTreeMap<String, Filter>,
    rows: BTreeMap<String, u64>,
    reasons: Vec<Reason>,
    place: Option<Place>,
}

impl Apart {
    /// Returns how a table is read, where something of it is kept apart.
    #[must_use]
    pub fn filter(&self, table: &str) -> Option<&Filter> {
        self.filters.get(table)
    }

    /// Returns how many rows of a table are kept apart.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// Returns how many rows are kept apart.
    #[must_use]
    pub fn all_rows(&self) -> u64 {
        self.rows.values().sum()
    }

    /// Returns why, with counts and the first keys.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Returns whether nothing is kept apart and no cell becomes NULL.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Lets a connection see what is kept apart.
    pub(super) fn attach(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.place.as_ref().map_or(Ok(()), |place| place.attach(connection))
    }
}
