//! What tables and indexes take on the server's disk.

use super::datum::{self, Layout};
use super::number::{real, real_len, whole};
use super::row::MAX_ALIGN;
use super::shape::{ColumnShape, RowShape};
use crate::mapping::PgType;
use crate::name::Ident;
use crate::plan::{Plan, TablePlan};
use crate::schema::target::{self, IndexMethod};
use serde::Serialize;

const PAGE: f64 = 8192.0;

/// A leaf page of a B-tree is filled to nine tenths: header, special space and the tenth apart (PostgreSQL
/// source, `nbtree.h` and `BTREE_DEFAULT_FILLFACTOR`).
const LEAF_ROOM: f64 = PAGE - 24.0 - 16.0 - 819.0;

/// An inner page is filled to seven tenths (`BTREE_NONLEAF_FILLFACTOR`).
const INNER_ROOM: f64 = (PAGE - 40.0) * 0.7;

/// Header of an entry, its line pointer, and a further row of the same key (`IndexTupleData`, `ItemIdData`).
const ENTRY_HEADER: f64 = 8.0;
const LINE_POINTER: f64 = 4.0;
const FURTHER_ROW: f64 = 6.0;

/// The longest entry that holds several rows: a tenth of a page (`_bt_load`).
const LONGEST_POSTING: f64 = 812.0;

/// A map of free space comes with the second page: three pages, and one more for each 4,000 or so (manual,
/// section 73.3).
const PAGES_WITHOUT_MAP: f64 = 1.0;

/// What an expression's value takes, about which nothing is known.
const UNKNOWN_KEY: f64 = 16.0;

/// What an entry of an R-tree takes with four doubles and the free place of split pages.
const BOX_ENTRY: f64 = 90.0;

/// Bytes on the server's disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Space {
    /// The tables, with what is moved out of their pages.
    pub tables: u64,
    /// The indexes, those of keys among them.
    pub indexes: u64,
}

impl Space {
    /// Returns both together.
    #[must_use]
    pub fn total(self) -> u64 {
        self.tables.saturating_add(self.indexes)
    }

    fn add(&mut self, other: Self) {
        self.tables = self.tables.saturating_add(other.tables);
        self.indexes = self.indexes.saturating_add(other.indexes);
    }
}

/// How the keys of an index are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By comparing numbers.
    Numbers,
    /// The same, and rows come in this order.
    Already,
    /// By a function: texts by their collation, `numeric` digit by digit.
    Compared,
}

/// One index, that of a key or another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IndexShape {
    /// Its entries.
    pub(super) entries: f64,
    /// How it is sorted.
    pub(super) order: Order,
    /// Whether its table is locked for others while it is built: that of a key.
    pub(super) exclusive: bool,
    /// Bytes on disk.
    pub(super) bytes: f64,
}

/// Returns what all tables of a plan and their indexes take; `shapes` are in the plan's order.
#[must_use]
pub fn space(plan: &Plan, shapes: &[RowShape]) -> Space {
    let mut all = Space::default();
    for (table, shape) in plan.tables.iter().zip(shapes) {
        all.add(table_space(plan, table, shape));
    }
    all
}

/// Returns what one table and its indexes take.
#[must_use]
pub fn table_space(plan: &Plan, table: &TablePlan, shape: &RowShape) -> Space {
    let indexes: f64 = index_shapes(plan, table, shape).iter().map(|index| index.bytes).sum();
    Space { tables: whole(table_bytes(table, shape)), indexes: whole(indexes) }
}

pub(super) fn table_bytes(table: &TablePlan, shape: &RowShape) -> f64 {
    let rows = real(table.rows);
    // The words of a text take about as much as the text.
    let derived = if table.target.derived.is_empty() { 0.0 } else { real(table.bytes) };
    let heap = with_map(pages(rows * shape.heap + derived));
    let toast = pages(rows * shape.toast);
    let toast_index = if may_move_out(&table.target) { 1.0 } else { 0.0 };
    let toast = if toast > 0.0 { with_map(toast) + 1.0 } else { toast };
    (heap + toast + toast_index) * PAGE
}

fn pages(bytes: f64) -> f64 {
    (bytes / PAGE).ceil()
}

/// Returns the pages of a table with those of its map of free space.
fn with_map(pages: f64) -> f64 {
    if pages > PAGES_WITHOUT_MAP { pages + 3.0 + (pages / 4000.0).floor() } else { pages }
}

/// Returns whether a table gets a place for values that are moved out (source, `needs_toast_table`).
fn may_move_out(table: &target::Table) -> bool {
    let longest = |column: &target::Column| match column.data_type {
        PgType::Text | PgType::Bytea | PgType::Json | PgType::Jsonb | PgType::Numeric(None) => {
            f64::INFINITY
        }
        PgType::Varchar(characters) => 4.0 * f64::from(characters) + 4.0,
        PgType::Numeric(Some((precision, _))) => f64::from(precision) / 2.0 + 8.0,
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Uuid => 16.0,
    };
    let has_variable = table.columns.iter().any(|column| match datum::layout(column.data_type) {
        Layout::Bytes | Layout::Number => true,
        Layout::Fixed(..) => false,
    });
    has_variable && table.columns.iter().map(longest).sum::<f64>() > 2000.0
}

/// Returns the indexes of a table: of keys, and others.
pub(super) fn index_shapes(plan: &Plan, table: &TablePlan, shape: &RowShape) -> Vec<IndexShape> {
    let made = &table.target;
    let keys = made.primary_key.iter().chain(&made.unique);
    let mut indexes: Vec<IndexShape> = keys
        .map(|key| {
            let columns: Vec<ColumnShape> =
                key.columns.iter().map(|name| column(plan, table, shape, name)).collect();
            let mut index = btree(real(table.rows), &columns, true);
            index.exclusive = true;
            let is_primary = made.primary_key.as_ref() == Some(key);
            if is_primary && columns.len() == 1 && index.order == Order::Numbers {
                index.order = Order::Already;
            }
            index
        })
        .collect();
    indexes.extend(made.indexes.iter().map(|index| other(plan, table, shape, index)));
    indexes
}

