//! [`KeptRow`]: a row that is kept apart, whole and exactly as SQLite has it.

use super::{Apart, Fate};
use crate::error::Result;
use crate::sqlite::key::quote;
use crate::sqlite::{cell, fault};
use rusqlite::Connection;
use sealift_core::schema::source;
use sealift_core::sqlite::ValueRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A row that is kept apart. Its cells are written by their storage class, so that each byte of them
/// can be had again: `{"integer":5}`, `{"real":"1.5"}`, `{"text":"abc"}`, `{"blob":"00ff"}`, `null`, and
/// `{"text_hex":"6100ff"}` for text that holds NUL or is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRow {
    /// Its number: tables in the plan's order, rows by their keys.
    pub id: i64,
    /// The source table.
    pub source_table: String,
    /// What tells the row apart.
    pub key: Map<String, Value>,
    /// The columns that are the reason.
    pub columns: Vec<String>,
    /// Why it is kept apart.
    pub reason: String,
    /// All cells.
    pub row: Map<String, Value>,
}

/// Hands every row that is kept apart to `take`, in a settled order.
///
/// # Errors
/// When the file cannot be read, and the errors of `take`.
pub fn kept_rows(
    connection: &Connection,
    schema: &source::Schema,
    apart: &Apart,
    mut take: impl FnMut(KeptRow) -> Result<()>,
) -> Result<()> {
    let mut id = 0;
    for table in &schema.tables {
        let Some(filter) = apart.filter(&table.name).filter(|it| it.has_rows) else { continue };
        let failed = |error| fault::fault(&format!("read rows of {}", table.name), error);
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("s.{}", quote(&column.name))).collect();
        let same: Vec<String> = filter
            .key
            .iter()
            .enumerate()
            .map(|(at, key)| format!("s.{key} = x.k{at} and s.{key} = x.k{at} collate binary"))
            .collect();
        let order: Vec<String> = (0..filter.key.len()).map(|at| format!("x.k{at}")).collect();
        let sql = format!(
            "select x.reason, {}, {} from {}.r{} as x cross join {} as s on {} order by {}",
            filter.selected_key("s."),
            columns.join(", "),
            filter.alias,
            filter.number,
            quote(&table.name),
            same.join(" and "),
            order.join(", ")
        );
        let mut statement = connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let number: i64 = row.get(0).map_err(failed)?;
            let reason = usize::try_from(number).ok().and_then(|at| apart.reasons().get(at));
            id += 1;
            let mut key = Map::new();
            for (at, name) in filter.key.iter().enumerate() {
                let value = cell::borrowed(row.get_ref(1 + at).map_err(failed)?);
                key.insert(plain_name(name), written(value));
            }
            let mut cells = Map::new();
            for (at, column) in table.columns.iter().enumerate() {
                let value = row.get_ref(1 + filter.key.len() + at).map_err(failed)?;
                cells.insert(column.name.clone(), written(cell::borrowed(value)));
            }
            take(KeptRow {
                id,
                source_table: table.name.clone(),
                key,
                columns: reason.map_or(Vec::new(), |reason| reason.columns.clone()),
                reason: reason.filter(|it| it.fate == Fate::Apart).map_or_else(String::new, |it| {
                    let columns = it.columns.join(", ");
                    if columns.is_empty() {
                        it.what.to_string()
                    } else {
                        format!("{columns}: {}", it.what)
                    }
                }),
                row: cells,
            })?;
        }
    }
    Ok(())
}

/// Takes a name out of its quotes.
fn plain_name(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

fn written(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!({ "integer": number }),
        // The shortest digits that come back as the same double, infinities and −0 too.
        ValueRef::Real(number) => json!({ "real": format!("{number:?}") }),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => json!({ "text": text }),
            Ok(_) | Err(_) => json!({ "text_hex": hex(bytes) }),
        },
        ValueRef::Blob(bytes) => json!({ "blob": hex(bytes) }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_written_by_its_class_and_byte_by_byte() {
        assert_eq!(written(ValueRef::Null), Value::Null);
        assert_eq!(written(ValueRef::Integer(i64::MIN)), json!({ "integer": i64::MIN }));
        assert_eq!(written(ValueRef::Real(-0.0)), json!({ "real": "-0.0" }));
        assert_eq!(written(ValueRef::Real(f64::INFINITY)), json!({ "real": "inf" }));
        assert_eq!(written(ValueRef::Text("é".as_bytes())), json!({ "text": "é" }));
        assert_eq!(written(ValueRef::Text(b"a\0")), json!({ "text_hex": "6100" }));
        assert_eq!(written(ValueRef::Text(b"\xff")), json!({ "text_hex": "ff" }));
        assert_eq!(written(ValueRef::Blob(b"\0\xff")), json!({ "blob": "00ff" }));
    }
}
