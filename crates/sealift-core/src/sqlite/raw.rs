//! What a SQLite file says about itself: `sqlite_schema` and the schema PRAGMAs, as plain values.

/// Everything that [`assemble()`](super::assemble()) needs.
#[derive(Debug, Clone, Default)]
pub struct RawSchema {
    /// Every row of `PRAGMA table_list` in the main database, in the order of `sqlite_schema`.
    pub tables: Vec<RawTable>,
    /// Every row of `PRAGMA index_list` of every table.
    pub indexes: Vec<RawIndex>,
    /// Views.
    pub views: Vec<RawView>,
    /// Triggers.
    pub triggers: Vec<RawTrigger>,
    /// The rows of `sqlite_sequence`: a table's name and its `seq`.
    pub sequences: Vec<(String, i64)>,
}

/// The type that `PRAGMA table_list` reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawTableKind {
    /// `table`
    Table,
    /// `virtual`
    Virtual,
    /// `shadow`
    Shadow,
    /// `view`
    View,
}

/// A table.
#[derive(Debug, Clone)]
pub struct RawTable {
    /// Its name.
    pub name: String,
    /// `sqlite_schema.sql`; `None` for the schema table itself.
    pub sql: Option<String>,
    /// Its type.
    pub kind: RawTableKind,
    /// `wr` of `PRAGMA table_list`.
    pub without_rowid: bool,
    /// `strict` of `PRAGMA table_list`.
    pub strict: bool,
    /// `PRAGMA table_xinfo`, in order.
    pub columns: Vec<RawColumn>,
    /// `PRAGMA foreign_key_list`, one entry per key; used only where the text cannot be read.
    pub foreign_keys: Vec<RawForeignKey>,
}

/// A row of `PRAGMA table_xinfo`.
#[derive(Debug, Clone)]
pub struct RawColumn {
    /// `name`
    pub name: String,
    /// `type`
    pub declared_type: String,
    /// `notnull`
    pub not_null: bool,
    /// `dflt_value`
    pub default_sql: Option<String>,
    /// `pk`: the position in the primary key from 1; 0 when not part of it.
    pub primary_key: i64,
    /// `hidden`: 0 normal, 1 hidden column of a virtual table, 2 generated, 3 generated and stored.
    pub hidden: i64,
}

/// The rows of `PRAGMA foreign_key_list` that share an `id`.
#[derive(Debug, Clone)]
pub struct RawForeignKey {
    /// `table`
    pub parent: String,
    /// `from`, in the order of `seq`.
    pub columns: Vec<String>,
    /// `to`, in the order of `seq`; empty when they are NULL.
    pub parent_columns: Vec<String>,
    /// `on_update`
    pub on_update: String,
    /// `on_delete`
    pub on_delete: String,
}

/// Why an index exists: `origin` of `PRAGMA index_list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawIndexOrigin {
    /// `c`: `CREATE INDEX`
    Created,
    /// `u`: a `UNIQUE` constraint
    Unique,
    /// `pk`: a `PRIMARY KEY`
    PrimaryKey,
}

/// A row of `PRAGMA index_list`.
#[derive(Debug, Clone)]
pub struct RawIndex {
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// `sqlite_schema.sql`; `None` for an index of a constraint.
    pub sql: Option<String>,
    /// `unique`
    pub unique: bool,
    /// `origin`
    pub origin: RawIndexOrigin,
    /// `partial`
    pub partial: bool,
    /// The rows of `PRAGMA index_xinfo` whose `key` is 1, in order.
    pub columns: Vec<RawIndexColumn>,
}

/// A row of `PRAGMA index_xinfo`.
#[derive(Debug, Clone)]
pub struct RawIndexColumn {
    /// `cid`: the column's position, −1 the rowid, −2 an expression.
    pub cid: i64,
    /// `name`
    pub name: Option<String>,
    /// `desc`
    pub descending: bool,
    /// `coll`
    pub collation: String,
}

/// A view.
#[derive(Debug, Clone)]
pub struct RawView {
    /// Its name.
    pub name: String,
    /// Its text.
    pub sql: String,
    /// Its result columns as `PRAGMA table_xinfo` names them; empty when broken.
    pub columns: Vec<String>,
    /// Why SQLite cannot prepare it, when it cannot.
    pub broken: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone)]
pub struct RawTrigger {
    /// Its name.
    pub name: String,
    /// `sqlite_schema.tbl_name`
    pub table: String,
    /// Its text.
    pub sql: String,
}
