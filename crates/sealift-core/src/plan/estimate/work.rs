//! How long each part of a migration takes, and how parts that run side by side add up.

use super::number::{real, real_len};
use super::rates::{self, Rates};
use super::shape::{ColumnShape, RowShape};
use super::space::{self, IndexShape, Order};
use crate::mapping::PgType;
use crate::plan::{Plan, TablePlan};

/// A table as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFacts {
    /// What its rows take.
    pub shape: RowShape,
    /// Seconds in which one thread reads, converts and hashes all of it, as seen with some of its rows;
    /// `None` where none were read.
    pub read_seconds: Option<f64>,
    /// In how many ranges it is copied, at least 1.
    pub ranges: u64,
}

/// Who works at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Sessions, at least 1.
    pub jobs: u64,
    /// Processors of this machine, at least 1.
    pub processors: u64,
    /// Whether the server works on the same processors.
    pub same_machine: bool,
}

impl Workers {
    fn jobs(self) -> f64 {
        f64::max(real(self.jobs), 1.0)
    }

    fn processors(self) -> f64 {
        f64::max(real(self.processors), 1.0)
    }

    /// Returns how many statements of the server get on at once.
    fn on_server(self) -> f64 {
        if self.same_machine { f64::min(self.jobs(), self.processors()) } else { self.jobs() }
    }
}

/// One thing that a single session does.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Piece {
    client: f64,
    server: f64,
}

/// The model: facts and rates in, seconds out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) plan: &'a Plan,
    pub(super) tables: &'a [TableFacts],
    pub(super) rates: &'a Rates,
    pub(super) workers: Workers,
}

