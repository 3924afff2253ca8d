//! What a migration or a comparison came to.

use super::quarantine::in_quarantine;
use super::{indented, left, plain, right, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::plan::Severity;
use sealift_engine::config::VerifyLevel;
use sealift_engine::report::{
    Compared, MatchStatus, MigrateReport, Status, TableComparison, VerifyReport,
};

/// More tables than this are summed up in one line, unless `-v`.
const TABLES_SHOWN: usize = 20;

/// Whether every table is listed, or the largest ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tables {
    /// Every one.
    All,
    /// The largest ones.
    Largest,
}

/// Returns the tables of a migration and its verdict, without findings.
pub(crate) fn migrated(report: &MigrateReport, which: Tables) -> String {
    if report.status == Status::Refused {
        return verdict(report);
    }
    let mut sorted: Vec<_> = report.tables.iter().collect();
    sorted.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.name.cmp(&b.name)));
    let shown = match which {
        Tables::All => sorted.len(),
        Tables::Largest => std::cmp::min(sorted.len(), TABLES_SHOWN),
    };
    let (listed, others) = sorted.split_at(shown);
    let mut tables = table(["table", "rows", "bytes", "time", ""]);
    for one in listed {
        let comparison = report
            .verify
            .as_ref()
            .and_then(|verify| verify.tables.iter().find(|compared| compared.name == one.name));
        tables.add_row([
            left(&one.name),
            right(units::count(one.rows)),
            right(units::bytes(one.bytes)),
            right(units::seconds(one.seconds)),
            left(comparison.map_or("", |compared| word(compared.status))),
        ]);
    }
    let mut text = String::new();
    if !listed.is_empty() {
        text.push_str(&indented(&tables));
    }
    if !others.is_empty() {
        let rows: u64 = others.iter().map(|one| one.rows).sum();
        let line = format!(
            "{} with {}; -v lists them",
            units::counted_len(others.len(), "more table"),
            units::counted(rows, "row")
        );
        text.push_str(&format!("  {}\n", paint(style::DIM, line)));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    if let Some(verify) = &report.verify
        && verify.status == MatchStatus::Differ
    {
        text.push_str(&differences(verify));
    }
    for one in report.tables.iter().filter(|one| one.rejected > 0) {
        text.push_str(&format!("{}\n", in_quarantine(&one.name, one.rejected)));
    }
    text.push_str(&report.verify.as_ref().map(beside).unwrap_or_default());
    text.push_str(&verdict(report));
    text
}

/// Returns the last line of a migration.
fn verdict(report: &MigrateReport) -> String {
    let made_only =
        report.verify.as_ref().map(|verify| verify.level) == Some(VerifyLevel::Structure);
    let carried = if made_only {
        format!(
            "{} made without rows, in {}",
            units::counted_len(report.tables.len(), "table"),
            units::seconds(report.seconds),
        )
    } else {
        arrived(report)
    };
    match report.status {
        Status::Refused => format!(
            "{} nothing was written; {}",
            paint(style::ERROR, "refused:"),
            super::findings::summary(&report.findings)
        ),
        Status::Differences => {
            format!("{} {carried}, but both sides differ", paint(style::ERROR, "differences:"))
        }
        Status::Ok => {
            let compared = match &report.verify {
                None => "not compared".to_owned(),
                Some(verify) => how(verify.level).to_owned(),
            };
            let warnings = match report.count(Severity::Warning) {
                0 => String::new(),
                count => {
                    let counted = units::counted_len(count, "warning");
                    format!("; {} above", paint(style::WARNING, counted))
                }
            };
            format!("{} {carried}; {compared}{warnings}", paint(style::GOOD, "done:"))
        }
    }
}

/// Returns how much was carried.
fn arrived(report: &MigrateReport) -> String {
    format!(
        "{} of {}, {}, in {}",
        units::counted(report.rows, "row"),
        units::counted_len(report.tables.len(), "table"),
        units::bytes(report.bytes),
        units::seconds(report.seconds),
    )
}

