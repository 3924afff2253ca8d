//! Unique keys whose values are different in SQLite and would be equal on PostgreSQL: the number 7
//! and the text `7` in one `text` column, `10:00` and `10:00:00` in one `time` column.

use super::cell;
use super::fault;
use super::key::{TableKey, quote};
use crate::error::Result;
use crate::fnv;
use rusqlite::{Connection, Row, Statement};
use sealift_core::convert::{ColumnCodec, Reading};
use sealift_core::mapping::{ColumnCensus, PgType};
use sealift_core::plan::{Finding, Plan, TablePlan};
use sealift_core::schema::source;
use std::collections::HashMap;

/// The code of the findings.
pub const KEYS_MERGE: &str = "keys-merge";

/// How many keys a finding lists.
const LISTED_KEYS: usize = 5;

/// Returns an error for every unique key of which the plan's types make two values one.
/// `census` gives what a column holds, by table and position.
///
/// # Errors
/// When the file cannot be read.
pub fn merging_keys<'a>(
    connection: &Connection,
    schema: &source::Schema,
    plan: &Plan,
    census: impl Fn(&str, usize) -> Option<&'a ColumnCensus>,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for planned in &plan.tables {
        let Some(table) = schema.tables.iter().find(|table| table.name == planned.source) else {
            continue;
        };
        for key in unique_keys(table) {
            let at_risk = key.columns.iter().any(|position| {
                let counted = census(&table.name, *position);
                let column =
                    planned.target.columns.get(*position).zip(planned.columns.get(*position));
                column.zip(counted).is_some_and(|((target, how), counted)| {
                    can_merge(target.data_type, how.reading, counted)
                })
            });
            if at_risk {
                let found = key.search(connection, table, planned).map_err(|error| {
                    fault::fault(&format!("read the keys of {}", table.name), error)
                })?;
                findings.extend(found);
            }
        }
    }
    Ok(findings)
}

/// Returns whether two cells that SQLite tells apart may become one value. It errs on the side of
/// yes.
fn can_merge(data_type: PgType, reading: Reading, census: &ColumnCensus) -> bool {
    let numbers = census.integers + census.reals;
    let classes =
        [numbers, census.texts, census.blobs].into_iter().filter(|count| *count > 0).count();
    match data_type {
        PgType::SmallInt | PgType::Integer | PgType::BigInt => classes > 1,
        PgType::Text | PgType::Varchar(_) | PgType::Bytea => {
            classes > 1
                || matches!(reading, Reading::StripNul | Reading::ReplaceInvalid | Reading::Latin1)
        }
        PgType::Double | PgType::Numeric(_) => census.texts > 0,
        PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Uuid
        | PgType::Boolean => census.values() > census.integers || census.integers_not_boolean > 0,
        // `json` has no equality and so no keys.
        PgType::Json => false,
        // Two spellings of one value are one `jsonb`.
        PgType::Jsonb => census.values() > 0,
    }
}

/// A primary key, unique constraint or unique index on columns only.
struct UniqueKey<'a> {
    columns: Vec<usize>,
    filter: Option<&'a str>,
}

fn unique_keys(table: &source::Table) -> Vec<UniqueKey<'_>> {
    let mut keys = Vec::new();
    if !table.primary_key.is_empty() {
        keys.push(UniqueKey { columns: table.primary_key.clone(), filter: None });
    }
    for unique in &table.unique {
        let columns = unique.columns.iter().map(|key| key.column).collect();
        keys.push(UniqueKey { columns, filter: None });
    }
    for index in table.indexes.iter().filter(|index| index.unique) {
        let columns: Option<Vec<usize>> =
            index.columns.iter().map(|column| column.key.column()).collect();
        let filter = index.filter.as_ref().map(|filter| filter.sql.as_str());
        keys.extend(columns.map(|columns| UniqueKey { columns, filter }));
    }
    keys
}

