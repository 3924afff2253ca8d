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
    /// The text, without a semicolon.
    pub sql: Sql,
}
