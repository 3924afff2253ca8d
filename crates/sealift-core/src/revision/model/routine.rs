//! Functions, procedures and triggers.

use super::Dependency;
use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// A function or procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: Ident,
    /// `oidvectortypes(proargtypes)`: with the name, what tells it from all others.
    pub argument_types: Sql,
    /// Which of the two it is.
    pub kind: FunctionKind,
    /// `pg_get_function_arguments(oid)` and `pg_get_function_result(oid)`: what `create or replace` cannot change.
    pub signature: Sql,
    /// `pg_get_functiondef(oid)` without the schema before its name ([`super::printed::function`]).
    pub definition: Sql,
    /// What it stands on, as far as the server knows: arguments, and bodies of plain SQL.
    pub depends_on: Vec<Dependency>,
    /// Its comment.
    pub comment: Option<String>,
}

/// Which kind of routine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionKind {
    /// `create function`.
    Function,
    /// `create procedure`.
    Procedure,
}

/// A trigger of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: Ident,
    /// `pg_get_triggerdef(oid, true)`.
    pub definition: Sql,
    /// The function it calls.
    pub function: Ident,
    /// What `alter table` is to say of it if it is not simply enabled: `disable`, `enable replica`, `enable always`.
    pub state: Option<Sql>,
    /// Its comment.
    pub comment: Option<String>,
}