impl UniqueKey<'_> {
    /// Looks for values that meet, in two passes: the first keeps eight bytes a row, the second
    /// looks closely at the rows whose hash came twice.
    fn search(
        &self,
        connection: &Connection,
        table: &source::Table,
        planned: &TablePlan,
    ) -> rusqlite::Result<Option<Finding>> {
        let Some(codecs) = self.codecs(planned) else { return Ok(None) };
        let row_key = TableKey::of(table);
        // A filter that only the application can compute does not arrive either.
        let Ok(mut statement) = connection.prepare(&self.query(table, &row_key)) else {
            return Ok(None);
        };
        let twice = hashes_met_twice(&mut statement, &codecs)?;
        if twice.is_empty() {
            return Ok(None);
        }
        let (count, keys) = close_look(&mut statement, &codecs, &twice, &row_key)?;
        if count == 0 {
            return Ok(None);
        }
        let column = |position: &usize| planned.columns.get(*position);
        let names: Vec<&str> =
            self.columns.iter().filter_map(column).map(|column| column.source.as_str()).collect();
        let types: Vec<String> = codecs.iter().map(|codec| codec.data_type().to_string()).collect();
        Ok(Some(
            Finding::error(
                KEYS_MERGE,
                format!("{}({})", table.name, names.join(", ")),
                format!(
                    "values that differ in SQLite become equal as {}, and the key takes each only once",
                    types.join(", ")
                ),
            )
            .rows(count, keys)
            .hinted("mend those rows in SQLite, or choose a type that tells them apart with --cast"),
        ))
    }

    fn codecs(&self, planned: &TablePlan) -> Option<Vec<ColumnCodec>> {
        let codec = |position: &usize| {
            let data_type = planned.target.columns.get(*position)?.data_type;
            ColumnCodec::new(data_type, planned.columns.get(*position)?.reading).ok()
        };
        self.columns.iter().map(codec).collect()
    }

    /// Returns a query for the key's columns, then those that name the row.
    fn query(&self, table: &source::Table, row_key: &TableKey) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .filter_map(|position| table.columns.get(*position))
            .map(|column| quote(&column.name))
            .collect();
        let filter = self.filter.map_or(String::new(), |filter| format!(" where ({filter})"));
        format!(
            "select {}, {}, {} from {} not indexed{filter}",
            columns.join(", "),
            row_key.rowid().unwrap_or("null"),
            row_key.selected(""),
            quote(&table.name)
        )
    }
}

/// Returns the hashes that more than one row has, with no rows yet.
fn hashes_met_twice(
    statement: &mut Statement<'_>,
    codecs: &[ColumnCodec],
) -> rusqlite::Result<HashMap<u64, Vec<Vec<u8>>>> {
    let mut hashes = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        hashes.extend(encoded(row, codecs)?.map(|bytes| fnv::hash(&bytes)));
    }
    hashes.sort_unstable();
    let pairs = hashes.windows(2);
    let same = pairs.filter_map(|pair| match pair {
        [left, right] if left == right => Some((*left, Vec::new())),
        _ => None,
    });
    Ok(same.collect())
}

/// Returns how many rows repeat an earlier row's value, and the first of them.
fn close_look(
    statement: &mut Statement<'_>,
    codecs: &[ColumnCodec],
    twice: &HashMap<u64, Vec<Vec<u8>>>,
    row_key: &TableKey,
) -> rusqlite::Result<(u64, Vec<String>)> {
    let mut seen = twice.clone();
    let (mut count, mut keys) = (0, Vec::new());
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(bytes) = encoded(row, codecs)? else { continue };
        let Some(values) = seen.get_mut(&fnv::hash(&bytes)) else { continue };
        if !values.contains(&bytes) {
            values.push(bytes);
            continue;
        }
        count += 1;
        if keys.len() < LISTED_KEYS {
            let rowid: Option<i64> = row.get(codecs.len())?;
            let named = row_key.name_in(row, codecs.len() + 1);
            keys.extend(named.or(rowid.map(|rowid| format!("rowid={rowid}"))));
        }
    }
    Ok((count, keys))
}

/// Returns a row's key as PostgreSQL compares it; `None` where a part is NULL, which equals nothing,
/// or does not fit, which another finding tells.
fn encoded(row: &Row<'_>, codecs: &[ColumnCodec]) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    for (index, codec) in codecs.iter().enumerate() {
        let value = cell::borrowed(row.get_ref(index)?);
        let start = bytes.len();
        if codec.is_null(value) || codec.encode(value, &mut bytes).is_err() {
            return Ok(None);
        }
        if let PgType::Numeric(_) = codec.data_type() {
            // Of `numeric`'s binary form, bytes 10 and 11 are the digits to show, which equality
            // leaves out: 1.0 = 1.00.
            bytes.iter_mut().skip(start + 10).take(2).for_each(|byte| *byte = 0);
        }
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mixed_classes_and_several_spellings_can_merge() {
        let whole = ColumnCensus { integers: 2, integers_not_boolean: 1, ..Default::default() };
        let texts = ColumnCensus { texts: 2, ..Default::default() };
        let mixed = ColumnCensus { texts: 1, integers: 1, ..Default::default() };
        for (data_type, census, expected) in [
            (PgType::BigInt, &whole, false),
            (PgType::Text, &texts, false),
            (PgType::Text, &mixed, true),
            (PgType::Bytea, &mixed, true),
            (PgType::Double, &whole, false),
            (PgType::Numeric(None), &texts, true),
            (PgType::Uuid, &texts, true),
            (PgType::Time, &texts, true),
        ] {
            assert_eq!(can_merge(data_type, Reading::Plain, census), expected, "{data_type}");
        }
    }
}
