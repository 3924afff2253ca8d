//! What `check` and `doctor` found.

use super::plain;
use crate::printer::{paint, style};
use crate::units;
use sealift_engine::check::{CheckItem, CheckReport, CheckStatus};
use sealift_engine::doctor::{Area, DoctorReport};

/// Returns one line an item, with words beside the marks, and the verdict.
pub(crate) fn checked(report: &CheckReport) -> String {
    let mut text = format!("{}\n", paint(style::HEADING, plain(&report.target)));
    for item in &report.items {
        text.push_str(&line(item));
    }
    let verdict = match report.status {
        CheckStatus::Ok => paint(style::GOOD, "ready: a migration can start"),
        CheckStatus::Warning => paint(style::WARNING, "ready, with the warnings above"),
        CheckStatus::Failed => paint(style::ERROR, "not ready: a migration would fail"),
    };
    text.push_str(&verdict);
    text
}

/// Returns the lines of each area under its heading, and the verdict.
pub(crate) fn examined(report: &DoctorReport) -> String {
    let mut text = String::new();
    for (area, heading) in [
        (Area::Source, "SQLite file"),
        (Area::Target, "PostgreSQL"),
        (Area::Machine, "this machine"),
        (Area::Settings, "settings"),
    ] {
        let lines: Vec<String> = report
            .items
            .iter()
            .filter(|line| line.area == area)
            .map(|one| line(&one.item))
            .collect();
        if !lines.is_empty() {
            text.push_str(&format!("{}\n{}", paint(style::HEADING, heading), lines.concat()));
        }
    }
    let failed = report.items.iter().filter(|line| line.item.status == CheckStatus::Failed).count();
    text.push_str(&match report.status {
        CheckStatus::Ok => paint(style::GOOD, "all is well"),
        CheckStatus::Warning => paint(style::WARNING, "well, with the warnings above"),
        CheckStatus::Failed => {
            let things = units::plural(units::wide(failed), "thing", "things");
            paint(style::ERROR, format_args!("not well: {things} failed"))
        }
    });
    text
}

/// Returns the line of one thing, and that of its hint.
fn line(item: &CheckItem) -> String {
    let (style, mark, word) = match item.status {
        CheckStatus::Ok => (style::GOOD, "✓", "ok"),
        CheckStatus::Warning => (style::WARNING, "!", "warning"),
        CheckStatus::Failed => (style::ERROR, "✗", "failed"),
    };
    let name = item.name.replace('_', " ");
    let mark = paint(style, format_args!("{mark} {word:<7}"));
    let mut text = format!("  {mark} {name:<17} {}\n", plain(&item.found));
    if let Some(hint) = &item.hint {
        let heading = paint(style::HINT, "hint:");
        text.push_str(&format!("{:30}{heading} {}\n", "", plain(hint)));
    }
    text
}
