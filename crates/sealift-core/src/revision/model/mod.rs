//! [`Model`]: one schema of a live database, in the words of the server.
//!
//! It is read with the search path set to that schema alone (`pg_catalog` comes by itself), so that names within the
//! schema stand without it. Texts are what the catalogs' own functions print; two models that were read from
//! servers of one version can be compared text by text.

mod fingerprint;
pub mod printed;
mod rename;
mod routine;
mod table;
mod types;
mod view;

pub use fingerprint::Fingerprint;
pub use rename::{Rename, RenameError};
pub use routine::{Function, FunctionKind, Trigger};
pub use table::{
    Column, Constraint, ConstraintKind, Deferral, Generated, GeneratedKind, Identity, IdentityKind,
    Index, Reference, Table,
};
pub use types::{Domain, DomainCheck, Enum, OwnedBy, Sequence, SequenceOptions};
pub use view::{Dependency, View, ViewKind};

use crate::name::Ident;
use serde::{Deserialize, Serialize};

/// What a schema holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Ordinary tables.
    pub tables: Vec<Table>,
    /// Sequences, those of identity columns left out.
    pub sequences: Vec<Sequence>,
    /// Enumerated types.
    pub enums: Vec<Enum>,
    /// Domains.
    pub domains: Vec<Domain>,
    /// Views and materialized views.
    pub views: Vec<View>,
    /// Functions and procedures, those of extensions left out.
    pub functions: Vec<Function>,
    /// What there is besides and cannot be compared by its parts: partitions, foreign tables, policies, rules,
    /// aggregates, composite types and so on. A difference here is told, never passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<Other>,
}

/// Something in a schema that has no place in the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Other {
    /// What it is, in the words of the manual: `policy`.
    pub kind: String,
    /// Its name, as the server prints it.
    pub name: String,
    /// Whatever tells two of one name apart: a definition, if the server prints one.
    pub definition: String,
}

impl Model {
    /// Returns the table of this name.
    #[must_use]
    pub fn table(&self, name: &Ident) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == *name)
    }

    /// Returns the view of this name.
    #[must_use]
    pub fn view(&self, name: &Ident) -> Option<&View> {
        self.views.iter().find(|view| view.name == *name)
    }

    /// Returns the sequence of this name.
    #[must_use]
    pub fn sequence(&self, name: &Ident) -> Option<&Sequence> {
        self.sequences.iter().find(|sequence| sequence.name == *name)
    }

    /// Returns whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