fn other(plan: &Plan, table: &TablePlan, shape: &RowShape, index: &target::Index) -> IndexShape {
    let columns: Vec<ColumnShape> = index
        .keys
        .iter()
        .map(|key| {
            let name = table.target.columns.iter().find(|column| {
                crate::sql::Sql::new().ident(&column.name).as_str() == key.expression.as_str()
            });
            name.map_or(UNKNOWN, |made| column(plan, table, shape, &made.name))
        })
        .collect();
    let mut entries = real(table.rows);
    if let Some(filter) = &index.filter {
        entries *= share(table, shape, filter.as_str());
    }
    match index.method {
        IndexMethod::Btree => btree(entries, &columns, index.unique),
        IndexMethod::Gin => IndexShape {
            entries,
            order: Order::Compared,
            exclusive: false,
            bytes: (pages(real(table.bytes)) + 2.0) * PAGE,
        },
        IndexMethod::Gist => IndexShape {
            entries,
            order: Order::Numbers,
            exclusive: false,
            bytes: (pages(entries * BOX_ENTRY) + 1.0) * PAGE,
        },
    }
}

/// Returns the share of rows that an index with a condition holds: where it asks for values only, those
/// that have one. Of any other nothing is known, and all are counted.
fn share(table: &TablePlan, shape: &RowShape, filter: &str) -> f64 {
    let lower = filter.to_ascii_lowercase();
    let mut columns = table.target.columns.iter().zip(&shape.columns);
    columns
        .find(|(column, _)| {
            let name = crate::sql::Sql::new().ident(&column.name);
            let asked = format!("{} is not null", name.as_str().to_ascii_lowercase());
            lower.trim_matches(['(', ')']) == asked
        })
        .map_or(1.0, |(_, shape)| shape.present)
}

const UNKNOWN: ColumnShape = ColumnShape {
    data_type: PgType::Text,
    present: 1.0,
    content: UNKNOWN_KEY,
    distinct: f64::INFINITY,
};

/// Returns the shape of a column; one that refers to a parent has no more different values than that has
/// rows.
fn column(plan: &Plan, table: &TablePlan, shape: &RowShape, name: &Ident) -> ColumnShape {
    let at = table.target.columns.iter().position(|column| column.name == *name);
    let mut found = at.and_then(|at| shape.columns.get(at)).copied().unwrap_or(UNKNOWN);
    let mut parents = table.target.foreign_keys.iter().filter(|key| key.columns == [name.clone()]);
    if let Some(parent) = parents.next()
        && let Some(parent) = plan.tables.iter().find(|it| it.target.name == parent.parent)
    {
        found.distinct = f64::min(found.distinct, f64::max(real(parent.rows), 1.0));
    }
    found
}

/// Returns a B-tree: its leaves, the pages above them, and the page that says where the root is.
fn btree(entries: f64, columns: &[ColumnShape], unique: bool) -> IndexShape {
    let key = columns.iter().fold(0.0, |offset, column| {
        let (at, length) = datum::place(datum::layout(column.data_type), column.content, offset);
        at + length * f64::max(column.present, 0.1)
    });
    let single = datum::align(ENTRY_HEADER + key, MAX_ALIGN) + LINE_POINTER;
    let is_compared = |column: &ColumnShape| match datum::layout(column.data_type) {
        Layout::Number | Layout::Bytes => true,
        Layout::Fixed(..) => false,
    };
    let order = if columns.iter().any(is_compared) { Order::Compared } else { Order::Numbers };
    if entries < 1.0 {
        return IndexShape { entries, order, exclusive: false, bytes: PAGE };
    }
    let per_value = if unique { 1.0 } else { entries / different(entries, columns) };
    let bytes = if per_value > 1.5 && columns.iter().all(|column| joins_equals(column.data_type)) {
        let fits = f64::max(((LONGEST_POSTING - single) / FURTHER_ROW).floor(), 1.0);
        let groups = (per_value / fits).ceil();
        let group =
            datum::align(single - LINE_POINTER + FURTHER_ROW * per_value / groups, MAX_ALIGN);
        entries / per_value * groups * (group + LINE_POINTER)
    } else {
        entries * single
    };
    let leaves = (bytes / (LEAF_ROOM - single)).ceil();
    let fan_out = f64::max((INNER_ROOM / single).floor(), 2.0);
    let mut pages = leaves + 1.0;
    let mut level = leaves;
    while level > 1.0 {
        level = (level / fan_out).ceil();
        pages += level;
    }
    IndexShape { entries, order, exclusive: false, bytes: pages * PAGE }
}

/// Returns how many different keys there are; no more than entries.
fn different(entries: f64, columns: &[ColumnShape]) -> f64 {
    let product: f64 = columns
        .iter()
        .map(|column| column.distinct + if column.present < 1.0 { 1.0 } else { 0.0 })
        .product();
    f64::clamp(product, 1.0, entries)
}

/// Returns whether entries of equal keys are joined (manual, section 67.4.3).
fn joins_equals(data_type: PgType) -> bool {
    match data_type {
        PgType::Double | PgType::Numeric(_) | PgType::Jsonb => false,
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Uuid => true,
    }
}

/// Returns how many indexes a table gets.
pub(super) fn index_count(table: &TablePlan) -> f64 {
    let made = &table.target;
    real_len(made.unique.len() + made.indexes.len() + usize::from(made.primary_key.is_some()))
}
