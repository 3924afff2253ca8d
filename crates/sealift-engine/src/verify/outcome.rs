//! [`Outcome`]: what comparing one table found.

use super::job::Job;
use crate::report::{CellDifference, Compared, MatchStatus, TableComparison};

/// How many differences of a table are listed; all are counted.
pub(super) const LISTED: usize = 20;

/// What stands for the side on which a row is missing.
pub(super) const NO_ROW: &str = "(no row)";

/// What was found in one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Rows in SQLite.
    pub(super) source_rows: u64,
    /// Rows in PostgreSQL.
    pub(super) target_rows: u64,
    /// Rows that differ, are missing or are extra.
    pub(super) differing_rows: u64,
    /// The first of them.
    pub(super) differences: Vec<CellDifference>,
    /// Differs for a reason that no row tells, such as another digest.
    pub(super) differs: bool,
}

impl Outcome {
    /// Lists a difference while there is room; its row is counted by the caller.
    pub(super) fn list(&mut self, difference: CellDifference) {
        if self.has_room() {
            self.differences.push(difference);
        }
    }

    /// Returns whether another difference would be listed: rendering costs time.
    pub(super) fn has_room(&self) -> bool {
        self.differences.len() < LISTED
    }

    /// Returns the outcome as part of the report.
    pub(super) fn into_comparison(self, name: &str) -> TableComparison {
        let is_equal =
            !self.differs && self.differing_rows == 0 && self.source_rows == self.target_rows;
        TableComparison {
            kind: Compared::Table,
            name: name.to_owned(),
            source_rows: self.source_rows,
            target_rows: self.target_rows,
            quarantined: 0,
            status: if is_equal { MatchStatus::Match } else { MatchStatus::Differ },
            differences: self.differences,
            differing_rows: self.differing_rows,
        }
    }
}

/// Returns `column=value` texts joined by `, `.
pub(super) fn key_text(job: &Job, values: impl IntoIterator<Item = (usize, String)>) -> String {
    let parts = values.into_iter().map(|(position, value)| {
        let name = job.columns.get(position).map_or("?", |column| column.source.as_str());
        format!("{name}={value}")
    });
    parts.collect::<Vec<_>>().join(", ")
}
