//! What a person should know, worst first.

use crate::units;
use maud::{Markup, html};
use sealift_core::plan::{Finding, Severity};

/// More notes than this are folded away.
const NOTES_OPEN: usize = 5;

/// Returns the findings; nothing when there are none.
pub(super) fn section(findings: &[Finding]) -> Markup {
    titled("What you should know", findings)
}

/// The same under another heading.
pub(super) fn titled(heading: &str, findings: &[Finding]) -> Markup {
    let of = |severity| findings.iter().filter(move |f| f.severity == severity);
    let notes: Vec<&Finding> = of(Severity::Note).collect();
    if findings.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { (heading) }
            @for finding in of(Severity::Error).chain(of(Severity::Warning)) { (one(finding)) }
            @if !notes.is_empty() {
                details open[notes.len() <= NOTES_OPEN] {
                    summary {
                        (units::counted_len(notes.len(), "note"))
                        span.dim { " on what was carried differently, without loss" }
                    }
                    @for finding in notes { (one(finding)) }
                }
            }
        }
    }
}

fn one(finding: &Finding) -> Markup {
    let (class, word) = match finding.severity {
        Severity::Error => ("finding error", "Error"),
        Severity::Warning => ("finding warning", "Warning"),
        Severity::Note => ("finding note", "Note"),
    };
    html! {
        article class=(class) {
            h3 {
                span.badge { (word) }
                code.object { (finding.object) }
                span.code { (finding.code) }
            }
            p { (sentence(&finding.message)) }
            @if let Some(count) = finding.count {
                p.rows {
                    (units::counted(count, "row"))
                    @if !finding.keys.is_empty() {
                        ", first: "
                        @for (position, key) in finding.keys.iter().enumerate() {
                            @if position > 0 { ", " }
                            code { (key) }
                        }
                    }
                }
            }
            @if let Some(hint) = &finding.hint { p.hint { (sentence(hint)) } }
        }
    }
}

/// Returns the text as a sentence: a capital at its start and a stop at its end, unless it starts
/// or ends with something to type; what stands in backticks as code.
fn sentence(text: &str) -> Markup {
    let command = text.starts_with(['-', '`']) || text.starts_with("sealift ");
    let mut characters = text.chars();
    let first = characters.next();
    let text = match first {
        Some(first) if !command => first.to_uppercase().chain(characters).collect(),
        Some(_) | None => text.to_owned(),
    };
    let stop = if command || text.ends_with(['.', '!', '?', ':', '`', ';']) { "" } else { "." };
    html! {
        @for (position, part) in text.split('`').enumerate() {
            @if position % 2 == 1 { code { (part) } } @else { (part) }
        }
        (stop)
    }
}