impl Model<'_> {
    fn tables(&self) -> impl Iterator<Item = (&TablePlan, &TableFacts)> {
        self.plan.tables.iter().zip(self.tables)
    }

    /// Trying all statements, and making the tables.
    pub(super) fn create(&self) -> f64 {
        let objects: f64 = self.tables().map(|(table, _)| objects(table)).sum();
        // Without a round trip and a commit each.
        let one = f64::max(self.rates.statement - self.rates.round_trip, 0.0);
        objects * one * rates::STATEMENTS_OF_AN_OBJECT
            + rates::STATEMENTS_OF_A_RUN * self.rates.statement
    }

    /// Reading, converting, sending and storing all rows.
    pub(super) fn copy(&self) -> f64 {
        let mut all = Piece::default();
        let mut longest = 0.0;
        for (table, facts) in self.tables() {
            let ranges = f64::max(real(facts.ranges), 1.0);
            let commits = rates::STATEMENTS_OF_A_RANGE * self.rates.statement * ranges;
            let client = facts.read_seconds.unwrap_or_else(|| read(table));
            let server = self.store(table, &facts.shape) + commits;
            all.client += client;
            all.server += server;
            longest = f64::max(longest, f64::max(client, server) / ranges);
        }
        let Workers { same_machine, .. } = self.workers;
        let (jobs, processors) = (self.workers.jobs(), self.workers.processors());
        let by_sessions = f64::max(all.client, all.server) / jobs;
        let by_processors = if same_machine {
            (all.client + all.server) / processors
        } else {
            all.client / processors
        };
        f64::max(f64::max(by_sessions, by_processors), longest)
    }

    /// What a server does to store a table's rows.
    fn store(&self, table: &TablePlan, shape: &RowShape) -> f64 {
        let slow = self.rates.slowness();
        let rows = real(table.rows);
        let weights: f64 = shape.columns.iter().map(weight).sum();
        let share = rates::ROW_SHARE + (1.0 - rates::ROW_SHARE) * weights / 4.0;
        let jsonb: f64 = shape.columns.iter().map(jsonb_bytes).sum();
        let long: f64 = shape.columns.iter().map(variable_bytes).sum();
        let stored = rows * (self.rates.copy_row * share + self.rates.copy_byte * long);
        let computed = rates::JSONB_BYTE * jsonb
            + rates::COMPRESS_BYTE * shape.compressed
            + rates::MOVED_BYTE * shape.toast;
        stored * rates::OVER_TEMPORARY + rows * computed * slow
    }

    /// Building keys and indexes, then checking foreign keys and checks.
    pub(super) fn finish(&self) -> f64 {
        let width = self.workers.on_server();
        let contention = if width > 1.0 { rates::CONTENTION } else { 1.0 };
        let (mut all, mut longest, mut constraints) = (0.0, 0.0, Vec::new());
        for (table, facts) in self.tables() {
            let pages = space::table_bytes(table, &facts.shape);
            let shapes = space::index_shapes(self.plan, table, &facts.shape);
            let (keys, others): (Vec<IndexShape>, Vec<IndexShape>) =
                shapes.into_iter().partition(|index| index.exclusive);
            let seconds = |shapes: &[IndexShape]| -> Vec<f64> {
                shapes.iter().map(|index| self.index(index, pages)).collect()
            };
            let (keys, others) = (seconds(&keys), seconds(&others));
            let in_turn: f64 = keys.iter().sum();
            // Keys lock their table; the other indexes of a table share it.
            let one_by_one: f64 = others.iter().sum();
            all += in_turn + one_by_one;
            let beside = f64::min(self.side_by_side(&others) * contention, one_by_one);
            longest = f64::max(longest, in_turn + beside);
            constraints.extend(self.constraints(table, pages));
        }
        f64::max(all / width * contention, longest) + self.side_by_side(&constraints)
    }

    fn index(&self, index: &IndexShape, table_bytes: f64) -> f64 {
        let step = match index.order {
            Order::Numbers => self.rates.integer_key * rates::LARGE_SORT,
            Order::Already => self.rates.integer_key * rates::IN_ORDER,
            Order::Compared => self.rates.text_key * rates::LARGE_TEXT_SORT,
        };
        let sorted = index.entries * f64::max(index.entries, 2.0).log2() * step;
        let moved = table_bytes * rates::SCAN_BYTE;
        sorted + moved * self.rates.slowness() + self.step()
    }

    /// What surrounds each statement that is a step of its own.
    fn step(&self) -> f64 {
        rates::STATEMENTS_OF_A_STEP * self.rates.statement
    }

    fn constraints(&self, table: &TablePlan, pages: f64) -> Vec<f64> {
        let slow = self.rates.slowness();
        let rows = real(table.rows);
        let scan = pages * rates::SCAN_BYTE;
        let parents = table.target.foreign_keys.iter().filter(|key| key.validated).map(|key| {
            let mut tables = self.plan.tables.iter();
            let parent = tables.find(|it| it.target.name == key.parent);
            let parent_rows = parent.map_or(0.0, |parent| real(parent.rows));
            let checked = rows * rates::CHILD_ROW + parent_rows * rates::PARENT_ROW;
            (checked + scan) * slow + self.step()
        });
        let checks = table.target.checks.iter().filter(|check| check.validated);
        let checks = checks.map(|_| (rows * rates::CHECK_ROW + scan) * slow + self.step());
        parents.chain(checks).collect()
    }

    /// Collecting statistics.
    pub(super) fn analyze(&self) -> f64 {
        let slow = self.rates.slowness();
        let tables: Vec<f64> = self
            .tables()
            .map(|(table, facts)| {
                let rows = f64::min(real(table.rows), rates::ANALYZED_ROWS);
                let cells = rows * real_len(facts.shape.columns.len());
                let pages = real(table.rows) * facts.shape.heap / 8192.0;
                let pages = f64::min(pages, rates::ANALYZED_ROWS);
                let looked = rows * rates::ANALYZED_ROW
                    + cells * rates::ANALYZED_CELL
                    + pages * rates::ANALYZED_PAGE;
                looked * slow + self.rates.statement / 2.0
            })
            .collect();
        self.side_by_side(&tables)
    }

    /// Hashing all rows on the server; the copy has hashed its own.
    pub(super) fn verify(&self) -> f64 {
        let slow = self.rates.slowness();
        let tables: Vec<f64> = self
            .tables()
            .map(|(table, facts)| {
                let rows = real(table.rows);
                let weights: f64 = facts.shape.columns.iter().map(weight).sum();
                let share = rates::ROW_SHARE + (1.0 - rates::ROW_SHARE) * weights / 4.0;
                let long: f64 = facts.shape.columns.iter().map(variable_bytes).sum();
                let bytes =
                    rates::HASH_BYTE * long + rates::DECOMPRESS_BYTE * facts.shape.compressed;
                rows * (self.rates.hash_row * share + bytes * slow) + self.rates.round_trip
            })
            .collect();
        let objects: f64 = self.tables().map(|(table, _)| objects(table)).sum();
        self.side_by_side(&tables) + objects * rates::COMPARED_OBJECT * slow
    }

    /// Returns how long statements take that share the sessions: no less than the longest of them.
    fn side_by_side(&self, statements: &[f64]) -> f64 {
        let all: f64 = statements.iter().sum();
        let longest = statements.iter().copied().fold(0.0, f64::max);
        f64::max(all / self.workers.on_server(), longest)
    }
}

/// Returns how many things are made for a table.
fn objects(table: &TablePlan) -> f64 {
    let constraints = table.target.foreign_keys.len() + table.target.checks.len();
    1.0 + space::index_count(table) + real_len(constraints)
}

/// Returns about what reading so many bytes more takes.
#[must_use]
pub fn reading_more(bytes: u64) -> f64 {
    real(bytes) * rates::READ_BYTE
}

/// Returns about what reading a table takes of which no row was read.
fn read(table: &TablePlan) -> f64 {
    let rows = real(table.rows);
    let cells = rows * real_len(table.columns.len());
    rows * rates::READ_ROW + cells * rates::READ_CELL + real(table.bytes) * rates::READ_BYTE
}

/// Returns what a value costs beside one of the probe's, where its length does not matter.
fn weight(column: &ColumnShape) -> f64 {
    let value = match column.data_type {
        PgType::Numeric(_) | PgType::Jsonb => 2.5,
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Uuid => 1.0,
    };
    0.2 + (value - 0.2) * column.present
}

/// Returns the mean bytes of a column's values beyond the ten of the probe.
fn variable_bytes(column: &ColumnShape) -> f64 {
    f64::max(column.content - 10.0, 0.0) * column.present
}

fn jsonb_bytes(column: &ColumnShape) -> f64 {
    if column.data_type == PgType::Jsonb { column.content * column.present } else { 0.0 }
}
