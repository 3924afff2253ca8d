//! What a target schema holds, as PostgreSQL describes it.

use sealift_core::mapping::PgType;

/// A schema's contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Ordinary, partitioned and foreign tables, by name.
    pub tables: Vec<ActualTable>,
    /// Views and materialized views, by name.
    pub views: Vec<ActualView>,
    /// Sequences, by name.
    pub sequences: Vec<ActualSequence>,
    /// Triggers that users made, by table and name.
    pub triggers: Vec<ActualTrigger>,
}

impl Catalog {
    /// Returns a table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ActualTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Returns a view by name.
    #[must_use]
    pub fn view(&self, name: &str) -> Option<&ActualView> {
        self.views.iter().find(|view| view.name == name)
    }

    /// Returns a trigger by the table or view it is on and its name.
    #[must_use]
    pub fn trigger(&self, table: &str, name: &str) -> Option<&ActualTrigger> {
        self.triggers.iter().find(|trigger| trigger.table == table && trigger.name == name)
    }

    /// Returns the sequence that belongs to a column of this schema: that of an identity, of
    /// `serial`, or of `owned by`, whatever its name.
    #[must_use]
    pub fn sequence_of(&self, table: &str, column: &str) -> Option<&ActualSequence> {
        self.sequences.iter().find(|sequence| {
            sequence.owner.as_ref().is_some_and(|o| o.table == table && o.column == column)
        })
    }

    /// Returns the sequence that gives a column its numbers: the one that belongs to it, else the one
    /// that its default takes from.
    #[must_use]
    pub fn numbers_of(&self, table: &str, column: &str) -> Option<&ActualSequence> {
        let by_default = |sequence: &&ActualSequence| {
            sequence.used_by.iter().any(|(of, name)| of == table && name == column)
        };
        self.sequence_of(table, column).or_else(|| self.sequences.iter().find(by_default))
    }
}

/// What kind of thing a name of `pg_class` stands for (`relkind`, manual section 53.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A composite type.
    CompositeType,
}

impl RelationKind {
    /// Reads `relkind`.
    #[must_use]
    pub fn from_relkind(relkind: &str) -> Option<Self> {
        Some(match relkind {
            "r" => Self::Table,
            "p" => Self::PartitionedTable,
            "f" => Self::ForeignTable,
            "v" => Self::View,
            "m" => Self::MaterializedView,
            "i" | "I" => Self::Index,
            "S" => Self::Sequence,
            "c" => Self::CompositeType,
            _ => return None,
        })
    }

    /// Returns the words for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::PartitionedTable => "partitioned table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Index => "index",
            Self::Sequence => "sequence",
            Self::CompositeType => "composite type",
        }
    }
}

/// Something that stands in the way of a name that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingRelation {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whether it holds rows; `None` where that has no meaning or may not be read.
    pub has_rows: Option<bool>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualTable {
    /// Its name.
    pub name: String,
    /// Ordinary, partitioned or foreign.
    pub kind: RelationKind,
    /// Its columns in order.
    pub columns: Vec<ActualColumn>,
    /// Its constraints by name, not-null constraints apart: those are a column's `not_null`.
    pub constraints: Vec<ActualConstraint>,
    /// Its indexes by name, those of keys included.
    pub indexes: Vec<ActualIndex>,
    /// Rows as the server last estimated them; `None` before the first `vacuum` or `analyze`.
    pub row_estimate: Option<u64>,
    /// Whether it holds rows; `None` where that may not be read.
    pub has_rows: Option<bool>,
    /// Whether the role may do what its owner may.
    pub owned: bool,
    /// Whether policies decide which of its rows the role sees and writes.
    pub row_security: bool,
}

impl ActualTable {
    /// Returns a column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ActualColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualColumn {
    /// Its name.
    pub name: String,
    /// Its type as `format_type()` prints it.
    pub type_name: String,
    /// The same, where it is one of ours.
    pub data_type: Option<PgType>,
    /// What is known of a type that is none of ours.
    pub foreign: ForeignType,
    /// `not null`
    pub not_null: bool,
    /// `default …`, as the server prints it.
    pub default: Option<String>,
    /// `generated … as identity`
    pub identity: Option<ActualIdentity>,
    /// `generated always as (…)`, stored or (since 18) virtual.
    pub generated: Option<String>,
}

