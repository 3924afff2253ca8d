//! Sequences, enumerated types, domains.

use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// A sequence that is no identity column's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: Ident,
    /// How it counts; where it stands is data, not schema.
    pub options: SequenceOptions,
    /// The column with which it goes away.
    pub owned_by: Option<OwnedBy>,
    /// Its comment.
    pub comment: Option<String>,
}

/// The column that owns a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedBy {
    /// Its table.
    pub table: Ident,
    /// Its name.
    pub column: Ident,
}

/// How a sequence counts (`pg_sequence`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    #[serde(rename = "type")]
    pub type_name: Sql,
    /// The first value.
    pub start: i64,
    /// How far from one value to the next; not 0.
    pub increment: i64,
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
    /// How many values a session takes at once, from 1.
    pub cache: i64,
    /// Whether it begins again at its end.
    pub cycle: bool,
}

/// An enumerated type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its name.
    pub name: Ident,
    /// Its values, in order.
    pub labels: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: Ident,
    /// The type it stands on, as `format_type` prints it.
    pub base: Sql,
    /// Its collation, quoted, if it is not that of its type.
    pub collation: Option<Sql>,
    /// Its default.
    pub default: Option<Sql>,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// Its checks.
    pub checks: Vec<DomainCheck>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A check of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainCheck {
    /// Its name.
    pub name: Ident,
    /// `pg_get_constraintdef(oid, true)`, with ` NOT VALID` taken off.
    pub definition: Sql,
}
