//! The top of the page: how it ended, and the numbers one asks for first.

use super::chart;
use crate::units;
use maud::{Markup, html};
use sealift_core::plan::Severity;
use sealift_engine::config::VerifyLevel;
use sealift_engine::report::{MigrateReport, Status};

/// How the page is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Neutral,
    Bad,
}

impl Mood {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "hero good",
            Self::Neutral => "hero neutral",
            Self::Bad => "hero bad",
        }
    }
}

fn mood(report: &MigrateReport) -> Mood {
    match (report.status, level(report)) {
        (Status::Differences | Status::Refused, _) => Mood::Bad,
        (Status::Ok, VerifyLevel::None) => Mood::Neutral,
        (
            Status::Ok,
            VerifyLevel::Structure | VerifyLevel::Counts | VerifyLevel::Digest | VerifyLevel::Cells,
        ) => Mood::Good,
    }
}

fn level(report: &MigrateReport) -> VerifyLevel {
    report.verify.as_ref().map_or(VerifyLevel::None, |verify| verify.level)
}

/// Returns the verdict in a few words.
pub(super) fn title(report: &MigrateReport) -> &'static str {
    match mood(report) {
        Mood::Good if level(report) == VerifyLevel::Structure => "The schema stands",
        // A warning names something that was changed or left behind: a view, a check, a trigger.
        Mood::Good if report.count(Severity::Warning) > 0 => "Every row arrived",
        Mood::Good => "Everything arrived",
        Mood::Neutral => "Copied, not compared",
        Mood::Bad if report.status == Status::Refused => "Nothing was written",
        Mood::Bad => "Both sides differ",
    }
}

fn sentence(report: &MigrateReport) -> String {
    let sentence = outcome(report);
    match (report.status, report.count(Severity::Warning)) {
        (Status::Refused, _) | (_, 0) => sentence,
        (Status::Ok | Status::Differences, 1) => {
            format!("{sentence} One warning below says what was changed or left behind.")
        }
        (Status::Ok | Status::Differences, warnings) => {
            format!("{sentence} {warnings} warnings below say what was changed or left behind.")
        }
    }
}

fn outcome(report: &MigrateReport) -> String {
    let rows = units::counted(report.rows, "row");
    let tables = units::counted_len(report.tables.len(), "table");
    match (report.status, level(report)) {
        (Status::Refused, _) => {
            let count = match report.count(Severity::Error) {
                // With --strict, warnings stop the run like errors.
                0 => units::counted_len(report.count(Severity::Warning), "warning"),
                errors => units::counted_len(errors, "error"),
            };
            format!("{count} below must be settled first. The target is untouched.")
        }
        (Status::Differences, _) => {
            format!("{rows} of {tables} were copied, but the comparison below found differences.")
        }
        (Status::Ok, VerifyLevel::None) => {
            format!("{rows} of {tables} were copied. The comparison was left out on request.")
        }
        (Status::Ok, VerifyLevel::Structure) => {
            format!(
                "{tables} were made as planned, with keys, indexes and views, and without rows."
            )
        }
        (Status::Ok, VerifyLevel::Counts) => {
            format!(
                "{rows} of {tables} were counted on both sides, with keys, indexes and sequences."
            )
        }
        (Status::Ok, VerifyLevel::Digest) => {
            format!("{rows} of {tables} were hashed on both sides. Not one differs.")
        }
        (Status::Ok, VerifyLevel::Cells) => {
            format!("{rows} of {tables} were compared cell by cell. Not one differs.")
        }
    }
}

/// Returns the head of the page.
pub(super) fn hero(report: &MigrateReport) -> Markup {
    let route = Route { from: &report.source, to: &report.target, schema: &report.schema };
    let resumed = report.resumed.then_some("An interrupted run was continued.");
    head(mood(report), (title(report), &sentence(report)), route, resumed)
}

/// Where the rows come from and go to.
pub(super) struct Route<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) schema: &'a str,
}

/// Returns the head of a page: a verdict in a few words and in a sentence.
pub(super) fn head(
    mood: Mood,
    (title, sentence): (&str, &str),
    route: Route<'_>,
    remark: Option<&str>,
) -> Markup {
    let mark = match mood {
        Mood::Good => "M6 13l4.5 4.5L19 8",
        Mood::Neutral => "M6 12.5h12",
        Mood::Bad => "M7.5 7.5l9 9m0-9l-9 9",
    };
    html! {
        header class=(mood.class()) {
            p.brand { (chart::logo()) "Sealift" }
            div.verdict {
                svg.mark viewBox="0 0 24 24" aria-hidden="true" {
                    circle cx="12" cy="12" r="11" {}
                    path d=(mark) {}
                }
                div {
                    h1 { (title) }
                    p.lead { (sentence) }
                }
            }
            dl.route {
                div { dt { "From" } dd { (route.from) } }
                div.arrow aria-hidden="true" { "→" }
                div { dt { "To" } dd { (route.to) span.schema { " · schema " (route.schema) } } }
            }
            @if let Some(remark) = remark {
                p.resumed { (remark) }
            }
        }
    }
}

/// Returns the numbers.
pub(super) fn numbers(report: &MigrateReport) -> Markup {
    let rate = {
        let copy = report.phases.iter().find(|p| p.name == sealift_engine::ops::Phase::Copy);
        let seconds = copy.map_or(report.seconds, |phase| phase.seconds);
        let time = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
        units::rate(report.rows, time)
    };
    let warnings = report.count(Severity::Warning);
    let errors = report.count(Severity::Error);
    let columns: usize = report.tables.iter().map(|table| table.columns.len()).sum();
    html! {
        section.numbers aria-label="Numbers" {
            @if report.status != Status::Refused {
                (number(&units::count(report.rows), "rows"))
                (number(&units::bytes(report.bytes), "sent"))
            }
            (number(&units::seconds(report.seconds), "from start to end"))
            @if report.rows > 0 { (number(&units::count(rate), "rows a second")) }
            @if columns > 0 {
                (number(&units::count(units::wide(report.tables.len())), "tables"))
                (number(&units::count(units::wide(columns)), "columns"))
            }
            @if errors > 0 { (number(&units::count(units::wide(errors)), if errors == 1 { "error" } else { "errors" })) }
            @if warnings > 0 { (number(&units::count(units::wide(warnings)), if warnings == 1 { "warning" } else { "warnings" })) }
        }
    }
}

pub(super) fn number(value: &str, label: &str) -> Markup {
    html! { div { strong { (value) } span { (label) } } }
}
