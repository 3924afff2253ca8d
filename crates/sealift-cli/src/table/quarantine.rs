//! Rows that were kept apart.

use super::{indented, left, right, table};
use crate::units;
use sealift_engine::quarantine::Listed;

/// Returns the rows, and how many there are of each table.
pub(crate) fn quarantined(listed: &[Listed], counts: &[(&str, u64)]) -> String {
    let all: u64 = counts.iter().map(|(_, rows)| rows).sum();
    if all == 0 {
        return "no row is in quarantine".to_owned();
    }
    let mut rows = table(["row", "table", "key", "why", "since"]);
    for one in listed {
        rows.add_row([
            right(one.id.to_string()),
            left(&one.source_table),
            left(&one.key),
            left(&one.reason),
            left(&one.at),
        ]);
    }
    let shown = u64::try_from(listed.len()).unwrap_or(u64::MAX);
    let more = match all.saturating_sub(shown) {
        0 => String::new(),
        more => format!("  and {}; --limit {all} lists all\n", units::counted(more, "other row")),
    };
    let lines = counts.iter().map(|(name, rows)| in_quarantine(name, *rows));
    format!("{}{more}\n{}", indented(&rows), lines.collect::<Vec<_>>().join("\n"))
}

/// Returns how many rows of a table are in quarantine, as a sentence.
pub(crate) fn in_quarantine(table: &str, rows: u64) -> String {
    let (counted, verb) = (units::counted(rows, "row"), if rows == 1 { "is" } else { "are" });
    format!("{counted} of {} {verb} in quarantine", super::plain(table))
}
