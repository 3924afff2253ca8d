//! Whether the file is sound. SQLite has the last word about damage; that there is none is found out in a
//! third of the time that it needs, for it reads every row as well. See design 023.

mod places;
mod quick_check;
mod soundness;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use self::soundness::LeafCheck;
pub use self::soundness::Soundness;

use super::fault;
use crate::error::Result;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

/// Returns what is damaged; an empty list means that the file is sound. Every page is read once.
///
/// It says nothing about checks and NULL.
///
/// # Errors
/// When the file cannot be read; kind [`ErrorKind::Stopped`](crate::ErrorKind::Stopped) when `stop` is set.
pub fn integrity(connection: &Connection, stop: &AtomicBool) -> Result<Vec<String>> {
    // All pages of one state; they are read from the file in long runs then, too.
    let begun = connection.is_autocommit().then(|| connection.unchecked_transaction());
    let begun = begun.transpose().map_err(|error| fault::fault("read the file", error))?;
    let alone = Soundness::of(connection, BTreeSet::new());
    alone.look(connection, stop)?;
    let found = alone.verdict(connection, stop);
    // Nothing was written.
    drop(begun);
    found
}
