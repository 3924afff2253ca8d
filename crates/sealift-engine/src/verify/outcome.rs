//! [`Outcome`]: what comparing one table found.

use super::job::Job;
use crate::report::{CellDifference, Compared, MatchStatus, TableComparison};
use sealift_core::plan::Conflict;

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
    /// Rows that only PostgreSQL has, where it may have some of its own.
    pub(super) extra_rows: u64,
    /// Rows that PostgreSQL has kept as they were, as it was told to.
    pub(super) kept_rows: u64,
    /// The first of those that differ or were kept.
    pub(super) differences: Vec<CellDifference>,
    /// Differs for a reason that no row tells, such as another digest.
    pub(super) differs: bool,
    /// What rows of the target that the source does not have mean.
    pub(super) conflict: Conflict,
}

impl Outcome {
    /// Returns an outcome that has compared nothing yet.
    pub(super) fn of(job: &Job) -> Self {
        Self { conflict: job.conflict, ..Self::default() }
    }

    /// Counts a row that PostgreSQL has with other values, or not at all.
    pub(super) fn count_other(&mut self, rows: u64) {
        match self.conflict {
            Conflict::Error | Conflict::Update => self.differing_rows += rows,
            Conflict::Skip => self.kept_rows += rows,
        }
    }

    /// Counts a row that only PostgreSQL has; returns whether that is a difference.
    pub(super) fn count_extra(&mut self, rows: u64) -> bool {
        match self.conflict {
            Conflict::Error => self.differing_rows += rows,
            Conflict::Update | Conflict::Skip => self.extra_rows += rows,
        }
        self.conflict == Conflict::Error
    }

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
        let all_there = match self.conflict {
            Conflict::Error => self.source_rows == self.target_rows,
            Conflict::Update => self.source_rows <= self.target_rows,
            Conflict::Skip => self.source_rows <= self.target_rows + self.kept_rows,
        };
        let is_equal = !self.differs && self.differing_rows == 0 && all_there;
        TableComparison {
            kind: Compared::Table,
            name: name.to_owned(),
            source_rows: self.source_rows,
            target_rows: self.target_rows,
            quarantined: 0,
            status: if is_equal { MatchStatus::Match } else { MatchStatus::Differ },
            differences: self.differences,
            differing_rows: self.differing_rows,
            extra_rows: self.extra_rows,
            kept_rows: self.kept_rows,
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
