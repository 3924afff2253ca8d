//! [`history`]: the table in which a migration tool notes what it has done.

use super::fault;
use super::key::quote;
use crate::error::Result;
use rusqlite::Connection;

/// How the table of a tool is asked. The texts are parts of a query, and constants of the code.
#[derive(Debug, Clone, Copy)]
pub struct HistoryQuery {
    /// The table.
    pub table: &'static str,
    /// Columns that it must have.
    pub columns: &'static [&'static str],
    /// Columns that it must not have.
    pub without: &'static [&'static str],
    /// What is selected, and what follows `from TABLE`: where the database stands.
    pub current: [&'static str; 2],
    /// A condition of rows that failed half way; empty where the tool keeps no such thing.
    pub unfinished: &'static str,
}

/// What the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Where the database stands.
    pub current: Vec<String>,
    /// How many rows the table has.
    pub rows: u64,
    /// Whether a row says that something failed half way.
    pub unfinished: bool,
}

/// Returns what the table of a tool says, where it is there.
///
/// # Errors
/// When the file cannot be read.
pub fn history(connection: &Connection, query: &HistoryQuery) -> Result<Option<History>> {
    let read = || -> rusqlite::Result<Option<History>> {
        let columns = columns(connection, query.table)?;
        let has = |name: &&str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        if columns.is_empty() || !query.columns.iter().all(|name| has(name)) {
            return Ok(None);
        }
        if query.without.iter().any(|name| has(name)) {
            return Ok(None);
        }
        let ([list, rest], table) = (query.current, quote(query.table));
        let sql = format!("select cast(({list}) as text) from {table} {rest}");
        let mut statement = connection.prepare(&sql)?;
        let current = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
        let current = current.collect::<rusqlite::Result<Vec<_>>>()?;
        let failed = if query.unfinished.is_empty() { "0" } else { query.unfinished };
        let sql = format!("select count(*), coalesce(max({failed}), 0) from {table}");
        let (rows, unfinished) = connection
            .query_row(&sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)))?;
        let rows = u64::try_from(rows).unwrap_or_default();
        Ok(Some(History { current: current.into_iter().flatten().collect(), rows, unfinished }))
    };
    read().map_err(|error| fault::fault(&format!("read table {}", query.table), error))
}

/// Returns the columns of an ordinary table; none where there is no such table.
fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "select c.name from sqlite_schema t join pragma_table_info(t.name) c \
         where t.type = 'table' and t.name = ?1",
    )?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALEMBIC: HistoryQuery = HistoryQuery {
        table: "alembic_version",
        columns: &["version_num"],
        without: &[],
        current: ["version_num", "order by 1"],
        unfinished: "",
    };

    #[test]
    fn a_table_tells_where_the_file_stands() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(history(&connection, &ALEMBIC).unwrap(), None);
        connection
            .execute_batch("create table alembic_version (version_num); insert into alembic_version values ('3f'), ('1a')")
            .unwrap();
        let found = history(&connection, &ALEMBIC).unwrap().unwrap();
        assert_eq!(found.current, ["1a", "3f"]);
        assert_eq!((found.rows, found.unfinished), (2, false));
    }

    #[test]
    fn a_table_of_another_tool_is_passed_over() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "create table schema_migrations (version integer, dirty boolean);
                 insert into schema_migrations values (7, 1)",
            )
            .unwrap();
        let rails = HistoryQuery {
            table: "schema_migrations",
            columns: &["version"],
            without: &["dirty"],
            current: ["max(version)", ""],
            unfinished: "",
        };
        assert_eq!(history(&connection, &rails).unwrap(), None);
        let migrate = HistoryQuery {
            columns: &["version", "dirty"],
            without: &[],
            current: ["version", ""],
            unfinished: "dirty",
            ..rails
        };
        let found = history(&connection, &migrate).unwrap().unwrap();
        assert_eq!((found.current, found.unfinished), (vec!["7".to_owned()], true));
    }
}
