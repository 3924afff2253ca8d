//! What stands between `BEGIN` and `END` of a trigger (`sqlite.org/lang_createtrigger.html`).

use super::{ConflictAction, Expr, FromItem, Name, Select};

/// A trigger's program.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerBody {
    /// Its statements, in order.
    Statements(Vec<TriggerStatement>),
    /// Why they cannot be read. The head can all the same, and the trigger is named.
    Unreadable(String),
}

/// One statement of a trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerStatement {
    /// `INSERT`
    Insert(Insert),
    /// `UPDATE`
    Update(Update),
    /// `DELETE`
    Delete(Delete),
    /// `SELECT`, whose rows go nowhere.
    Select(Select),
}

/// `INSERT [OR …] INTO table [(columns)] … [ON CONFLICT …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// `OR …`; `REPLACE INTO` is `OR REPLACE`.
    pub conflict: Option<ConflictAction>,
    /// The table or view.
    pub table: Name,
    /// The columns, when written.
    pub columns: Vec<Name>,
    /// The rows. `DEFAULT VALUES` is no statement of a trigger.
    pub source: Select,
    /// `ON CONFLICT` clauses.
    pub upserts: Vec<Upsert>,
}

/// `ON CONFLICT [(columns) [WHERE …]] DO …`
#[derive(Debug, Clone, PartialEq)]
pub struct Upsert {
    /// The columns or expressions of the key; empty when none is named.
    pub target: Vec<Expr>,
    /// The condition of a partial index.
    pub target_filter: Option<Expr>,
    /// What is done.
    pub action: UpsertAction,
}

/// What an `ON CONFLICT` clause does.
#[derive(Debug, Clone, PartialEq)]
pub enum UpsertAction {
    /// `DO NOTHING`
    Nothing,
    /// `DO UPDATE SET … [WHERE …]`
    Update {
        /// `SET …`
        assignments: Vec<Assignment>,
        /// `WHERE …`
        filter: Option<Expr>,
    },
}

/// `column = value`, or `(a, b) = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The columns: one, unless the value is a row.
    pub columns: Vec<Name>,
    /// The value.
    pub value: Expr,
}

/// `UPDATE [OR …] table SET … [FROM …] [WHERE …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// `OR …`
    pub conflict: Option<ConflictAction>,
    /// The table or view.
    pub table: Name,
    /// `SET …`
    pub assignments: Vec<Assignment>,
    /// `FROM …`
    pub from: Option<FromItem>,
    /// `WHERE …`
    pub filter: Option<Expr>,
}

/// `DELETE FROM table [WHERE …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The table or view.
    pub table: Name,
    /// `WHERE …`
    pub filter: Option<Expr>,
}
