//! The `CREATE` statements that a SQLite schema is stored as (`sqlite.org/schematab.html`).

use super::{Direction, Expr, Name, Select, TriggerBody};
use serde::{Deserialize, Serialize};

/// What happens on a conflict (`ON CONFLICT …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictAction {
    /// `ROLLBACK`
    Rollback,
    /// `ABORT`, SQLite's default.
    Abort,
    /// `FAIL`
    Fail,
    /// `IGNORE`
    Ignore,
    /// `REPLACE`
    Replace,
}

/// `CREATE TABLE`, without the form `AS SELECT`, which SQLite never stores.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// The table's name.
    pub name: Name,
    /// Its columns.
    pub columns: Vec<ColumnDefinition>,
    /// Its table constraints, in order.
    pub constraints: Vec<TableConstraint>,
    /// `WITHOUT ROWID`
    pub without_rowid: bool,
    /// `STRICT`
    pub strict: bool,
}

/// One column of `CREATE TABLE`. Where a constraint is repeated the last one counts, as in SQLite,
/// except `CHECK`, `UNIQUE` and `REFERENCES`, of which all count.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    /// The column's name.
    pub name: Name,
    /// The declared type as written, `None` when there is none.
    pub declared_type: Option<String>,
    /// `PRIMARY KEY` on the column.
    pub primary_key: Option<Direction>,
    /// The name given to the `PRIMARY KEY` constraint.
    pub primary_key_name: Option<Name>,
    /// `AUTOINCREMENT`
    pub autoincrement: bool,
    /// `NOT NULL`
    pub not_null: bool,
    /// `ON CONFLICT` of the `NOT NULL`, `UNIQUE` or `PRIMARY KEY`: the first one other than `ABORT`,
    /// which is what SQLite does anyway, else that.
    pub on_conflict: Option<ConflictAction>,
    /// How many times `UNIQUE` was written.
    pub unique: bool,
    /// The name given to the `UNIQUE` constraint.
    pub unique_name: Option<Name>,
    /// `CHECK (…)`
    pub checks: Vec<CheckConstraint>,
    /// `DEFAULT …`
    pub default: Option<Expr>,
    /// `COLLATE …`
    pub collation: Option<Name>,
    /// `REFERENCES …`
    pub references: Vec<ForeignKeyClause>,
    /// `[GENERATED ALWAYS] AS (…)`
    pub generated: Option<GeneratedClause>,
}

/// `CHECK (…)`
#[derive(Debug, Clone, PartialEq)]
pub struct CheckConstraint {
    /// `CONSTRAINT name`
    pub name: Option<Name>,
    /// The condition.
    pub expr: Expr,
    /// The condition's text as written, without the outer parentheses.
    pub text: String,
}

/// `AS (…) [STORED | VIRTUAL]`
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedClause {
    /// The value.
    pub expr: Expr,
    /// The value's text as written.
    pub text: String,
    /// `STORED`
    pub stored: bool,
}

/// What a foreign key does when the parent row changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignKeyAction {
    /// `NO ACTION`
    NoAction,
    /// `RESTRICT`
    Restrict,
    /// `SET NULL`
    SetNull,
    /// `SET DEFAULT`
    SetDefault,
    /// `CASCADE`
    Cascade,
}

/// When a foreign key is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrability {
    /// At each statement; also `NOT DEFERRABLE INITIALLY DEFERRED`.
    Immediate,
    /// `DEFERRABLE` or `DEFERRABLE INITIALLY IMMEDIATE`
    Deferrable,
    /// `DEFERRABLE INITIALLY DEFERRED`
    InitiallyDeferred,
}

/// `REFERENCES parent (…) …`
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKeyClause {
    /// `CONSTRAINT name`
    pub name: Option<Name>,
    /// The parent table.
    pub parent: Name,
    /// The parent columns; empty means the parent's primary key.
    pub parent_columns: Vec<Name>,
    /// `ON DELETE`
    pub on_delete: ForeignKeyAction,
    /// `ON UPDATE`
    pub on_update: ForeignKeyAction,
    /// `DEFERRABLE …`
    pub deferrability: Deferrability,
}

/// One column of an index or key.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedColumn {
    /// The column or expression. A string literal is a column name here (`sqlite.org/quirks.html`).
    pub expr: Expr,
    /// The expression's text as written, a `COLLATE` included.
    pub text: String,
    /// `COLLATE …`, also when written around the expression.
    pub collation: Option<Name>,
    /// `ASC` or `DESC`
    pub direction: Direction,
}

/// A table constraint.
#[derive(Debug, Clone, PartialEq)]
pub enum TableConstraint {
    /// `PRIMARY KEY (…)`
    PrimaryKey {
        /// `CONSTRAINT name`
        name: Option<Name>,
        /// The columns in key order.
        columns: Vec<IndexedColumn>,
        /// `AUTOINCREMENT`
        autoincrement: bool,
        /// `ON CONFLICT`
        on_conflict: Option<ConflictAction>,
    },
    /// `UNIQUE (…)`
    Unique {
        /// `CONSTRAINT name`
        name: Option<Name>,
        /// The columns.
        columns: Vec<IndexedColumn>,
        /// `ON CONFLICT`
        on_conflict: Option<ConflictAction>,
    },
    /// `CHECK (…)`
    Check(CheckConstraint),
    /// `FOREIGN KEY (…) REFERENCES …`
    ForeignKey {
        /// The child columns.
        columns: Vec<Name>,
        /// The rest; its `name` is the constraint's.
        clause: ForeignKeyClause,
    },
}

/// `CREATE [UNIQUE] INDEX`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateIndex {
    /// The index's name.
    pub name: Name,
    /// The table.
    pub table: Name,
    /// `UNIQUE`
    pub unique: bool,
    /// The columns and expressions.
    pub columns: Vec<IndexedColumn>,
    /// `WHERE …`
    pub filter: Option<Expr>,
    /// The condition's text as written.
    pub filter_text: Option<String>,
}

/// `CREATE VIEW`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// The view's name.
    pub name: Name,
    /// Its column names, when written.
    pub columns: Vec<Name>,
    /// Its query.
    pub select: Select,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// `BEFORE`, also when nothing is written.
    Before,
    /// `AFTER`
    After,
    /// `INSTEAD OF`
    InsteadOf,
}

/// What a trigger fires on.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerEvent {
    /// `INSERT`
    Insert,
    /// `DELETE`
    Delete,
    /// `UPDATE [OF …]`; empty means any column.
    Update(Vec<Name>),
}

/// `CREATE TRIGGER`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTrigger {
    /// The trigger's name.
    pub name: Name,
    /// `BEFORE`, `AFTER`, `INSTEAD OF`
    pub timing: TriggerTiming,
    /// The event.
    pub event: TriggerEvent,
    /// The table or view.
    pub table: Name,
    /// `WHEN …`
    pub condition: Option<Expr>,
    /// `BEGIN … END`
    pub body: TriggerBody,
}

/// `CREATE VIRTUAL TABLE`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateVirtualTable {
    /// The table's name.
    pub name: Name,
    /// The module, such as `fts5`.
    pub module: String,
    /// The text between the module's parentheses.
    pub arguments: String,
}
