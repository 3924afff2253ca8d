//! [`Board`]: what is to be done, and what may be done now beside what is under way. No I/O.
//!
//! ```text
//! ranges of t ──→ keys and indexes of t ──→ checks of t
//!                      │           └──────→ statistics of t
//!                      └─ with those of u ─→ foreign keys between t and u
//! ```
//!
//! Rows go first: what holds the source's readers and may be given up by a cell ends as early as it can.
//! A worker that finds no range left builds what the tables that are loaded allow.

mod rows;
mod tables;

use self::rows::Rows;
use self::tables::Tables;
use crate::copy::RangeJob;
use sealift_core::ddl::{Stage, Statement, TableLock};
use sealift_core::name::Ident;
use sealift_core::plan::TablePlan;
use std::cmp::Reverse;

/// Up to here a table is small: a transaction for each would cost more than its rows.
const SMALL_BYTES: u64 = 512 << 10;

/// How many small tables go together at most. Each of them holds some five locks until the end of the
/// transaction, and a server has room for a few thousand.
const TOGETHER: usize = 32;

/// How many transactions a worker should get of the small tables, so that all end at the same time.
const SHARES: usize = 4;

/// What a worker does next.
#[derive(Debug)]
pub(super) enum Next {
    /// Carry these ranges over, in one transaction.
    Copy(Vec<RangeJob>),
    /// Carry these statements out, in one transaction.
    Build(Vec<Statement>, Company),
    /// Collect the statistics of these tables.
    Analyze(Vec<Ident>),
    /// All that is left waits for something that is under way.
    Wait,
    /// Nothing is left.
    Nothing,
}

/// Whether other workers have something to do for as long as a statement takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// They have not: a processor will be idle.
    Alone,
    /// They have; so large is the largest table that is built upon, in bytes.
    Among(u64),
}

/// What is to be done and what is under way.
#[derive(Debug, Default)]
pub(super) struct Board {
    workers: usize,
    rows: Rows,
    tables: Tables,
    /// The largest table's first, and of a table in their order.
    statements: Vec<Statement>,
    /// How many statements are being carried out.
    building: usize,
    /// The largest last.
    unanalyzed: Vec<Ident>,
    running: Vec<TableLock>,
    /// What was given up is not done, though nothing of it is left.
    given_up: GivenUp,
}

/// What is not to be done any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum GivenUp {
    #[default]
    Nothing,
    Building,
    Everything,
}

impl Board {
    /// Returns the board of a run: `statements` are those up to the constraints.
    pub(super) fn new(
        planned: &[TablePlan],
        waves: Vec<Vec<RangeJob>>,
        mut statements: Vec<Statement>,
        workers: usize,
    ) -> Self {
        let tables = Tables::new(planned, waves.iter().flatten(), &statements);
        statements.sort_by_key(|statement| Reverse(tables.weight(&statement.table)));
        let mut unanalyzed: Vec<Ident> =
            planned.iter().map(|table| table.target.name.clone()).collect();
        unanalyzed.sort_by_key(|table| tables.weight(table));
        let rows = Rows::new(waves);
        Self { workers, rows, tables, statements, unanalyzed, ..Self::default() }
    }

    /// Returns how many workers have something to do at most.
    pub(super) fn workers(&self) -> usize {
        let work = std::cmp::max(self.rows.left(), self.statements.len());
        std::cmp::min(self.workers, std::cmp::max(work, self.unanalyzed.len()))
    }

    /// Returns how many statements are left.
    pub(super) fn statements_left(&self) -> usize {
        self.statements.len() + self.building
    }

    /// Returns whether all rows have arrived.
    pub(super) fn is_loaded(&self) -> bool {
        self.rows.have_arrived() && self.given_up != GivenUp::Everything
    }

    /// Returns whether all rows have arrived and all statements are carried out.
    pub(super) fn is_built(&self) -> bool {
        self.is_loaded() && self.statements_left() == 0 && self.given_up == GivenUp::Nothing
    }

    /// Takes what can be done now.
    pub(super) fn next(&mut self) -> Next {
        if let Some(jobs) = self.next_ranges() {
            return Next::Copy(jobs);
        }
        if let Some(statements) = self.next_statements() {
            let company = self.company(&statements);
            return Next::Build(statements, company);
        }
        if let Some(tables) = self.next_analyze() {
            return Next::Analyze(tables);
        }
        if self.rows.left() == 0 && self.statements.is_empty() && self.unanalyzed.is_empty() {
            return Next::Nothing;
        }
        Next::Wait
    }

    /// Notes that ranges have arrived; returns the positions of the tables that are whole now.
    pub(super) fn copied(&mut self, jobs: &[RangeJob]) -> Vec<usize> {
        self.rows.arrived(jobs);
        jobs.iter().filter(|job| self.tables.arrived(job.table)).map(|job| job.table).collect()
    }

