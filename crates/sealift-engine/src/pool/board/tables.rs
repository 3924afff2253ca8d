//! [`Tables`]: how large tables are, and what they still wait for.

use super::SMALL_BYTES;
use crate::copy::RangeJob;
use sealift_core::ddl::{Stage, Statement};
use sealift_core::name::Ident;
use sealift_core::plan::TablePlan;
use std::collections::BTreeMap;

/// What is known of each table of the target.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// By their position in the plan.
    names: Vec<Ident>,
    tables: BTreeMap<Ident, Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// What its rows and their keys take, in bytes.
    weight: u64,
    /// Whether its rows go there directly.
    is_plain: bool,
    /// Ranges that have not arrived.
    ranges_left: usize,
    /// Keys and indexes that are not built.
    indexes_left: usize,
}

impl Tables {
    pub(super) fn new<'a>(
        planned: &[TablePlan],
        ranges: impl Iterator<Item = &'a RangeJob>,
        statements: &[Statement],
    ) -> Self {
        let mut tables = Self::default();
        for planned in planned {
            let table = Table {
                weight: planned.bytes.saturating_add(8 * planned.rows),
                is_plain: planned.filling.is_plain(),
                ..Table::default()
            };
            tables.names.push(planned.target.name.clone());
            tables.tables.insert(planned.target.name.clone(), table);
        }
        for range in ranges {
            if let Some(table) = tables.at(range.table) {
                table.ranges_left += 1;
            }
        }
        for statement in statements.iter().filter(|it| it.stage == Stage::Indexes) {
            if let Some(table) = tables.tables.get_mut(&statement.table) {
                table.indexes_left += 1;
            }
        }
        tables
    }

    /// Returns what a table's rows and their keys take, in bytes; 0 of one that is not in the plan.
    pub(super) fn weight(&self, name: &Ident) -> u64 {
        self.tables.get(name).map_or(0, |table| table.weight)
    }

    /// Returns whether all rows of a table are there.
    pub(super) fn is_loaded(&self, name: &Ident) -> bool {
        self.tables.get(name).is_none_or(|table| table.ranges_left == 0)
    }

    /// Returns whether a key or an index of a table is to be built, or being built.
    pub(super) fn has_indexes_left(&self, name: &Ident) -> bool {
        self.tables.get(name).is_some_and(|table| table.indexes_left > 0)
    }

    /// Returns whether a range may go together with others: its table is small, and takes its rows
    /// directly.
    pub(super) fn goes_together(&self, range: &RangeJob) -> bool {
        let table = self.names.get(range.table).and_then(|name| self.tables.get(name));
        table.is_some_and(|table| table.is_plain && table.weight <= SMALL_BYTES)
    }

    /// Counts off a range; returns whether its table is whole now.
    pub(super) fn arrived(&mut self, position: usize) -> bool {
        let Some(table) = self.at(position) else { return false };
        table.ranges_left = table.ranges_left.saturating_sub(1);
        table.ranges_left == 0
    }

    /// Counts off a statement.
    pub(super) fn built(&mut self, statement: &Statement) {
        if statement.stage == Stage::Indexes
            && let Some(table) = self.tables.get_mut(&statement.table)
        {
            table.indexes_left = table.indexes_left.saturating_sub(1);
        }
    }

    fn at(&mut self, position: usize) -> Option<&mut Table> {
        self.tables.get_mut(self.names.get(position)?)
    }
}
