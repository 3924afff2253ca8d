//! Plans, findings and outcomes as tables and lists for a person at a terminal.

mod estimate;
mod findings;
mod inspection;
mod outcome;
mod plan;
mod quarantine;
mod rehearsal;
mod revision;
mod server;

pub(crate) use estimate::predicted;
pub(crate) use findings::{Notes, findings};
pub(crate) use inspection::inspected;
pub(crate) use outcome::{Tables, migrated, verified};
pub(crate) use plan::{is_difference, plan, plan_totals, profile};
pub(crate) use quarantine::quarantined;
pub(crate) use rehearsal::{needs, rehearsed};
pub(crate) use revision::{
    danger, diffed, revision_cost, revision_current, revision_history, revisions_done, rewrites,
};
pub(crate) use server::checked;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use std::borrow::Cow;

/// Returns `text` without control characters: a name in a file must not command the terminal.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        Cow::Owned(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns a table without lines, as wide as the terminal at most.
fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(
        headings.map(|heading| Cell::new(heading).add_attribute(comfy_table::Attribute::Dim)),
    );
    table
}

/// Returns a cell that stands at the right, for numbers.
fn right(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Right)
}

/// Returns a cell that stands at the left.
fn left(text: &str) -> Cell {
    Cell::new(plain(text))
}

/// Returns a table as text, each line two blanks in (one is the cell's own), without blanks at the end.
fn indented(table: &Table) -> String {
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}
