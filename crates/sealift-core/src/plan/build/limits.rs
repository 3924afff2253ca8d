//! PostgreSQL's limits that a SQLite schema may exceed.

use super::Builder;
use super::types::ColumnType;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::plan::Finding;
use crate::schema::source;

/// The most columns of a table (PostgreSQL manual, appendix K).
const MAX_COLUMNS: usize = 1600;

/// What always fits into an entry of a B-tree: a third of a page of 8 KiB is 2704 bytes (PostgreSQL
/// source, `BTMaxItemSize`), less the entry's header and a length for each of a few columns.
/// Longer entries fit when they compress well enough, which only the server can tell.
const SAFE_ENTRY_BYTES: u64 = 2640;

impl Builder<'_> {
    /// Refuses what PostgreSQL cannot hold before anything is written.
    pub(super) fn limits(&mut self) {
        let mut findings = Vec::new();
        for (_, table) in self.taken() {
            let count = table.columns.len();
            if count > MAX_COLUMNS {
                findings.push(
                    Finding::error(
                        "too-many-columns",
                        format!("table {}", table.name),
                        format!(
                            "has {count} columns; a table of PostgreSQL has at most {MAX_COLUMNS}"
                        ),
                    )
                    .hinted("split the table in SQLite, or leave it out with --exclude"),
                );
            }
        }
        for (position, table) in self.taken() {
            let keys = keys_of(table).into_iter();
            findings.extend(keys.filter_map(|(object, key)| {
                let longest = self.longest_entry(position, &key);
                (longest > SAFE_ENTRY_BYTES).then(|| long_entry(object, longest))
            }));
        }
        self.findings.extend(findings);
    }

    /// Refuses a reading that makes NULL of empty texts in a column that takes no NULL.
    pub(super) fn nulls_by_cast(&mut self, table: usize, index: usize, chosen: &ColumnType) {
        let empty = self.census(table, index).text.empty;
        let source = self.facts.schema.tables.get(table);
        let column = source.and_then(|source| source.columns.get(index));
        let takes_no_null = column.is_some_and(|column| column.not_null);
        if chosen.reading == Reading::EmptyNull && takes_no_null && empty > 0 {
            let object = self.object(table, index);
            self.findings.push(
                Finding::error(
                    "cast-makes-nulls",
                    object.clone(),
                    "empty texts would become NULL, and the column is not null",
                )
                .rows(empty, Vec::new())
                .hinted(format!(
                    "mend those rows in SQLite, or keep them out of the conversion: --on-empty '{object}=keep', or no --cast with empty-null"
                )),
            );
        }
    }

    /// Returns how long the longest entry of an index on these columns may be.
    fn longest_entry(&self, table: usize, columns: &[usize]) -> u64 {
        let length = |column: &usize| {
            let data_type = self.column_type(table, *column).map(|chosen| chosen.data_type);
            let varies = data_type.is_some_and(|it| it.is_text() || it == PgType::Bytea);
            if varies { self.census(table, *column).longest } else { 0 }
        };
        columns.iter().map(length).sum()
    }
}

/// Returns the columns of everything that becomes an index, and how to call it.
fn keys_of(table: &source::Table) -> Vec<(String, Vec<usize>)> {
    let mut keys = Vec::new();
    if !table.primary_key.is_empty() {
        keys.push((format!("primary key of {}", table.name), table.primary_key.clone()));
    }
    for unique in &table.unique {
        let columns: Vec<usize> = unique.columns.iter().map(|key| key.column).collect();
        let names: Vec<&str> = columns
            .iter()
            .filter_map(|column| table.columns.get(*column))
            .map(|column| column.name.as_str())
            .collect();
        keys.push((format!("unique {}({})", table.name, names.join(", ")), columns));
    }
    for index in &table.indexes {
        let columns = index.columns.iter().filter_map(|column| column.key.column());
        keys.push((format!("index {} on {}", index.name, table.name), columns.collect()));
    }
    keys
}

fn long_entry(object: String, longest: u64) -> Finding {
    Finding::warning(
        "index-entry-long",
        object,
        format!(
            "its longest entry may have {longest} bytes; an entry of a PostgreSQL index has at most 2704 after compression"
        ),
    )
    .hinted("if the server refuses it, the target is left as it was; shorten the cells, or drop the index in a copy of the file and index md5() of the column instead")
}
