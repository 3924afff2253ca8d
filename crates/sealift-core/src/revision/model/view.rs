//! Views and what they stand on.

use super::{Index, Trigger};
use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: Ident,
    /// Which of the two it is.
    pub kind: ViewKind,
    /// `reloptions` in parentheses, as `create view … with (…)` takes them, if there are any.
    pub options: Option<Sql>,
    /// `pg_get_viewdef(oid, true)` without its semicolon ([`super::printed::view`]).
    pub definition: Sql,
    /// What it stands on.
    pub depends_on: Vec<Dependency>,
    /// The indexes of a materialized view.
    pub indexes: Vec<Index>,
    /// `instead of` triggers.
    pub triggers: Vec<Trigger>,
    /// Its comment.
    pub comment: Option<String>,
}

/// Which kind of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// Computed when it is read.
    Plain,
    /// Computed when it is refreshed.
    Materialized,
}

/// Something that a view or a function stands on (`pg_depend`), in the same schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Dependency {
    /// A table or view, or one column of it.
    Relation {
        /// Its name.
        name: Ident,
        /// The column.
        column: Option<Ident>,
    },
    /// A function of this name.
    Function {
        /// Its name.
        name: Ident,
    },
    /// A type, or a domain.
    Type {
        /// Its name.
        name: Ident,
    },
}

impl Dependency {
    /// Returns the name of the table, view, function or type.
    #[must_use]
    pub const fn name(&self) -> &Ident {
        match self {
            Self::Relation { name, .. } | Self::Function { name } | Self::Type { name } => name,
        }
    }
}
