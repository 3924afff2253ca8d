//! [`IndexFacts`]: tables, foreign keys and indexes of a schema, with what the server counted.

use crate::name::Ident;
use serde::Deserialize;

/// What a schema has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFacts {
    /// The schema.
    pub schema: Ident,
    /// Since when the server counts, as it prints it in UTC; `None` where it was never told to begin anew.
    pub statistics_since: Option<String>,
    /// The same in whole days.
    pub statistics_days: Option<u64>,
    /// Tables, in the order of their names.
    pub tables: Vec<Table>,
    /// Foreign keys, in the order of their tables and names.
    pub foreign_keys: Vec<ForeignKey>,
    /// Indexes, in the order of their tables and names.
    pub indexes: Vec<Index>,
    /// Every name in the schema that an index cannot have.
    pub taken: Vec<Ident>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: Ident,
    /// Whether its rows are in partitions.
    pub partitioned: bool,
    /// Rows, as the server last counted them.
    pub rows: u64,
    /// Bytes of its rows.
    pub bytes: u64,
    /// How often it was read from its beginning.
    pub sequential_scans: u64,
    /// Rows read so.
    pub sequential_rows: u64,
    /// How often an index led into it.
    pub index_scans: u64,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ForeignKey {
    /// Its name.
    pub name: Ident,
    /// The table that has it.
    pub table: Ident,
    /// Its columns.
    pub columns: Vec<Ident>,
    /// The table that it refers to.
    pub parent: Ident,
}

/// One part of an index's key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// The column; `None` for an expression.
    pub column: Option<Ident>,
    /// What decides about equality and order: operator class, collation, direction, the expression.
    pub manner: String,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: Ident,
    /// Its table.
    pub table: Ident,
    /// `btree`, `hash`, `gin`, …
    pub method: String,
    /// Its key.
    pub keys: Vec<Key>,
    /// Columns that it only carries (`include`).
    pub included: Vec<Ident>,
    /// The condition on its rows, as the server prints it.
    pub condition: Option<String>,
    /// Whether no two rows may have the same key.
    pub unique: bool,
    /// Whether a constraint stands on it, such as a primary key.
    pub of_constraint: bool,
    /// Whether replication finds rows by it.
    pub replica_identity: bool,
    /// Whether it belongs to an index of a partitioned table.
    pub of_partition: bool,
    /// Whether it is whole.
    pub valid: bool,
    /// Whether somebody builds it right now.
    pub being_built: bool,
    /// How often it was used.
    pub scans: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl Index {
    /// Returns whether it may be dropped without a rule about the rows going with it.
    pub(super) fn is_for_speed_only(&self) -> bool {
        let rule = self.unique || self.of_constraint || self.replica_identity;
        !rule && !self.of_partition && !self.being_built
    }

    /// Returns whether it finds the rows of a foreign key: whole, of all rows, beginning with the columns
    /// in any order. What is watched of a server goes by the same rule.
    pub(super) fn finds(&self, key: &ForeignKey) -> bool {
        let whole = self.valid && self.condition.is_none() && self.table == key.table;
        let ordered = matches!(self.method.as_str(), "btree" | "hash");
        let first = self.keys.iter().take(key.columns.len());
        let first: Vec<&Ident> = first.filter_map(|part| part.column.as_ref()).collect();
        let all = first.len() == key.columns.len();
        whole && ordered && all && key.columns.iter().all(|column| first.contains(&column))
    }
}
