//! Histories of other tools in a SQLite file.

use super::Neighbour;
use crate::error::Result;
use crate::sqlite::{self, Source};
use sealift_core::revision::neighbour::MARKS;
use std::path::Path;

/// Returns the histories of other tools in a SQLite file.
///
/// # Errors
/// When the file cannot be read.
pub fn of_file(path: &Path) -> Result<Vec<Neighbour>> {
    let source = Source::open(path)?;
    let connection = source.connect()?;
    let mut found = Vec::new();
    for mark in MARKS {
        let Some(history) = sqlite::history(&connection, mark)? else { continue };
        found.push(Neighbour {
            tool: mark.tool,
            table: mark.table,
            current: history.current,
            applied: mark.keeps_all.then_some(history.rows),
            unfinished: history.unfinished,
        });
    }
    Ok(found)
}