/// Returns a comparison.
pub(crate) fn verified(report: &VerifyReport, which: Tables) -> String {
    let mut text = differences(report);
    text.push_str(&beside(report));
    if which == Tables::All {
        let mut tables = table(["table", "SQLite", "PostgreSQL", ""]);
        for one in &report.tables {
            tables.add_row([
                left(&one.name),
                right(units::count(one.source_rows)),
                right(units::count(one.target_rows)),
                left(word(one.status)),
            ]);
        }
        text.push_str(&indented(&tables));
        text.push('\n');
    }
    for one in report.tables.iter().filter(|one| one.quarantined > 0) {
        text.push_str(&format!("{}\n", in_quarantine(&one.name, one.quarantined)));
    }
    let (tables, views): (Vec<&TableComparison>, Vec<&TableComparison>) =
        report.tables.iter().partition(|one| one.kind == Compared::Table);
    let rows: u64 = tables.iter().map(|one| one.source_rows).sum();
    let compared =
        format!("{} of {}", units::counted(rows, "row"), units::counted_len(tables.len(), "table"));
    let views = match views.len() {
        0 => String::new(),
        count => format!("; the rows of {} too", units::counted_len(count, "view")),
    };
    match report.status {
        MatchStatus::Match => {
            let heading = paint(style::GOOD, "equal:");
            text.push_str(&format!("{heading} {compared}; {}{views}", how(report.level)));
        }
        MatchStatus::Differ => {
            let differing =
                report.tables.iter().filter(|one| one.status == MatchStatus::Differ).count();
            let parts: Vec<String> = [
                (differing, "table differs", "tables differ"),
                (
                    report.structure.len(),
                    "part of the structure differs",
                    "parts of the structure differ",
                ),
            ]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| units::plural(units::wide(count), one, many))
            .collect();
            let heading = paint(style::ERROR, "different:");
            text.push_str(&format!("{heading} {compared} compared; {}", parts.join(", ")));
        }
    }
    text
}

/// Returns what differs: tables, cells, structure.
fn differences(report: &VerifyReport) -> String {
    let mut text = String::new();
    let differing = report.tables.iter().filter(|one| one.status == MatchStatus::Differ);
    for one in differing {
        text.push_str(&table_differences(one));
    }
    for part in &report.structure {
        text.push_str(&format!(
            "{} {}: expected {}, found {}\n",
            paint(style::ERROR, "differs:"),
            paint(style::HEADING, plain(&part.object)),
            plain(&part.expected),
            plain(&part.actual)
        ));
    }
    for note in &report.notes {
        text.push_str(&format!("{} {}\n", paint(style::DIM, "note:"), plain(note)));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn table_differences(one: &TableComparison) -> String {
    let amount = if one.quarantined > 0 {
        format!(
            "{} in SQLite, {} in PostgreSQL and {} in quarantine",
            units::counted(one.source_rows, "row"),
            units::count(one.target_rows),
            units::count(one.quarantined)
        )
    } else if one.source_rows == one.target_rows {
        format!("{} on both sides", units::counted(one.source_rows, "row"))
    } else {
        format!(
            "{} in SQLite, {} in PostgreSQL",
            units::counted(one.source_rows, "row"),
            units::count(one.target_rows)
        )
    };
    let rows = match one.differing_rows {
        0 => String::new(),
        rows => format!("; {}", units::plural(rows, "row differs", "rows differ")),
    };
    let mut text = format!(
        "{} {}: {amount}{rows}\n",
        paint(style::ERROR, "differs:"),
        paint(style::HEADING, plain(&one.name)),
    );
    text.push_str(&cells(one));
    text
}

/// Returns the cells that differ.
fn cells(one: &TableComparison) -> String {
    if one.differences.is_empty() {
        return String::new();
    }
    let mut cells = table(["row", "column", "SQLite", "PostgreSQL"]);
    for cell in &one.differences {
        cells.add_row([
            left(&cell.key),
            left(&cell.column),
            left(&cell.source),
            left(&cell.target),
        ]);
    }
    indented(&cells)
}

/// Returns which tables hold rows of the target's own, as `--on-conflict` allows, and what those have kept.
fn beside(report: &VerifyReport) -> String {
    let mut text = String::new();
    let equal = report.tables.iter().filter(|one| one.status == MatchStatus::Match);
    for one in equal.filter(|one| one.extra_rows + one.kept_rows > 0) {
        let parts: Vec<String> = [
            (one.extra_rows, "row is PostgreSQL's own", "rows are PostgreSQL's own"),
            (one.kept_rows, "row was kept with other values", "rows were kept with other values"),
        ]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, single, many)| units::plural(count, single, many))
        .collect();
        let name = paint(style::HEADING, plain(&one.name));
        text.push_str(&format!("{name}: {}\n", parts.join(", ")));
        text.push_str(&cells(one));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn word(status: MatchStatus) -> &'static str {
    match status {
        MatchStatus::Match => "equal",
        MatchStatus::Differ => "DIFFERS",
    }
}

/// Returns what was compared, as the end of a sentence.
fn how(level: VerifyLevel) -> &'static str {
    match level {
        VerifyLevel::None => "not compared",
        VerifyLevel::Structure => "the structure compared, and equal",
        VerifyLevel::Counts => "rows counted on both sides, and equal",
        VerifyLevel::Digest => "every row of both sides hashed, and equal",
        VerifyLevel::Cells => "every cell of both sides compared, and equal",
    }
}
