//! What `check` found.

use super::plain;
use crate::printer::{paint, style};
use sealift_engine::check::{CheckReport, CheckStatus};

/// Returns one line an item, with words beside the marks, and the verdict.
pub(crate) fn checked(report: &CheckReport) -> String {
    let mut text = format!("{}\n", paint(style::HEADING, plain(&report.target)));
    for item in &report.items {
        let (style, mark, word) = match item.status {
            CheckStatus::Ok => (style::GOOD, "✓", "ok"),
            CheckStatus::Warning => (style::WARNING, "!", "warning"),
            CheckStatus::Failed => (style::ERROR, "✗", "failed"),
        };
        let name = item.name.replace('_', " ");
        let mark = paint(style, format_args!("{mark} {word:<7}"));
        text.push_str(&format!("  {mark} {name:<17} {}\n", plain(&item.found)));
        if let Some(hint) = &item.hint {
            let heading = paint(style::HINT, "hint:");
            text.push_str(&format!("{:30}{heading} {}\n", "", plain(hint)));
        }
    }
    let verdict = match report.status {
        CheckStatus::Ok => paint(style::GOOD, "ready: a migration can start"),
        CheckStatus::Warning => paint(style::WARNING, "ready, with the warnings above"),
        CheckStatus::Failed => paint(style::ERROR, "not ready: a migration would fail"),
    };
    text.push_str(&verdict);
    text
}
