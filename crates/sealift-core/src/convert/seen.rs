//! [`Texts`]: what the census knows of a column's texts, so that the copy need not look again.

use crate::mapping::ColumnCensus;

/// What is known of every TEXT cell of a column. Each says more than the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Texts {
    /// Nothing.
    #[default]
    Unseen,
    /// All are UTF-8 without a NUL byte.
    Utf8,
    /// All are JSON, too.
    Json,
}

impl Texts {
    /// Returns what a census says that has counted every cell of the column.
    #[must_use]
    pub fn of(census: &ColumnCensus) -> Self {
        if census.text.invalid_utf8 > 0 || census.text.with_nul > 0 {
            Self::Unseen
        } else if census.text.json < census.texts {
            Self::Utf8
        } else {
            Self::Json
        }
    }
}
