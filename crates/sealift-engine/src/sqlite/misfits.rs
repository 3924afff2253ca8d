//! Which rows hold cells that do not fit a column.

use super::cell;
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Row};
use sealift_core::convert::ColumnCodec;
use sealift_core::sqlite::ValueRef;

/// Reads one column again and returns how many of its cells do not fit `codec`, with the first
/// `limit` of their rows, such as `id=5`. A cell over the connection's bound (see
/// [`super::Snapshot::bound_cells`]) is not looked at and counts as one that does not fit.
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
    keys_of_cells(connection, key, column, codec, |_, fits| !fits, limit)
}

/// Reads one column again and returns how many of its cells `concerns` accepts, with the first `limit`
/// of their rows. It is told of each cell whether it fits `codec`; a cell over the connection's bound
/// counts without being looked at.
///
/// # Errors
/// When the file cannot be read.
pub fn keys_of_cells(
    connection: &Connection,
    key: &TableKey,
    column: &str,
    codec: &ColumnCodec,
    concerns: impl Fn(ValueRef<'_>, bool) -> bool,
    limit: usize,
) -> Result<(u64, Vec<String>)> {
    let run = || -> rusqlite::Result<(u64, Vec<String>)> {
        let rowid = key.rowid().map_or("null".to_owned(), |name| format!("s.{name}"));
        let order = key.rowid().map_or(String::new(), |name| format!(" order by s.{name}"));
        let cell = format!("s.{}", quote(column));
        let bound = connection.limit(Limit::SQLITE_LIMIT_LENGTH)?;
        let is_over = format!("ifnull(octet_length({cell}) > {bound}, 0)");
        let sql = format!(
            "select iif({is_over}, null, {cell}), {is_over}, {rowid}, {} from {} as s not indexed{order}",
            key.selected("s."),
            quote(key.table())
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut count, mut keys) = (0, Vec::new());
        let mut field = Vec::new();
        while let Some(row) = rows.next()? {
            let value = cell::borrowed(row.get_ref(0)?);
            if row.get(1)? || concerns(value, fits(codec, value, &mut field)) {
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

fn fits(codec: &ColumnCodec, value: ValueRef<'_>, field: &mut Vec<u8>) -> bool {
    // A large text is looked at where it is.
    match codec.verbatim(value) {
        Ok(Some(_)) => true,
        Ok(None) => {
            field.clear();
            codec.encode(value, field).is_ok()
        }
        Err(_) => false,
    }
}

fn name(connection: &Connection, key: &TableKey, row: &Row<'_>) -> rusqlite::Result<String> {
    match row.get::<_, Option<i64>>(2)? {
        Some(rowid) => key.name_by_rowid(connection, rowid),
        None => Ok(key.name_in(row, 3).unwrap_or_else(|| "without a key".to_owned())),
    }
}

/// Returns the names of the rows at these places, counted from 1 in the order of the file.
///
/// # Errors
/// When the file cannot be read.
pub fn keys_at(connection: &Connection, key: &TableKey, places: &[u64]) -> Result<Vec<String>> {
    let run = || -> rusqlite::Result<Vec<String>> {
        let rowid = key.rowid().map_or("null".to_owned(), |name| format!("s.{name}"));
        let order = key.rowid().map_or(String::new(), |name| format!(" order by s.{name}"));
        let sql = format!(
            "select null, null, {rowid}, {} from {} as s not indexed{order} limit 1 offset ?1",
            key.selected("s."),
            quote(key.table())
        );
        let mut statement = connection.prepare(&sql)?;
        let mut names = Vec::new();
        for place in places {
            let before = i64::try_from(place.saturating_sub(1)).unwrap_or(i64::MAX);
            let mut rows = statement.query([before])?;
            if let Some(row) = rows.next()? {
                names.push(name(connection, key, row)?);
            }
        }
        Ok(names)
    };
    run().map_err(|error| fault::fault(&format!("read keys of {}", key.table()), error))
}
