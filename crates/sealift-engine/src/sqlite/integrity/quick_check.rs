//! SQLite's own check, `PRAGMA quick_check`.

use crate::sqlite::key::quote;
use rusqlite::{Connection, ErrorCode};

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
pub(super) const FOR_SQLITE: &str =
    "select name from pragma_table_list where schema = 'main' and (strict or type = 'virtual')";

const ALL: &str = "select name from main.sqlite_schema where type = 'table' and rootpage > 0";

/// Asks SQLite about the whole file.
pub(super) fn check_all(connection: &Connection) -> rusqlite::Result<Vec<String>> {
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
pub(super) fn check_each(connection: &Connection, tables: &str) -> rusqlite::Result<Vec<String>> {
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

/// Returns what one of SQLite's own checks finds. `CHECK` constraints are left out: what breaks one can be
/// read, and one with a function of the application's would keep the table from being looked at.
pub(super) fn quick_check(connection: &Connection, pragma: &str) -> rusqlite::Result<Vec<String>> {
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    let found = damage(connection, pragma);
    connection.pragma_update(None, "ignore_check_constraints", false)?;
    found
}

fn damage(connection: &Connection, pragma: &str) -> rusqlite::Result<Vec<String>> {
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
