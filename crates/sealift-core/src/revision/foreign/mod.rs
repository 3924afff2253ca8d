//! Migrations of other tools as revisions: what their files say, in ours.

mod alembic;
mod marked;

pub use alembic::{
    AlembicError, Before, Begun, Imported, Scripts, Unprinted, alembic, begun, complete, hides,
    python_files,
};
pub use marked::marked;

use super::file::{Header, Id, Parents, Script, ScriptError, Transaction};

/// A migration of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Its number among our revisions.
    pub id: Id,
    /// What it is for.
    pub message: String,
    /// What it follows; nothing is said where numbers are the order.
    pub parents: Parents,
    /// The way up.
    pub up: Part,
    /// The way down; empty where there is none.
    pub down: Part,
}

/// One way of a migration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Whether it is one transaction.
    pub transaction: Transaction,
    /// Its statements.
    pub text: String,
}

impl Foreign {
    /// Returns the two files, up first.
    ///
    /// # Errors
    /// When one of them could not be carried out.
    pub fn scripts(&self) -> Result<[Script; 2], ScriptError> {
        let script = |part: &Part, parents: Parents| {
            let message = Some(self.message.clone());
            let transaction = part.transaction;
            let header = Header { message, parents, transaction, ..Header::default() };
            Script::parse(format!("{}\n{}", header.render(), part.text))
        };
        Ok([script(&self.up, self.parents.clone())?, script(&self.down, Parents::Before)?])
    }
}
