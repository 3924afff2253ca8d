//! [`history`]: the table in which a migration tool notes what it has done.

use super::fault;
use super::key::quote;
use crate::error::Result;
use rusqlite::Connection;
use sealift_core::revision::neighbour::{Mark, YES};

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
pub fn history(connection: &Connection, mark: &Mark) -> Result<Option<History>> {
    let read = || -> rusqlite::Result<Option<History>> {
        let columns = columns(connection, mark.table)?;
        if !mark.fits(&columns.iter().map(String::as_str).collect::<Vec<_>>()) {
            return Ok(None);
        }
        let ([list, rest], table) = (mark.current, quote(mark.table));
        let sql = format!("select cast(({list}) as text) from {table} {rest}");
        let mut statement = connection.prepare(&sql)?;
        let current = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
        let current = current.collect::<rusqlite::Result<Vec<_>>>()?;
        let failed = if mark.unfinished.is_empty() { "0" } else { mark.unfinished };
        let sql = format!(
            "select count(*), coalesce(max(cast(({failed}) as text) in (?1, ?2)), 0) from {table}"
        );
        let (rows, unfinished) = connection
            .query_row(&sql, YES, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)))?;
        let rows = u64::try_from(rows).unwrap_or_default();
        Ok(Some(History { current: current.into_iter().flatten().collect(), rows, unfinished }))
    };
    read().map_err(|error| fault::fault(&format!("read table {}", mark.table), error))
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
    use sealift_core::revision::neighbour::MARKS;

    /// Returns what each tool finds in a file that was made by a script.
    fn found(script: &str) -> Vec<(&'static str, History)> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(script).unwrap();
        let of = |mark: &Mark| Some((mark.tool, history(&connection, mark).unwrap()?));
        MARKS.iter().filter_map(of).collect()
    }

    #[test]
    fn a_table_tells_where_the_file_stands() {
        assert!(found("create table users (version_num)").is_empty());
        let found = found(
            "create table alembic_version (version_num);
             insert into alembic_version values ('3f'), ('1a')",
        );
        let current = vec!["1a".to_owned(), "3f".to_owned()];
        assert_eq!(found, [("Alembic", History { current, rows: 2, unfinished: false })]);
    }

    #[test]
    fn a_flag_is_a_number_or_a_word() {
        for (flag, unfinished) in
            [("1", true), ("'true'", true), ("0", false), ("'false'", false), ("null", false)]
        {
            let found = found(&format!(
                "create table schema_migrations (version integer, dirty);
                 insert into schema_migrations values (7, {flag})"
            ));
            let history = History { current: vec!["7".to_owned()], rows: 1, unfinished };
            assert_eq!(found, [("golang-migrate", history)], "{flag}");
        }
    }

    #[test]
    fn a_table_of_another_tool_is_passed_over() {
        let found = found(
            "create table schema_migrations (version text);
             insert into schema_migrations values ('20240101')",
        );
        let tools: Vec<_> = found.iter().map(|(tool, _)| *tool).collect();
        assert_eq!(tools, ["Rails"]);
    }
}
