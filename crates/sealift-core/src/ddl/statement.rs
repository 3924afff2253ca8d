//! [`Statement`]: one piece of DDL with its place in the run.

use crate::name::Ident;
use crate::sql::Sql;

/// When a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Before the rows: schema and bare tables.
    Tables,
    /// After the rows: primary keys, unique constraints and indexes, all independent of each other
    /// once their table is filled.
    Indexes,
    /// After all keys: checks and foreign keys.
    Constraints,
    /// After that: views, in order.
    Views,
    /// Last of all, so that none fires for what Sealift itself writes: triggers, in order.
    Triggers,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// A name that stays the same from run to run: `index users_email`.
    pub id: String,
    /// When it runs.
    pub stage: Stage,
    /// The table (or view) it belongs to.
    pub table: Ident,
    /// The tables it locks, so that two statements are not started that would wait for each other.
    pub locks: Vec<TableLock>,
    /// The text, without a semicolon.
    pub sql: Sql,
}

/// A table lock that a statement takes (manual section 13.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLock {
    /// The table.
    pub table: Ident,
    /// Whether it keeps out others of its own kind: an index build shares the table with other
    /// builds, a key or a constraint does not.
    pub exclusive: bool,
}
