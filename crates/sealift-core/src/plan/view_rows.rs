//! [`ViewRows`]: how much of a view's rows its query fixes, so that both sides can be compared.

use crate::convert::Reading;
use serde::{Deserialize, Serialize};

/// One column of a view, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewColumn {
    /// The column in SQLite.
    pub source: String,
    /// How its cells are read.
    #[serde(default)]
    pub reading: Reading,
}

/// What a view's query leaves open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewRows {
    /// It reads the clock or makes random values: its rows are others each time.
    pub passing: bool,
    /// It takes some rows of several in an order that may leave it open which: `LIMIT`, or a function
    /// of a window that counts rows.
    pub chosen: bool,
    /// It joins texts without saying in which order: `group_concat()`.
    pub joined: bool,
}

impl ViewRows {
    /// Returns whether nothing is open.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        *self == Self::default()
    }

    /// Returns what is open in either: a view is no more certain than those it reads.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passing: self.passing || other.passing,
            chosen: self.chosen || other.chosen,
            joined: self.joined || other.joined,
        }
    }
}
