//! Tables: how many rows, how large, how long, equal or not; and which types were chosen, and why.

use super::chart::bar;
use crate::units;
use maud::{Markup, html};
use sealift_engine::report::{
    CellDifference, MatchStatus, MigrateReport, TableComparison, TableReport,
};
use std::collections::BTreeMap;

/// More tables than this are folded away below the largest ones.
const TABLES_OPEN: usize = 25;

/// Returns what the comparison found; nothing when both sides are equal.
pub(super) fn differences(report: &MigrateReport) -> Markup {
    let Some(verify) = report.verify.as_ref().filter(|v| v.status == MatchStatus::Differ) else {
        return html! {};
    };
    let differing = verify.tables.iter().filter(|table| table.status == MatchStatus::Differ);
    html! {
        section {
            h2 { "What differs" }
            @for table in differing { (table_difference(table)) }
            @for part in &verify.structure {
                article.finding.error {
                    h3 { span.badge { "Differs" } code.object { (part.object) } }
                    p { "Expected " code { (part.expected) } ", found " code { (part.actual) } "." }
                }
            }
        }
    }
}

fn table_difference(table: &TableComparison) -> Markup {
    html! {
        article.finding.error {
            h3 { span.badge { "Differs" } code.object { (table.name) } }
            p {
                (units::counted(table.source_rows, "row")) " in SQLite, "
                (units::count(table.target_rows)) " in PostgreSQL"
                @if table.differing_rows > 0 {
                    "; " (units::plural(table.differing_rows, "row differs", "rows differ"))
                }
                "."
            }
            @if !table.differences.is_empty() { (cells(&table.differences)) }
        }
    }
}

fn cells(cells: &[CellDifference]) -> Markup {
    html! {
        div.scroll {
            table.cells {
                thead { tr { th { "Row" } th { "Column" } th { "SQLite" } th { "PostgreSQL" } } }
                tbody {
                    @for cell in cells {
                        tr {
                            td { code { (cell.key) } } td { code { (cell.column) } }
                            td { code { (cell.source) } } td { code { (cell.target) } }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the tables, largest first.
pub(super) fn section(report: &MigrateReport) -> Markup {
    if report.tables.is_empty() {
        return html! {};
    }
    let mut sorted: Vec<&TableReport> = report.tables.iter().collect();
    sorted.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.name.cmp(&b.name)));
    let (largest, others) = sorted.split_at(std::cmp::min(sorted.len(), TABLES_OPEN));
    let scale = Scale::of(report);
    html! {
        section {
            h2 { "Tables" }
            (list(largest, &scale))
            @if !others.is_empty() {
                details {
                    summary { (units::counted_len(others.len(), "smaller table")) }
                    (list(others, &scale))
                }
            }
        }
    }
}

/// What the longest bar of each kind stands for, and how each table compares.
struct Scale<'a> {
    rows: u64,
    bytes: u64,
    millis: u64,
    compared: BTreeMap<&'a str, MatchStatus>,
}

impl<'a> Scale<'a> {
    fn of(report: &'a MigrateReport) -> Self {
        let most = |value: fn(&TableReport) -> u64| {
            report.tables.iter().map(value).max().unwrap_or_default()
        };
        let compared = report.verify.iter().flat_map(|verify| &verify.tables);
        Self {
            rows: most(|table| table.rows),
            bytes: most(|table| table.bytes),
            millis: most(millis),
            compared: compared.map(|table| (table.name.as_str(), table.status)).collect(),
        }
    }
}

fn millis(table: &TableReport) -> u64 {
    let time = std::time::Duration::try_from_secs_f64(table.seconds).unwrap_or_default();
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn list(tables: &[&TableReport], scale: &Scale<'_>) -> Markup {
    html! {
        table.tables {
            thead { tr {
                th { "Table" } th.number { "Rows" } th.number { "Size" } th.number { "Time" } th.check { "Equal" }
            } }
            tbody {
                @for table in tables {
                    tr {
                        th scope="row" {
                            (table.name)
                            @if table.target != table.name { span.dim { " → " (table.target) } }
                        }
                        td.number data-label="rows" { (units::count(table.rows)) (bar(table.rows, scale.rows)) }
                        td.number data-label="size" { (units::bytes(table.bytes)) (bar(table.bytes, scale.bytes)) }
                        td.number data-label="time" { (units::seconds(table.seconds)) (bar(millis(table), scale.millis)) }
                        td.check { (equal(scale.compared.get(table.name.as_str()))) }
                    }
                }
            }
        }
    }
}

fn equal(status: Option<&MatchStatus>) -> Markup {
    match status {
        Some(MatchStatus::Match) => html! { span.yes title="equal" { "✓" } },
        Some(MatchStatus::Differ) => html! { span.no title="differs" { "✗" } },
        None => html! { span.dim title="not compared" { "–" } },
    }
}

/// Returns the types chosen, first all together, then column by column.
pub(super) fn types(report: &MigrateReport) -> Markup {
    let mut count: BTreeMap<&str, u64> = BTreeMap::new();
    for column in report.tables.iter().flat_map(|table| &table.columns) {
        *count.entry(column.data_type.as_str()).or_default() += 1;
    }
    let mut sorted: Vec<(&str, u64)> = count.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let most = sorted.first().map_or(0, |(_, count)| *count);
    if sorted.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Types chosen" }
            ul.types {
                @for (name, count) in &sorted {
                    li { code { (name) } (bar(*count, most)) span { (units::counted(*count, "column")) } }
                }
            }
            @for table in &report.tables { (columns(table)) }
        }
    }
}

fn columns(table: &TableReport) -> Markup {
    html! {
        details {
            summary { (table.name) span.dim { " " (units::counted_len(table.columns.len(), "column")) } }
            div.columns {
                @for column in &table.columns {
                    div {
                        code.name { (column.name) }
                        span.change {
                            @if column.declared.is_empty() { span.dim { "no type" } }
                            @else { code { (column.declared) } }
                            " → " code.chosen { (column.data_type) }
                        }
                        span.because { (column.because) }
                    }
                }
            }
        }
    }
}
