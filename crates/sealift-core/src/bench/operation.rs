//! [`Operation`]: one thing that an application does, as a statement for each side.

use crate::sql::Sql;
use serde::Serialize;
use std::fmt;

/// What kind of operation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One row by its key.
    ReadByKey,
    /// The rows that refer to one parent, at most 50.
    ReadChildren,
    /// The rows with one value in the first column of an index, at most 50.
    ReadByIndex,
    /// A row like one that is there, under a new key.
    Insert,
    /// Another value in one column of one row.
    Update,
}

impl Kind {
    /// All of them; reads first.
    pub const ALL: [Self; 5] =
        [Self::ReadByKey, Self::ReadChildren, Self::ReadByIndex, Self::Insert, Self::Update];

    /// Returns the name used in `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadByKey => "read_by_key",
            Self::ReadChildren => "read_children",
            Self::ReadByIndex => "read_by_index",
            Self::Insert => "insert",
            Self::Update => "update",
        }
    }

    /// Returns whether it changes rows.
    #[must_use]
    pub fn writes(self) -> bool {
        match self {
            Self::ReadByKey | Self::ReadChildren | Self::ReadByIndex => false,
            Self::Insert | Self::Update => true,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// What the users of a step do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Reads only.
    Reads,
    /// Writes only, each a transaction of its own.
    Writes,
    /// Four reads to one write.
    Mix,
}

impl Load {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 3] = [Self::Reads, Self::Writes, Self::Mix];

    /// Returns its name, as it is typed and in `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Mix => "mix",
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Load {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|load| load.name() == text);
        found.ok_or_else(|| format!("`{text}` is none of reads, writes and mix"))
    }
}

/// One operation, for both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What kind it is.
    pub kind: Kind,
    /// The source table.
    pub table: String,
    /// The source columns that it finds rows by; of an insert, those with a new value; of an update, the one that
    /// it changes.
    pub columns: Vec<String>,
    /// How the parameters come about.
    pub arrangement: Arrangement,
    /// For SQLite.
    pub sqlite: Texts,
    /// For PostgreSQL.
    pub postgres: Texts,
}

/// The texts of an operation for one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The statement, its parameters numbered from 1.
    pub statement: Sql,
    /// A query for cells of rows all over the table, in the order of the parameters.
    pub samples: Sql,
    /// A query for the greatest number in each column that gets new ones, in their order; none where no column does.
    pub greatest: Option<Sql>,
}

/// How the parameters come about from rows that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrangement {
    /// As a row has them.
    OfOneRow,
    /// The first from another row than the rest.
    FirstOfAnother,
    /// As a row has them, but for some.
    Renewed(Vec<Given>),
}

/// Where one parameter of an insert comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// From the row.
    Sampled,
    /// It is new.
    Fresh(Fresh),
}

/// A value that no row has yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fresh {
    /// A number after the greatest, at most this one.
    Number {
        /// The greatest number that the type holds.
        most: i64,
    },
    /// Eight characters or more.
    Text,
    /// A UUID.
    Uuid,
    /// Sixteen bytes.
    Bytes,
    /// NULL, which is equal to none.
    Null,
}

/// Something that is not measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The source table.
    pub table: String,
    /// What is not done with it; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Kind>,
    /// Why.
    pub reason: String,
}