/// What the catalog tells of a type that is none of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignType {
    /// Whether it is made of columns, which no cell is.
    pub is_composite: bool,
    /// The type that a domain is over.
    pub base: Option<String>,
    /// Whether a domain takes no NULL.
    pub not_null: bool,
    /// The type of an array's elements.
    pub element: Option<String>,
    /// The labels of an enum, in order.
    pub labels: Vec<String>,
}

/// Which kind of identity a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActualIdentity {
    /// `generated always as identity`
    Always,
    /// `generated by default as identity`
    ByDefault,
}

/// What a constraint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `primary key`
    PrimaryKey,
    /// `unique`
    Unique,
    /// `check`
    Check,
    /// `exclude`
    Exclusion,
    /// `foreign key`
    ForeignKey(ActualReference),
}

/// The other end of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualReference {
    /// The parent's schema.
    pub schema: String,
    /// The parent.
    pub table: String,
    /// The parent's columns, in key order.
    pub columns: Vec<String>,
    /// `on delete`: `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default.
    pub on_delete: char,
    /// `on update`, likewise.
    pub on_update: char,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualConstraint {
    /// Its name.
    pub name: String,
    /// What it says.
    pub kind: ConstraintKind,
    /// `pg_get_constraintdef()`
    pub definition: String,
    /// Its columns, in key order.
    pub columns: Vec<String>,
    /// Whether every row is known to keep it.
    pub validated: bool,
    /// `deferrable`
    pub deferrable: bool,
    /// `initially deferred`
    pub initially_deferred: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualIndex {
    /// Its name.
    pub name: String,
    /// `pg_get_indexdef()`
    pub definition: String,
    /// `using …`
    pub method: String,
    /// `unique`
    pub unique: bool,
    /// Whether queries may use it: an index that `create index concurrently` left half done is not.
    pub valid: bool,
    /// `where …`
    pub partial: bool,
    /// Whether it belongs to a key or exclusion constraint.
    pub of_constraint: bool,
    /// Its keys, in order.
    pub keys: Vec<ActualIndexKey>,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct ActualIndexKey {
    /// The column; `None` for an expression.
    pub column: Option<String>,
    /// `desc`
    pub descending: bool,
    /// `nulls first`
    pub nulls_first: bool,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualView {
    /// Its name.
    pub name: String,
    /// Plain or materialized.
    pub kind: RelationKind,
    /// Its columns in order.
    pub columns: Vec<ActualColumn>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualSequence {
    /// Its name.
    pub name: String,
    /// The column it belongs to.
    pub owner: Option<SequenceOwner>,
    /// `start`
    pub start: i64,
    /// `increment`
    pub increment: i64,
    /// Where it stands; `None` where that may not be read.
    pub position: Option<SequencePosition>,
    /// The tables and columns of its schema whose default takes from it.
    pub used_by: Vec<(String, String)>,
}

impl ActualSequence {
    /// Returns the value that the next `nextval` gives; `None` where that is not known or past the
    /// end.
    #[must_use]
    pub fn next(&self) -> Option<i64> {
        let position = self.position?;
        if position.is_called {
            position.last_value.checked_add(self.increment)
        } else {
            Some(position.last_value)
        }
    }
}

/// The column that a sequence belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceOwner {
    /// The table, in the same schema.
    pub table: String,
    /// The column.
    pub column: String,
    /// Whether it makes the column an identity.
    pub identity: bool,
}

/// Where a sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequencePosition {
    /// `last_value`
    pub last_value: i64,
    /// Whether `last_value` was handed out already.
    pub is_called: bool,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualTrigger {
    /// Its name.
    pub name: String,
    /// The table or view it is on.
    pub table: String,
    /// `pg_get_triggerdef()`
    pub definition: String,
    /// Whether it fires.
    pub enabled: bool,
    /// Whether it fires when rows are copied in or the table is emptied.
    pub on_load: bool,
    /// `before`, `after` or `instead of`
    pub timing: String,
    /// `insert`, `update` …, with ` or ` between several.
    pub events: String,
    /// `update of …`, sorted by name.
    pub columns: Vec<String>,
    /// `when (…)`
    pub conditional: bool,
    /// The function's name.
    pub function: String,
    /// The function's source, as it was given.
    pub source: String,
    /// Whether it fires in every session, even one that plays back another server's changes.
    pub always: bool,
}
