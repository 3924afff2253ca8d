//! A rehearsal: what it took, what the real run needs, and whether it is ready.

use super::{Notes, findings, indented, left, plain, right, table};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::plan::Finding;
use sealift_engine::report::{MigrateReport, Needs, Readiness, RehearsalReport};

/// Returns a rehearsal; its last line, or the list at its end, is the verdict.
pub(crate) fn rehearsed(report: &RehearsalReport, notes: Notes) -> String {
    let mut parts = Vec::new();
    if let Some(migration) = &report.migration {
        // What has to be settled stands at the end.
        let others: Vec<Finding> = migration
            .findings
            .iter()
            .filter(|finding| !report.settle.contains(finding))
            .cloned()
            .collect();
        parts.push(findings(&others, notes));
        parts.push(phases(migration));
    }
    parts.push(remarks(report));
    if !report.settle.is_empty() {
        parts.push(findings(&report.settle, Notes::Shown));
    }
    parts.push(verdict(report));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn phases(migration: &MigrateReport) -> String {
    if migration.phases.is_empty() {
        return String::new();
    }
    let mut rows = table(["phase", "time"]);
    for phase in &migration.phases {
        rows.add_row([left(phase.name.name()), right(units::seconds(phase.seconds))]);
    }
    indented(&rows)
}

fn remarks(report: &RehearsalReport) -> String {
    let mut lines: Vec<String> = report.needs.iter().flat_map(needs).collect();
    lines.extend(report.not_rehearsed.iter().map(|it| format!("not rehearsed: {}", plain(it))));
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Returns what the real run needs, sentence by sentence.
pub(crate) fn needs(needs: &Needs) -> Vec<String> {
    let mut lines = vec![format!(
        "the real run needs about {} and {} on the server",
        units::seconds(needs.seconds),
        units::bytes(needs.bytes)
    )];
    if let Some(bytes) = needs.backup_bytes {
        lines.push(format!("its backup of the SQLite file takes {}", units::bytes(bytes)));
    }
    if let Some(seconds) = needs.writes_wait_seconds {
        lines.push(format!(
            "the file has a rollback journal: the application's writes would wait for up to {}",
            units::seconds(seconds)
        ));
    }
    lines
}

fn verdict(report: &RehearsalReport) -> String {
    match (report.status, &report.migration) {
        (Readiness::Ready, migration) => {
            let rows = migration.as_ref().map_or(0, |it| it.rows);
            let tables = migration.as_ref().map_or(0, |it| it.tables.len());
            format!(
                "{} {} of {} went through and were thrown away, in {}",
                paint(style::GOOD, "ready:"),
                units::counted(rows, "row"),
                units::counted_len(tables, "table"),
                units::seconds(report.seconds)
            )
        }
        (Readiness::NotReady, _) => format!(
            "{} {} to settle first, above; the target is as it was",
            paint(style::ERROR, "not ready:"),
            units::plural(units::wide(report.settle.len()), "thing", "things")
        ),
    }
}
