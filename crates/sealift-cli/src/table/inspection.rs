//! What is in a SQLite file.

use super::outcome::Tables;
use super::{indented, left, plain, right, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::mapping::{ColumnCensus, Profile};
use sealift_engine::inspect::{InspectedTable, Inspection};
use sealift_engine::sqlite::{Encoding, JournalMode};

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
    let more = match which {
        Tables::All => "",
        Tables::Largest => "; -v lists every column",
    };
    text.push_str(&format!(
        "{} with {}{more}",
        units::counted_len(found.tables.len(), "table"),
        units::counted(rows, "row")
    ));
    text
}

fn tables(all: &[InspectedTable]) -> String {
    let mut rows = table(["table", "rows", "bytes", "columns", "keys and indexes"]);
    for one in all {
        let counts = [
            (usize::from(!one.primary_key.is_empty()), "primary key", "primary keys"),
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

fn head(found: &Inspection) -> String {
    let file = &found.file;
    let journal = match file.journal_mode {
        JournalMode::Wal => "write-ahead log",
        JournalMode::Rollback => "rollback journal",
    };
    let mut lines = vec![
        ("size", units::bytes(file.file_bytes)),
        (
            "written by",
            file.written_by.as_ref().map_or("unknown".to_owned(), |v| format!("SQLite {v}")),
        ),
        ("journal", journal.to_owned()),
    ];
    match file.encoding {
        Encoding::Utf8 => (),
        Encoding::Utf16Le | Encoding::Utf16Be => lines.push(("encoding", "UTF-16".to_owned())),
    }
    if let Some(framework) = &found.framework {
        let kept = match framework.bookkeeping_tables.as_slice() {
            [] => framework.mark.clone(),
            tables => tables.join(", "),
        };
        let profile = Profile::of_framework(framework.name);
        let used = if profile == Profile::None {
            String::new()
        } else {
            format!("; plan uses profile {profile}")
        };
        lines.push(("framework", format!("{} ({kept}){used}", framework.name)));
    }
    let mut text = format!("{}\n", paint(style::HEADING, plain(&file.path)));
    for (name, value) in lines {
        text.push_str(&format!(
            "  {} {}\n",
            paint(style::DIM, format_args!("{name:<11}")),
            plain(&value)
        ));
    }
    text.push('\n');
    text
}

/// Returns what is not a table: views, triggers, virtual tables.
fn others(found: &Inspection) -> String {
    let lists = [
        ("views", found.views.iter().map(|one| one.name.clone()).collect::<Vec<_>>()),
        ("triggers", found.triggers.iter().map(|one| one.name.clone()).collect()),
        (
            "virtual tables",
            found
                .virtual_tables
                .iter()
                .map(|one| format!("{} ({})", one.name, one.module))
                .collect(),
        ),
        ("internal", found.internal_tables.clone()),
    ];
    let mut text = String::new();
    for (name, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
        let name = paint(style::DIM, format_args!("{name:<14}"));
        text.push_str(&format!("  {name} {}\n", plain(&names.join(", "))));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Returns what is not as it should be: damage, orphans, what could not be read.
fn doubts(found: &Inspection) -> String {
    let mut text = String::new();
    let mut say = |style, word: &str, line: String| {
        text.push_str(&format!("{} {}\n", paint(style, word), plain(&line)));
    };
    for line in &found.integrity {
        say(style::ERROR, "damaged:", line.clone());
    }
    for one in &found.unreadable {
        say(style::ERROR, "unreadable:", format!("{} {}: {}", one.kind, one.name, one.reason));
    }
    for one in &found.orphans {
        match &one.unchecked {
            Some(reason) => say(
                style::WARNING,
                "unchecked:",
                format!("foreign key of {} to {}: {reason}", one.table, one.parent),
            ),
            None if one.count > 0 => say(
                style::WARNING,
                "orphans:",
                format!(
                    "{} of {} point at rows of {} that are not there, first: {}",
                    units::counted(one.count, "row"),
                    one.table,
                    one.parent,
                    one.keys.join("; ")
                ),
            ),
            None => (),
        }
    }
    for name in &found.unknown_collations {
        say(style::WARNING, "collation:", format!("{name} is known to the application only"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
