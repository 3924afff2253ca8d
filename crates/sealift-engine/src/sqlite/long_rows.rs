//! Which rows are long, told by their headers: no cell is loaded.

use super::facts::Encoding;
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use rusqlite::{Connection, Row};
use sealift_core::schema::source;

/// Returns how texts are stored.
pub fn encoding(connection: &Connection) -> Encoding {
    let name = connection.pragma_query_value(None, "encoding", |row| row.get::<_, String>(0));
    Encoding::named(&name.unwrap_or_default())
}

/// Returns how many rows have more than `bytes` in all cells, or in one column, with the first `limit`
/// of their keys. Lengths are those that are stored.
///
/// # Errors
/// When the file cannot be read.
pub fn rows_over(
    connection: &Connection,
    table: &source::Table,
    column: Option<usize>,
    bytes: u64,
    limit: usize,
) -> Result<(u64, Vec<String>)> {
    let columns: Vec<usize> = match column {
        Some(column) => vec![column],
        None => stored(table),
    };
    let key = TableKey::of(table);
    let sql = format!(
        "select {}, {} from {} as s not indexed where {} > {bytes}",
        key.rowid().map_or("null".to_owned(), |name| format!("s.{name}")),
        key.selected("s."),
        quote(&table.name),
        length_of(table, &columns),
    );
    let run = || -> rusqlite::Result<(u64, Vec<String>)> {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut count, mut keys) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            count += 1;
            if keys.len() < limit {
                keys.push(named(connection, &key, row)?);
            }
        }
        Ok((count, keys))
    };
    run().map_err(|error| fault::fault(&format!("measure the rows of {}", table.name), error))
}

/// Returns the key of the longest row.
///
/// # Errors
/// When the file cannot be read.
pub fn longest_row(connection: &Connection, table: &source::Table) -> Result<Option<String>> {
    let key = TableKey::of(table);
    let sql = format!(
        "select {}, {}, {} as length from {} as s not indexed order by length desc limit 1",
        key.rowid().map_or("null".to_owned(), |name| format!("s.{name}")),
        key.selected("s."),
        length_of(table, &stored(table)),
        quote(&table.name),
    );
    let run = || -> rusqlite::Result<Option<String>> {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        rows.next()?.map(|row| named(connection, &key, row)).transpose()
    };
    run().map_err(|error| fault::fault(&format!("measure the rows of {}", table.name), error))
}

/// Names a row by its rowid, selected first, or its key, selected from the second column on.
pub(super) fn named(
    connection: &Connection,
    key: &TableKey,
    row: &Row<'_>,
) -> rusqlite::Result<String> {
    match row.get::<_, Option<i64>>(0)? {
        Some(rowid) => key.name_by_rowid(connection, rowid),
        None => Ok(key.name_in(row, 1).unwrap_or_else(|| "without a key".to_owned())),
    }
}

/// Returns the columns that are stored, so that their length is in the row's header.
fn stored(table: &source::Table) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    columns.filter(|(_, column)| column.generated.is_none()).map(|(index, _)| index).collect()
}

/// Returns the stored length of some columns together, as SQL.
pub(super) fn length_of(table: &source::Table, columns: &[usize]) -> String {
    let names = columns.iter().filter_map(|column| table.columns.get(*column));
    sum(names.map(|column| format!("ifnull(octet_length(s.{}), 0)", quote(&column.name))).collect())
}

/// Adds terms up in pairs: SQLite takes expressions up to a depth of 1000 (`sqlite.org/limits.html`,
/// section 5), and a table may have twice as many columns.
pub(super) fn sum(mut terms: Vec<String>) -> String {
    while terms.len() > 1 {
        terms = terms
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => format!("({left} + {right})"),
                rest => rest.concat(),
            })
            .collect();
    }
    terms.pop().unwrap_or_else(|| "0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sum_is_not_deep() {
        assert_eq!(sum(vec!["a".into(), "b".into(), "c".into()]), "((a + b) + c)");
        assert_eq!(sum(Vec::new()), "0");
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!("select {}", sum(vec!["1".into(); 2000]));
        let total: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(total, 2000);
    }
}
