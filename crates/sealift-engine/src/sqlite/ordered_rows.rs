//! Rows of one table or view, in a wanted order, handed out borrowed.

use super::fault::fault;
use crate::error::Result;
use rusqlite::Connection;
use sealift_core::sqlite::ValueRef;
use std::ops::ControlFlow;

/// Which rows to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowQuery {
    /// The table or view.
    pub relation: String,
    /// The columns; empty means all, in the relation's own order.
    pub columns: Vec<String>,
    /// The columns to sort by, ascending and byte by byte; empty leaves the order to SQLite.
    pub order: Vec<String>,
}

impl RowQuery {
    /// Returns the statement.
    ///
    /// Every column is named with its table: SQLite takes a bare `"x"` for a text where there is no
    /// column x (`sqlite.org/quirks.html`, section 8), and would then answer with the name itself.
    fn sql(&self) -> String {
        let qualify = |column: &String| format!("s.{}", quoted(column));
        let columns: Vec<String> = self.columns.iter().map(qualify).collect();
        let columns = if columns.is_empty() { "s.*".to_owned() } else { columns.join(", ") };
        let relation = quoted(&self.relation);
        let mut sql = format!("select {columns} from main.{relation} as s");
        let order: Vec<String> =
            self.order.iter().map(|column| format!("{} collate binary", qualify(column))).collect();
        if !order.is_empty() {
            sql.push_str(" order by ");
            sql.push_str(&order.join(", "));
        }
        sql
    }
}

/// Hands each row to `sink` until there are no more or it breaks; returns how many it saw.
///
/// # Errors
/// When SQLite cannot read the rows, or the first error of `sink`.
pub fn read_rows(
    connection: &Connection,
    query: &RowQuery,
    mut sink: impl FnMut(&[ValueRef<'_>]) -> Result<ControlFlow<()>>,
) -> Result<u64> {
    let failed = |error| fault(&format!("read {}", query.relation), error);
    let mut statement = connection.prepare(&query.sql()).map_err(failed)?;
    let width = statement.column_count();
    let mut rows = statement.query([]).map_err(failed)?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        count += 1;
        let mut cells = Vec::with_capacity(width);
        for position in 0..width {
            cells.push(match row.get_ref(position).map_err(failed)? {
                rusqlite::types::ValueRef::Null => ValueRef::Null,
                rusqlite::types::ValueRef::Integer(value) => ValueRef::Integer(value),
                rusqlite::types::ValueRef::Real(value) => ValueRef::Real(value),
                rusqlite::types::ValueRef::Text(bytes) => ValueRef::Text(bytes),
                rusqlite::types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
            });
        }
        if sink(&cells)?.is_break() {
            break;
        }
    }
    Ok(count)
}

/// Returns how many rows a table or view has.
///
/// # Errors
/// When SQLite cannot read them.
pub fn count_rows(connection: &Connection, relation: &str) -> Result<u64> {
    let sql = format!("select count(*) from main.{}", quoted(relation));
    let count = connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
    let count = count.map_err(|error| fault(&format!("count {relation}"), error))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Returns the name under which the rowid of a table can be selected, `None` for a view, a table
/// WITHOUT ROWID, or one whose columns cover all three names.
#[must_use]
pub fn rowid_name(connection: &Connection, table: &str) -> Option<&'static str> {
    let sql = "select lower(name) from pragma_table_xinfo(?1)";
    let mut statement = connection.prepare(sql).ok()?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0)).ok()?;
    let taken: Vec<String> = names.collect::<rusqlite::Result<_>>().ok()?;
    let free =
        ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken.iter().any(|t| t == name))?;
    // A table WITHOUT ROWID refuses the name, a view answers NULL or refuses it.
    let is_table = "select type = 'table' from sqlite_schema where name = ?1 collate nocase";
    let is_table = connection.query_row(is_table, [table], |row| row.get::<_, bool>(0));
    let probe = format!("select s.{free} from main.{} as s", quoted(table));
    let exists = is_table.unwrap_or(false) && connection.prepare(&probe).is_ok();
    exists.then_some(free)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn query(relation: &str, columns: &[&str], order: &[&str]) -> RowQuery {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        RowQuery { relation: relation.to_owned(), columns: owned(columns), order: owned(order) }
    }

    #[test]
    fn rows_come_in_binary_order_whatever_the_column_collates_by() {
        let connection = connection(
            "create table t (a text collate nocase); insert into t values ('b'), ('A'), ('a');",
        );
        let mut seen = Vec::new();
        let count = read_rows(&connection, &query("t", &["a"], &["a"]), |cells| {
            seen.push(cells[0].to_owned());
            Ok(ControlFlow::Continue(()))
        });
        assert_eq!(count.unwrap(), 3);
        let texts: Vec<_> = seen.iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(texts, ["Text([65])", "Text([97])", "Text([98])"]);
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error_and_not_its_own_name() {
        let connection = connection("create table t (a); insert into t values (1);");
        let read =
            read_rows(&connection, &query("t", &["b"], &[]), |_| Ok(ControlFlow::Continue(())));
        assert!(read.is_err());
    }

    #[test]
    fn reading_stops_where_the_reader_says_so() {
        let connection =
            connection("create table \"a\"\"b\" (x); insert into \"a\"\"b\" values (1), (2);");
        let count =
            read_rows(&connection, &query("a\"b", &[], &[]), |_| Ok(ControlFlow::Break(())));
        assert_eq!(count.unwrap(), 1);
        assert_eq!(count_rows(&connection, "a\"b").unwrap(), 2);
    }

    #[test]
    fn the_rowid_is_found_under_a_name_that_no_column_covers() {
        let connection = connection(
            "create table plain (a);
             create table covered (rowid, \"_ROWID_\");
             create table hidden (rowid, _rowid_, oid);
             create table keyed (k text primary key) without rowid;
             create view v as select a from plain;",
        );
        assert_eq!(rowid_name(&connection, "plain"), Some("rowid"));
        assert_eq!(rowid_name(&connection, "covered"), Some("oid"));
        for relation in ["hidden", "keyed", "v"] {
            assert_eq!(rowid_name(&connection, relation), None, "{relation}");
        }
    }
}
