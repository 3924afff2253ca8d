//! Rows as they stand in the file's pages: what SQLite's own machine does to hand out a row costs more
//! than everything that is made of it here.
//!
//! Pages come through SQLite (`sqlite_dbpage`), so they are those of the snapshot, whether they stand in
//! the file or in its log. What has no plain records (generated columns, tables without rowid, UTF-16) is
//! read by a query, and so is everything from the first page on that is not as the format says: what
//! that means is SQLite's to say. See design 023.

#[cfg(unix)]
mod file;
mod pages;
mod rows;
#[cfg(test)]
mod tests;

pub(super) use pages::Pages;
pub(super) use rows::{DEEPEST, LeafOfRow, Met, Rows, Trouble};

use super::key::{TableKey, quote};
use super::utf16::Utf16;
use rusqlite::{Connection, OptionalExtension};
use sealift_core::schema::source::RowKey;
use sealift_core::sqlite::Affinity;

/// A table whose rows can be read from its pages.
#[derive(Debug, Clone)]
pub(super) struct StoredTable {
    /// The table's first page.
    root: u32,
    key: TableKey,
    columns: Vec<StoredColumn>,
}

#[derive(Debug, Clone)]
struct StoredColumn {
    name: String,
    /// It is another name for the rowid; its field is NULL.
    is_rowid: bool,
    /// Whole numbers may be stored for what is a floating point number.
    is_real: bool,
    /// Rows that are older than the column have this instead of NULL.
    has_default: bool,
}

impl StoredTable {
    /// Returns how the rows of a table are stored; `None` where they must be read by a query.
    pub(super) fn of(connection: &Connection, key: &TableKey) -> rusqlite::Result<Option<Self>> {
        if key.rowid().is_none() || Utf16::of(connection)?.is_some() {
            return Ok(None);
        }
        let (root, is_shadowed): (u32, bool) = match connection
            .prepare_cached(
                "select rootpage, exists (select 1 from temp.sqlite_schema as t where t.name = s.name collate nocase)
                 from main.sqlite_schema as s where s.type = 'table' and s.name = ?1",
            )?
            .query_row([key.table()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
        {
            Some(found) => found,
            None => return Ok(None),
        };
        // A virtual table has no page, and a view may stand before it.
        if root == 0 || is_shadowed {
            return Ok(None);
        }
        let mut statement = connection.prepare_cached(
            "select name, type, dflt_value is not null, hidden from pragma_table_xinfo(?1, 'main')",
        )?;
        let mut rows = statement.query([key.table()])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(3)? != 0 {
                return Ok(None);
            }
            let declared: String = row.get(1)?;
            columns.push(StoredColumn {
                name: row.get(0)?,
                is_rowid: *key.row_key() == RowKey::Alias { column: columns.len() },
                is_real: Affinity::of(Some(&declared), false) == Affinity::Real,
                has_default: row.get(2)?,
            });
        }
        Ok(Some(Self { root, key: key.clone(), columns }))
    }

    /// Returns the table's first page.
    pub(super) fn root(&self) -> u32 {
        self.root
    }

    /// Returns the position of a column.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns what reads one column of one row.
    fn cell_query(&self, column: &StoredColumn) -> String {
        format!(
            "select s.{} from {} as s not indexed where s.{} = ?1",
            quote(&column.name),
            quote(self.key.table()),
            self.key.rowid().unwrap_or("rowid")
        )
    }
}