    /// Notes that statements are carried out.
    pub(super) fn built(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.building -= std::cmp::min(self.building, 1);
            self.tables.built(statement);
            self.release(&statement.locks);
        }
    }

    /// Notes that statistics are collected.
    pub(super) fn analyzed(&mut self, tables: &[Ident]) {
        for table in tables {
            self.release(&[lock_of(table)]);
        }
    }

    /// Forgets all that has not been begun.
    pub(super) fn stop(&mut self) {
        self.stop_building();
        self.rows.clear();
        self.given_up = GivenUp::Everything;
    }

    /// Forgets all that has not been begun, but for the rows.
    pub(super) fn stop_building(&mut self) {
        self.statements.clear();
        self.unanalyzed.clear();
        if self.given_up == GivenUp::Nothing {
            self.given_up = GivenUp::Building;
        }
    }

    fn next_ranges(&mut self) -> Option<Vec<RangeJob>> {
        let workers = self.workers;
        self.rows.take(|left| share(workers, left), |job| self.tables.goes_together(job))
    }

    fn next_statements(&mut self) -> Option<Vec<Statement>> {
        let first = self.statements.iter().position(|statement| self.may_run(statement))?;
        let first = self.statements.remove(first);
        self.running.extend(first.locks.iter().cloned());
        let stage = first.stage;
        let is_small = |board: &Self, statement: &Statement| {
            let mut tables = statement.locks.iter().map(|lock| &lock.table);
            tables.all(|table| board.tables.weight(table) <= SMALL_BYTES)
        };
        let mut taken = vec![first];
        if taken.iter().all(|first| is_small(self, first)) {
            let share = share(self.workers, self.statements.len());
            // Those of the same tables too: what a transaction has locked does not hold itself up.
            let mut position = 0;
            while taken.len() < share && position < self.statements.len() {
                let fits = self.statements.get(position).is_some_and(|statement| {
                    statement.stage == stage
                        && is_small(self, statement)
                        && self.may_run_beside(statement, &taken)
                });
                if fits {
                    let statement = self.statements.remove(position);
                    self.running.extend(statement.locks.iter().cloned());
                    taken.push(statement);
                } else {
                    position += 1;
                }
            }
        }
        self.building += taken.len();
        Some(taken)
    }

    fn next_analyze(&mut self) -> Option<Vec<Ident>> {
        let share = share(self.workers, self.unanalyzed.len());
        let mut taken: Vec<Ident> = Vec::new();
        for position in (0..self.unanalyzed.len()).rev() {
            let Some(table) = self.unanalyzed.get(position) else { continue };
            let is_large = self.tables.weight(table) > SMALL_BYTES;
            if taken.len() >= share || is_large && !taken.is_empty() || !self.may_analyze(table) {
                continue;
            }
            let table = self.unanalyzed.remove(position);
            self.running.push(lock_of(&table));
            taken.push(table);
            if is_large {
                break;
            }
        }
        (!taken.is_empty()).then_some(taken)
    }

    /// Says whether what is left keeps the other workers busy for as long as this takes.
    fn company(&self, taken: &[Statement]) -> Company {
        let weight = |statement: &Statement| self.tables.weight(&statement.table);
        let largest = taken.iter().map(weight).max().unwrap_or(0);
        let left: u64 = self.statements.iter().map(weight).sum();
        if self.workers < 2 || left < largest { Company::Alone } else { Company::Among(largest) }
    }

    fn may_run(&self, statement: &Statement) -> bool {
        self.may_run_beside(statement, &[])
    }

    /// Returns whether a statement may begin, in the transaction that has already taken `own`.
    fn may_run_beside(&self, statement: &Statement, own: &[Statement]) -> bool {
        let held = |lock: &TableLock| {
            let own = own.iter().flat_map(|statement| &statement.locks);
            count(self.running.iter(), lock) > count(own, lock)
        };
        statement.locks.iter().all(|lock| {
            self.tables.is_loaded(&lock.table)
                && !held(lock)
                && (statement.stage == Stage::Indexes || !self.tables.has_indexes_left(&lock.table))
        })
    }

    fn may_analyze(&self, table: &Ident) -> bool {
        self.tables.is_loaded(table)
            && !self.tables.has_indexes_left(table)
            && count(self.running.iter(), &lock_of(table)) == 0
    }

    fn release(&mut self, locks: &[TableLock]) {
        for lock in locks {
            if let Some(position) = self.running.iter().position(|running| running == lock) {
                self.running.swap_remove(position);
            }
        }
    }
}

/// Returns how many of so many small things one of the workers takes at once.
fn share(workers: usize, left: usize) -> usize {
    (left / (SHARES * std::cmp::max(workers, 1))).clamp(1, TOGETHER)
}

/// `analyze` takes a lock that keeps out index builds and others of its kind (manual, section 13.3.1).
fn lock_of(table: &Ident) -> TableLock {
    TableLock { table: table.clone(), exclusive: true }
}

/// Returns how many locks would hold another one up.
fn count<'a>(held: impl Iterator<Item = &'a TableLock>, wanted: &TableLock) -> usize {
    let conflicts =
        |lock: &&TableLock| lock.table == wanted.table && (lock.exclusive || wanted.exclusive);
    held.filter(conflicts).count()
}

#[cfg(test)]
mod tests;
