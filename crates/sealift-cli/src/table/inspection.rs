//! What is in a SQLite file.

use super::outcome::Tables;
use super::{indented, left, plain, right, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::mapping::ColumnCensus;
use sealift_engine::inspect::{InspectedTable, Inspection};

/// Returns the file, its tables, and what a person should look at.
pub(crate) fn inspected(found: &Inspection, which: Tables) -> String {
    let mut text = head(found);
    match which {
        Tables::All => {
            for one in &found.tables {
                text.push_str(&columns(one));
                text.push('\n');
            }
        }
        Tables::Largest => {
            text.push_str(&tables(&found.tables));
            text.push('\n');
        }
    }
    text.push_str(&others(found));
    text.push_str(&doubts(found));
    let rows: u64 = found.tables.iter().map(|one| one.rows).sum();
    text.push_str(&format!(
        "{} with {}; -v lists every column",
        units::counted_len(found.tables.len(), "table"),
        units::counted(rows, "row")
    ));
    text
}

fn tables(all: &[InspectedTable]) -> String {
    let mut rows = table(["table", "rows", "bytes", "columns", "keys and indexes"]);
    for one in all {
        let counts = [
            (one.primary_key.len().min(1), "primary key", "primary keys"),
            (one.unique.len(), "unique", "unique"),
            (one.foreign_keys.len(), "foreign key", "foreign keys"),
            (one.indexes.len(), "index", "indexes"),
            (one.checks, "check", "checks"),
        ];
        let parts: Vec<String> = counts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, single, many)| units::plural(units::wide(count), single, many))
            .collect();
        rows.add_row([
            left(&one.name),
            right(units::count(one.rows)),
            right(units::bytes(one.bytes)),
            right(units::count(units::wide(one.columns.len()))),
            left(&parts.join(", ")),
        ]);
    }
    indented(&rows)
}

fn columns(one: &InspectedTable) -> String {
    let amount = format!("{}, {}", units::counted(one.rows, "row"), units::bytes(one.bytes));
    let mut text =
        format!("{}  {}\n", paint(style::HEADING, plain(&one.name)), paint(style::DIM, amount));
    let mut rows = table(["column", "declared", "holds"]);
    for column in &one.columns {
        let holds = column.unreadable.clone().unwrap_or_else(|| holds(&column.holds));
        let declared = match (column.declared_type.as_str(), column.not_null) {
            ("", false) => "(none)".to_owned(),
            (declared, false) => declared.to_owned(),
            (declared, true) => format!("{declared} not null").trim_start().to_owned(),
        };
        rows.add_row([left(&column.name), left(&declared), left(&holds)]);
    }
    text.push_str(&indented(&rows));
    text
}

/// Returns `12 integers, 3 texts, 1 NULL`.
fn holds(census: &ColumnCensus) -> String {
    let classes = [
        (census.integers, "integer", "integers"),
        (census.reals, "real", "reals"),
        (census.texts, "text", "texts"),
        (census.blobs, "blob", "blobs"),
        (census.nulls, "NULL", "NULLs"),
    ];
    let parts: Vec<String> = classes
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| units::plural(count, one, many))
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
