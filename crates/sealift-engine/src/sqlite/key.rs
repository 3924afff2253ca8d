//! [`TableKey`]: how a row is found and named.

use rusqlite::{Connection, OptionalExtension, Row};
use sealift_core::schema::source::{self, RowKey};

/// The longest value shown in a key, in characters.
const SHOWN_CHARS: usize = 100;

/// How the rows of one table are ordered, found again and named to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableKey {
    table: String,
    row_key: RowKey,
    /// The rowid's quoted name, where it can be selected.
    rowid: Option<String>,
    /// The primary key's column names.
    columns: Vec<String>,
}

impl TableKey {
    /// Returns the key of a table.
    #[must_use]
    pub fn of(table: &source::Table) -> Self {
        let name = |position: &usize| table.columns.get(*position).map(|it| it.name.clone());
        let rowid = match table.row_key {
            RowKey::Alias { column } => name(&column).map(|name| quote(&name)),
            RowKey::Hidden { name } => Some(name.to_owned()),
            RowKey::Unreachable | RowKey::PrimaryKey => None,
        };
        Self {
            table: table.name.clone(),
            row_key: table.row_key.clone(),
            rowid,
            columns: table.primary_key.iter().filter_map(name).collect(),
        }
    }

    /// Returns the rowid's name as SQL, where it can be selected. Only then can the table be cut
    /// into ranges.
    #[must_use]
    pub fn rowid(&self) -> Option<&str> {
        self.rowid.as_deref()
    }

    /// Returns how rows are keyed.
    pub(super) fn row_key(&self) -> &RowKey {
        &self.row_key
    }

    /// Returns the table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the name of the row with this rowid, such as `id=5`.
    pub(super) fn name_by_rowid(
        &self,
        connection: &Connection,
        rowid: i64,
    ) -> rusqlite::Result<String> {
        if let (RowKey::Hidden { .. }, Some(name), false) =
            (&self.row_key, &self.rowid, self.columns.is_empty())
        {
            let sql = format!(
                "select {} from {} where {name} = ?1",
                self.selected(""),
                quote(&self.table)
            );
            let found = connection
                .query_row(&sql, [rowid], |row| Ok(self.name_in(row, 0)))
                .optional()?
                .flatten();
            if let Some(found) = found {
                return Ok(found);
            }
        }
        let label = match self.row_key {
            RowKey::Alias { .. } => self.columns.first().map_or("rowid", String::as_str),
            RowKey::Hidden { .. } | RowKey::Unreachable | RowKey::PrimaryKey => "rowid",
        };
        Ok(format!("{label}={rowid}"))
    }

    /// Returns the primary key's columns as a select list, each with `prefix` before it; `null`
    /// when there is no primary key.
    pub(super) fn selected(&self, prefix: &str) -> String {
        if self.columns.is_empty() {
            return "null".to_owned();
        }
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{prefix}{}", quote(column))).collect();
        columns.join(", ")
    }

    /// Returns how many columns [`TableKey::selected`] names.
    pub(super) fn width(&self) -> usize {
        std::cmp::max(self.columns.len(), 1)
    }

    /// Returns the name of a row whose primary key was selected from column `first` on; `None` when
    /// the table has no primary key or a part of it is NULL.
    pub(super) fn name_in(&self, row: &Row<'_>, first: usize) -> Option<String> {
        let parts: Option<Vec<String>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let value = row.get_ref(first + index).ok()?;
                shown(value).map(|value| format!("{column}={value}"))
            })
            .collect();
        parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join(", "))
    }
}

/// Returns a key's value as text; `None` for NULL.
fn shown(value: rusqlite::types::ValueRef<'_>) -> Option<String> {
    use rusqlite::types::ValueRef;
    let long = match value {
        ValueRef::Null => return None,
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => {
            let digits: String =
                bytes.iter().take(SHOWN_CHARS / 2).map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    };
    let mut short: String = long.chars().take(SHOWN_CHARS).collect();
    if short.len() < long.len() {
        short.push('…');
    }
    Some(short)
}

/// Returns a name in double quotes. A name that a schema declares always resolves, so the quotes
/// cannot turn it into a text literal.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn a_long_key_is_cut_and_null_names_nothing() {
        use rusqlite::types::ValueRef;
        let long = "é".repeat(150);
        let text = shown(ValueRef::Text(long.as_bytes())).unwrap();
        assert_eq!(text.chars().count(), 101);
        assert_eq!(shown(ValueRef::Null), None);
        assert_eq!(shown(ValueRef::Blob(&[1, 255])).unwrap(), "x'01ff'");
    }
}
