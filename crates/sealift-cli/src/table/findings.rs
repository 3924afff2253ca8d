//! What a person should know, worst first.

use super::plain;
use crate::printer::{paint, style};
use crate::units;
use sealift_core::plan::{Finding, Severity};

/// Returns the findings as a list: errors, then warnings, then notes (only counted unless `notes`).
pub(crate) fn findings(findings: &[Finding], notes: Notes) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut text = String::new();
    let mut left_out = 0;
    for finding in sorted {
        if finding.severity == Severity::Note && notes == Notes::Counted {
            left_out += 1;
        } else {
            text.push_str(&one(finding));
        }
    }
    if left_out > 0 {
        let notes = units::counted(left_out, "note");
        let them = if left_out == 1 { "it" } else { "them" };
        let line = format!("{notes} on what was carried differently; -v shows {them}");
        text.push_str(&format!("{}\n", paint(style::DIM, line)));
    }
    text
}

/// Whether notes are shown or only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notes {
    /// One by one.
    Shown,
    /// As a number.
    Counted,
}

fn one(finding: &Finding) -> String {
    let label = match finding.severity {
        Severity::Error => paint(style::ERROR, "error"),
        Severity::Warning => paint(style::WARNING, "warning"),
        Severity::Note => paint(style::HINT, "note"),
    };
    let object = paint(style::HEADING, plain(&finding.object));
    let code = paint(style::DIM, format_args!("[{}]", finding.code));
    let mut text = format!("{label}: {object}: {} {code}\n", plain(&finding.message));
    if let Some(count) = finding.count {
        let first = match finding.keys.as_slice() {
            [] => String::new(),
            keys => format!(", first: {}", plain(&keys.join("; "))),
        };
        text.push_str(&format!("  {}{first}\n", units::counted(count, "row")));
    }
    if let Some(hint) = &finding.hint {
        text.push_str(&format!("  {} {}\n", paint(style::HINT, "hint:"), plain(hint)));
    }
    text
}

/// Returns `1 error, 2 warnings`, or `nothing to note`.
pub(crate) fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let kinds =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| units::counted_len(count, word))
        .collect();
    if parts.is_empty() { "nothing to note".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_notes_are_counted() {
        let list = [
            Finding::note("widened", "t.a", "holds numbers beyond 32 bits"),
            Finding::warning("view-not-carried", "view v", "uses a function")
                .hinted("write it anew"),
            Finding::error("bad-text", "t.b", "holds a NUL byte")
                .rows(1200, vec!["id=3".into(), "id=9".into()]),
        ];
        let text = anstream::adapter::strip_str(&findings(&list, Notes::Counted)).to_string();
        insta::assert_snapshot!(text, @r"
        error: t.b: holds a NUL byte [bad-text]
          1,200 rows, first: id=3; id=9
        warning: view v: uses a function [view-not-carried]
          hint: write it anew
        1 note on what was carried differently; -v shows it
        ");
        assert_eq!(summary(&list), "1 error, 1 warning, 1 note");
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let list = [Finding::error("x", "t\u{1b}[2J", "m")];
        assert!(
            !anstream::adapter::strip_str(&findings(&list, Notes::Shown))
                .to_string()
                .contains('\u{1b}')
        );
        assert!(findings(&list, Notes::Shown).contains("t\u{fffd}[2J"));
    }
}
