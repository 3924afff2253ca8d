//! Whether the file is sound. SQLite has the last word about damage; that there is none is found out in a
//! third of the time that it needs, for it reads every row as well. See design 023.

#[cfg(test)]
mod tests;
mod trees;

use super::fault;
use super::key::quote;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, ErrorCode};
use std::sync::atomic::{AtomicBool, Ordering};

/// The most lines about damage that are kept.
const LISTED_DAMAGE: usize = 100;

/// What SQLite says of rows that can be read all the same: a full-text index that does not fit its texts, or
/// whose tokenizer is the application's, while the texts are what is read; NULL where none may be, and
/// values of another type than their column's, which the census sees.
const NO_DAMAGE: [&str; 5] = [
    "malformed inverted index for FTS",
    "unable to validate the inverted index for FTS",
    "NULL value in ",
    "NUMERIC value in ",
    "TEXT value in ",
];

/// Tables of which only SQLite can tell whether they are sound: their types are enforced, or a module keeps
/// them.
const FOR_SQLITE: &str =
    "select name from pragma_table_list where schema = 'main' and (strict or type = 'virtual')";

const ALL: &str = "select name from main.sqlite_schema where type = 'table' and rootpage > 0";

/// Returns what is damaged; an empty list means that the file is sound. Every page is read once.
///
/// It says nothing about checks and NULL.
///
/// # Errors
/// When the file cannot be read; kind [`ErrorKind::Stopped`] when `stop` is set.
pub fn integrity(connection: &Connection, stop: &AtomicBool) -> Result<Vec<String>> {
    let are_sound = trees::are_sound(connection, stop);
    if stop.load(Ordering::Relaxed) {
        return Err(Error::new(ErrorKind::Stopped, "the check of the file was stopped"));
    }
    let found = match are_sound {
        Ok(true) => check_each(connection, FOR_SQLITE),
        Ok(false) | Err(_) => check_all(connection),
    };
    match found {
        // A damaged schema page ends the check itself.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(vec![error.to_string()])
        }
        found => found.map_err(|error| fault::fault("check the file's integrity", error)),
    }
}

fn check_all(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    // The pragma stops at a hundred lines unless told otherwise, and NULL may be in every row.
    match quick_check(connection, "pragma quick_check(2147483647)") {
        // A generated column with a function of the application's ends the whole check.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            check_each(connection, ALL)
        }
        found => found,
    }
}

/// Checks the tables that a query names, leaving out those that only the application can compute.
fn check_each(connection: &Connection, tables: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(tables)?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut damage = Vec::new();
    for name in names {
        match quick_check(connection, &format!("pragma main.quick_check({})", quote(&name))) {
            Ok(found) => damage.extend(found),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(damage)
}

fn quick_check(connection: &Connection, pragma: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(pragma)?;
    let mut rows = statement.query([])?;
    let mut damage = Vec::new();
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        let is_none = line == "ok" || NO_DAMAGE.iter().any(|start| line.starts_with(start));
        if !is_none && damage.len() < LISTED_DAMAGE {
            damage.push(line);
        }
    }
    Ok(damage)
}
