//! Tables: columns, constraints, indexes, triggers.

use super::{SequenceOptions, Trigger};
use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// An ordinary table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: Ident,
    /// In the order of the table, which is no difference: the server cannot change it.
    pub columns: Vec<Column>,
    /// Keys, checks, foreign keys, exclusions; `not null` stands with the columns.
    pub constraints: Vec<Constraint>,
    /// Indexes that belong to no constraint.
    pub indexes: Vec<Index>,
    /// Triggers, those of foreign keys left out.
    pub triggers: Vec<Trigger>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// `format_type(atttypid, atttypmod)`.
    #[serde(rename = "type")]
    pub type_name: Sql,
    /// Its collation, quoted, if it is not that of its type.
    pub collation: Option<Sql>,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// `pg_get_expr(adbin, adrelid)` of a default.
    pub default: Option<Sql>,
    /// How it numbers its rows by itself.
    pub identity: Option<Identity>,
    /// What it is computed from.
    pub generated: Option<Generated>,
    /// Its comment.
    pub comment: Option<String>,
}

/// `generated … as identity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Whether a value may be given.
    pub kind: IdentityKind,
    /// Its sequence.
    pub sequence: SequenceOptions,
}

/// Whether a value may be given for an identity column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// Only with `overriding system value`.
    Always,
    /// Yes.
    ByDefault,
}

/// `generated always as (…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// `pg_get_expr(adbin, adrelid)`.
    pub expression: Sql,
    /// Where its value is kept.
    pub kind: GeneratedKind,
}

/// Where the value of a generated column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratedKind {
    /// In the row.
    Stored,
    /// Nowhere (PostgreSQL 18).
    Virtual,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name.
    pub name: Ident,
    /// What it is.
    pub kind: ConstraintKind,
    /// `pg_get_constraintdef(oid, true)`, with ` NOT VALID` taken off ([`super::printed::constraint`]).
    pub definition: Sql,
    /// The columns it is about (`conkey`).
    pub columns: Vec<Ident>,
    /// What a foreign key refers to.
    pub references: Option<Reference>,
    /// When it is looked at.
    pub deferral: Deferral,
    /// `convalidated`: whether all rows were looked at.
    pub validated: bool,
    /// What stands behind the table's name in the definition of the index of a primary or unique key
    /// ([`super::printed::index_tail`]).
    pub index: Option<Sql>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `primary key`.
    Primary,
    /// `unique`.
    Unique,
    /// `check`.
    Check,
    /// `foreign key`.
    Foreign,
    /// `exclude`.
    Exclusion,
}

/// What a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table, in the same schema.
    pub table: Ident,
    /// Its columns (`confkey`).
    pub columns: Vec<Ident>,
}

/// When a constraint is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferral {
    /// At each statement; this cannot be changed.
    #[default]
    No,
    /// `deferrable initially immediate`.
    Immediate,
    /// `deferrable initially deferred`.
    Deferred,
}

/// An index that belongs to no constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: Ident,
    /// Whether it refuses equal rows.
    pub unique: bool,
    /// What stands behind the table's name in `pg_get_indexdef(oid, 0, true)`: `USING btree (lower(email)) WHERE …`
    /// ([`super::printed::index_tail`]).
    pub tail: Sql,
    /// The columns that it needs, those of expressions and of its condition too (`pg_depend`).
    pub columns: Vec<Ident>,
    /// `indisvalid`: false where building it failed.
    pub valid: bool,
    /// Its comment.
    pub comment: Option<String>,
}

impl Table {
    /// Returns the column of this name.
    #[must_use]
    pub fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Returns the constraint of this name.
    #[must_use]
    pub fn constraint(&self, name: &Ident) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == *name)
    }

    /// Returns the index of this name.
    #[must_use]
    pub fn index(&self, name: &Ident) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == *name)
    }
}
