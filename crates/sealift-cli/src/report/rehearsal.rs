//! The page of a rehearsal.

use super::verdict::{Mood, Route, head, number};
use super::{chart, findings, page, shell_word, tables};
use crate::table;
use crate::units;
use maud::{Markup, html};
use sealift_engine::report::{Readiness, RehearsalReport};

/// Returns the whole page.
pub(super) fn render(report: &RehearsalReport) -> String {
    let (mood, title) = match report.status {
        Readiness::Ready => (Mood::Good, "Ready to migrate"),
        Readiness::NotReady => (Mood::Bad, "Not ready yet"),
    };
    let route = Route { from: &report.source, to: &report.target, schema: &report.schema };
    let remark = "A rehearsal: everything was thrown away again.";
    page(
        title,
        &html! {
            (head(mood, (title, &sentence(report)), route, Some(remark)))
            (numbers(report))
            (findings::titled("What to settle first", &report.settle))
            (needs(report))
            @if let Some(migration) = &report.migration {
                (chart::phases(migration))
                (tables::differences(migration))
                (findings::section(&migration.findings))
                (tables::section(migration))
                (tables::types(migration))
            }
            (footer(report))
        },
    )
}

fn sentence(report: &RehearsalReport) -> String {
    let rows = report.migration.as_ref().map_or(0, |migration| migration.rows);
    match report.status {
        Readiness::Ready => format!(
            "{} went the whole way, and both sides were compared. Nothing is in the way.",
            units::counted(rows, "row")
        ),
        Readiness::NotReady => format!(
            "{} below must be settled first. The target is untouched.",
            units::plural(units::wide(report.settle.len()), "thing", "things")
        ),
    }
}

fn numbers(report: &RehearsalReport) -> Markup {
    let Some(needs) = &report.needs else { return html! {} };
    html! {
        section.numbers aria-label="Numbers" {
            (number(&units::seconds(needs.seconds), "for the real run, about"))
            (number(&units::bytes(needs.bytes), "on the server"))
            @if let Some(bytes) = needs.backup_bytes { (number(&units::bytes(bytes), "for the backup")) }
        }
    }
}

fn needs(report: &RehearsalReport) -> Markup {
    let lines: Vec<String> = report.needs.iter().flat_map(table::needs).collect();
    if lines.is_empty() && report.not_rehearsed.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "What the real run needs" }
            @for line in &lines { p { (line) } }
            @for it in &report.not_rehearsed { p { "Not rehearsed: " (it) } }
        }
    }
}

fn footer(report: &RehearsalReport) -> Markup {
    html! {
        footer {
            p {
                "Made by Sealift " (env!("CARGO_PKG_VERSION")) ". The same facts for programs: "
                code { "rehearsal.json" } " beside this page."
            }
            @if report.status == Readiness::Ready {
                p { "Now for real: " code { "sealift migrate " (shell_word(&report.source)) } " with the same options" }
            }
        }
    }
}
