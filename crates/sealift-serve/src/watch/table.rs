//! [`Tables`]: how far each table is.

use sealift_engine::ops::{Phase, PlannedTable};
use sealift_engine::report::{MatchStatus, TableComparison, TableReport};
use serde::Serialize;
use std::collections::HashMap;

/// How far a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TableStatus {
    /// None of its rows has been copied.
    Waiting,
    /// Some have.
    Copying,
    /// All have.
    Copied,
    /// Both sides are being compared.
    Comparing,
    /// Both sides are equal.
    Match,
    /// They are not.
    Differs,
    /// The migration ended while its rows were under way.
    Failed,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Table {
    /// The source table.
    name: String,
    /// Its rows; `None` before they are counted.
    rows_total: Option<u64>,
    /// How many have been sent.
    copied: u64,
    /// What was sent.
    bytes: u64,
    /// How many have been compared.
    verified: u64,
    /// How far it is.
    status: TableStatus,
    /// Rows that the census has counted so far.
    #[serde(skip)]
    counted: u64,
}

/// All tables, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Tables {
    all: Vec<Table>,
    by_name: HashMap<String, usize>,
}

impl Tables {
    pub(super) fn all(&self) -> &[Table] {
        &self.all
    }

    /// Takes the tables that are carried; others that were counted are forgotten.
    pub(super) fn planned(&mut self, planned: &[PlannedTable]) {
        let known = std::mem::take(self);
        for PlannedTable { name, rows } in planned {
            let earlier = known.by_name.get(name).and_then(|place| known.all.get(*place));
            let table = earlier.cloned().unwrap_or_else(|| Table::new(name));
            self.by_name.insert(name.clone(), self.all.len());
            self.all.push(Table { rows_total: Some(*rows), ..table });
        }
    }

    /// Returns how many rows all tables have; `None` before that is known.
    pub(super) fn rows_total(&self) -> Option<u64> {
        if self.all.is_empty() {
            return None;
        }
        self.all.iter().map(|table| table.rows_total).sum()
    }

    /// Takes rows that went by.
    pub(super) fn rows(&mut self, phase: Phase, name: &str, rows: u64, bytes: u64) {
        let Some(table) = self.get(phase, name) else { return };
        match phase {
            Phase::Census => table.counted = table.counted.saturating_add(rows),
            Phase::Copy => {
                table.status = TableStatus::Copying;
                table.copied = table.copied.saturating_add(rows);
                table.bytes = table.bytes.saturating_add(bytes);
            }
            Phase::Verify => {
                table.status = TableStatus::Comparing;
                table.verified = table.verified.saturating_add(rows);
            }
            Phase::Inspect | Phase::Plan | Phase::Create | Phase::Finish | Phase::Analyze => (),
        }
    }

    /// Takes that a table is through a phase.
    pub(super) fn done(&mut self, phase: Phase, name: &str) {
        let Some(table) = self.get(phase, name) else { return };
        match phase {
            Phase::Census => table.rows_total = Some(table.counted),
            Phase::Copy => table.status = TableStatus::Copied,
            // Whether they are equal is said when all are.
            Phase::Verify => table.status = TableStatus::Comparing,
            Phase::Inspect | Phase::Plan | Phase::Create | Phase::Finish | Phase::Analyze => (),
        }
    }

    /// Takes that the rows are copied once more, as a later attempt does: what was under way begins anew.
    pub(super) fn copy_again(&mut self) {
        for table in &mut self.all {
            if table.status == TableStatus::Copying {
                table.status = TableStatus::Waiting;
                table.copied = 0;
                table.bytes = 0;
            }
        }
    }

    /// Takes that the rows are compared once more.
    pub(super) fn compare_again(&mut self) {
        for table in &mut self.all {
            table.verified = 0;
        }
    }

    /// Takes that the migration ended early.
    pub(super) fn failed(&mut self) {
        for table in &mut self.all {
            if matches!(table.status, TableStatus::Copying | TableStatus::Comparing) {
                table.status = TableStatus::Failed;
            }
        }
    }

    /// Takes what the migration has come back with. An earlier run may have copied rows that no event of
    /// this one was about.
    pub(super) fn finished(&mut self, reports: &[TableReport], compared: &[TableComparison]) {
        for report in reports {
            let Some(table) = self.get(Phase::Copy, &report.name) else { continue };
            table.copied = report.rows;
            table.bytes = report.bytes;
            if !matches!(table.status, TableStatus::Failed) {
                table.status = TableStatus::Copied;
            }
        }
        for comparison in compared {
            let Some(place) = self.by_name.get(&comparison.name) else { continue };
            let Some(table) = self.all.get_mut(*place) else { continue };
            table.verified = comparison.source_rows;
            table.status = match comparison.status {
                MatchStatus::Match => TableStatus::Match,
                MatchStatus::Differ => TableStatus::Differs,
            };
        }
    }

    /// Returns a table; one that was not heard of yet is added, as long as it is not planned what is
    /// carried. Views are compared too, and are none.
    fn get(&mut self, phase: Phase, name: &str) -> Option<&mut Table> {
        let place = match self.by_name.get(name) {
            Some(place) => *place,
            None if phase == Phase::Census || phase == Phase::Copy => {
                self.by_name.insert(name.to_owned(), self.all.len());
                self.all.push(Table::new(name));
                self.all.len() - 1
            }
            None => return None,
        };
        self.all.get_mut(place)
    }
}

impl Table {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows_total: None,
            copied: 0,
            bytes: 0,
            verified: 0,
            status: TableStatus::Waiting,
            counted: 0,
        }
    }
}
