//! Which rows hold cells that do not fit a column.

use super::cell;
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use rusqlite::{Connection, Row};
use sealift_core::convert::ColumnCodec;

/// Reads one column again and returns how many of its cells do not fit `codec`, with the first
/// `limit` of their rows, such as `id=5`.
///
/// # Errors
/// When the file cannot be read.
pub fn misfit_keys(
    connection: &Connection,
    key: &TableKey,
    column: &str,
    codec: &ColumnCodec,
    limit: usize,
) -> Result<(u64, Vec<String>)> {
    let run = || -> rusqlite::Result<(u64, Vec<String>)> {
        let rowid = key.rowid().map_or("null".to_owned(), |name| format!("s.{name}"));
        let order = key.rowid().map_or(String::new(), |name| format!(" order by s.{name}"));
        let sql = format!(
            "select s.{}, {rowid}, {} from {} as s not indexed{order}",
            quote(column),
            key.selected("s."),
            quote(key.table())
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut count, mut keys) = (0, Vec::new());
        let mut field = Vec::new();
        while let Some(row) = rows.next()? {
            field.clear();
            if codec.encode(cell::borrowed(row.get_ref(0)?), &mut field).is_err() {
                count += 1;
                if keys.len() < limit {
                    keys.push(name(connection, key, row)?);
                }
            }
        }
        Ok((count, keys))
    };
    run().map_err(|error| fault::fault(&format!("read {}.{column}", key.table()), error))
}

fn name(connection: &Connection, key: &TableKey, row: &Row<'_>) -> rusqlite::Result<String> {
    match row.get::<_, Option<i64>>(1)? {
        Some(rowid) => key.name_by_rowid(connection, rowid),
        None => Ok(key.name_in(row, 2).unwrap_or_else(|| "without a key".to_owned())),
    }
}
