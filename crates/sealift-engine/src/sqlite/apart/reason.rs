//! Why rows are kept apart, or cells become NULL.

use sealift_core::convert::Misfit;
use sealift_core::mapping::PgType;
use sealift_core::plan::Broken;
use std::fmt;

/// One reason, with what it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The table.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
    /// What is wrong.
    pub what: What,
    /// What becomes of it.
    pub fate: Fate,
    /// How many rows or cells.
    pub count: u64,
    /// The first of their rows.
    pub keys: Vec<String>,
}

/// What is wrong with a row or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A cell does not fit its column's type.
    Misfit {
        /// The type.
        data_type: PgType,
        /// Why.
        why: Misfit,
    },
    /// The foreign key at this position finds no parent, or one that is kept apart.
    Orphan {
        /// The key's position among those of the source table.
        foreign_key: usize,
    },
    /// A check or a `NOT NULL` does not hold.
    Broken(Broken),
}

/// What becomes of a row or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The cell becomes NULL.
    Null,
    /// The row is kept apart.
    Apart,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misfit { data_type, why } => write!(f, "does not fit {data_type}: {why}"),
            Self::Orphan { .. } => f.write_str("its parent is not there"),
            Self::Broken(Broken::Check(_)) => f.write_str("it breaks a check"),
            Self::Broken(Broken::NotNull(_)) => {
                f.write_str("it holds NULL, and the column is declared not null")
            }
        }
    }
}
