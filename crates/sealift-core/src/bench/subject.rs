//! [`Subject`]: one table on both sides, and how statements about it are written.
//!
//! Both databases read the same statements, but for names and the mark of a parameter.

use super::{Arrangement, Kind, Operation, Texts};
use crate::mapping::PgType;
use crate::name::Ident;
use crate::plan::TablePlan;
use crate::schema::{source, target};
use crate::sql::Sql;
use std::collections::BTreeSet;

/// Rows that are read at most by one operation: a page of a list, as applications show it.
const PAGE: &str = " limit 50";

/// Rows whose keys are drawn from: enough that a large table is not read from the cache alone, and few enough to be held.
const KEYS: u64 = 10_000;

/// Rows that are inserted again.
const COPIED_ROWS: u64 = 200;

/// Which database a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sqlite,
    Postgres,
}

/// One table. Columns are named by their positions in the source.
pub(super) struct Subject<'a> {
    pub(super) source: &'a source::Table,
    plan: &'a TablePlan,
    schema: &'a Ident,
}

impl<'a> Subject<'a> {
    pub(super) fn new(source: &'a source::Table, plan: &'a TablePlan, schema: &'a Ident) -> Self {
        Self { source, plan, schema }
    }

    /// Returns a column of the source, where the target has it.
    pub(super) fn source(&self, position: usize) -> Option<&'a source::Column> {
        self.source.columns.get(position).filter(|_| self.target(position).is_some())
    }

    /// Returns a column as it is on PostgreSQL.
    pub(super) fn target(&self, position: usize) -> Option<&'a target::Column> {
        let name = &self.source.columns.get(position)?.name;
        let plan = self.plan.columns.iter().find(|it| it.source.eq_ignore_ascii_case(name))?;
        self.plan.target.column(&plan.target)
    }

    /// Returns whether rows can be found by equality of these columns on both sides.
    pub(super) fn can_find_by(&self, columns: &[usize]) -> bool {
        !columns.is_empty()
            && columns.iter().all(|column| {
                let found = self.target(*column);
                found.is_some_and(|it| it.data_type != PgType::Json)
            })
    }

    /// Returns what names one row: the primary key, else unique columns without NULL.
    pub(super) fn key(&self) -> Option<Vec<usize>> {
        let not_null = |columns: &[usize]| {
            columns.iter().all(|column| self.source(*column).is_some_and(|it| it.not_null))
        };
        let unique = self
            .source
            .unique
            .iter()
            .map(|unique| unique.columns.iter().map(|it| it.column).collect::<Vec<_>>());
        let keys = [self.source.primary_key.clone()].into_iter();
        let mut keys = keys.chain(unique.filter(|columns| not_null(columns)));
        keys.find(|columns| self.can_find_by(columns))
    }

    /// Returns the columns that refer to other tables.
    pub(super) fn references(&self) -> BTreeSet<usize> {
        self.source.foreign_keys.iter().flat_map(|it| it.columns.iter().copied()).collect()
    }

    /// Returns the columns that rows are inserted with.
    pub(super) fn written(&self) -> Vec<usize> {
        let given =
            |position: &usize| self.source(*position).is_some_and(|it| it.generated.is_none());
        (0..self.source.columns.len()).filter(given).collect()
    }

    /// Returns the columns' names.
    pub(super) fn names(&self, columns: &[usize]) -> Vec<String> {
        let names = columns.iter().filter_map(|column| self.source.columns.get(*column));
        names.map(|column| column.name.clone()).collect()
    }

    /// Returns the same text for both sides.
    pub(super) fn both(write: impl Fn(Side) -> Texts) -> (Texts, Texts) {
        (write(Side::Sqlite), write(Side::Postgres))
    }

    pub(super) fn table(&self, side: Side) -> Sql {
        match side {
            Side::Sqlite => Sql::new().source_name(&self.source.name),
            Side::Postgres => Sql::new().qualified(self.schema, &self.plan.target.name),
        }
    }

    pub(super) fn column(&self, side: Side, position: usize) -> Sql {
        match side {
            Side::Sqlite => {
                let name = self.source.columns.get(position).map_or("", |it| it.name.as_str());
                Sql::new().source_name(name)
            }
            Side::Postgres => {
                self.target(position).map_or_else(Sql::new, |it| Sql::new().ident(&it.name))
            }
        }
    }

    pub(super) fn list(&self, side: Side, columns: &[usize]) -> Sql {
        Sql::new().join(columns.iter().map(|column| self.column(side, *column)), ", ")
    }

    /// Returns `a = ?1 and b = ?2`, the first parameter being number `first`.
    pub(super) fn equal(&self, side: Side, columns: &[usize], first: i64) -> Sql {
        let parts = columns.iter().zip(first..);
        let parts = parts.map(|(column, number)| {
            self.column(side, *column).push(" = ").sql(&mark(side, number))
        });
        Sql::new().join(parts, " and ")
    }

    /// Returns the whole rows that have given values in some columns: one by its key, else a page of them.
    fn select(&self, side: Side, by: &[usize], kind: Kind) -> Sql {
        let all: Vec<usize> = (0..self.source.columns.len()).collect();
        let all: Vec<usize> = all.into_iter().filter(|it| self.source(*it).is_some()).collect();
        let sql = Sql::raw("select ").sql(&self.list(side, &all)).push(" from ");
        let sql = sql.sql(&self.table(side)).push(" where ").sql(&self.equal(side, by, 1));
        if kind == Kind::ReadByKey { sql } else { sql.push(PAGE) }
    }

    /// Returns a query for the cells of some columns, of rows all over the table that have values in `present`.
    pub(super) fn keys(&self, side: Side, columns: &[usize], present: &[usize]) -> Sql {
        self.samples(side, columns, present, KEYS)
    }

    /// The same of a few rows.
    pub(super) fn rows(&self, side: Side, columns: &[usize]) -> Sql {
        self.samples(side, columns, &[], COPIED_ROWS)
    }

    /// Every n-th row in the order of storage: that needs no sorting, on neither side.
    fn samples(&self, side: Side, columns: &[usize], present: &[usize], wanted: u64) -> Sql {
        let step = i64::try_from(self.plan.rows / wanted).unwrap_or(1);
        let cells = columns.iter().zip(1_i64..);
        let inner = cells
            .clone()
            .map(|(column, number)| self.column(side, *column).push(" as c").int(number));
        let outer = cells.map(|(_, number)| Sql::raw("c").int(number));
        let sql = Sql::raw("select ").join(outer, ", ").push(" from (select ").join(inner, ", ");
        let mut sql = sql.push(", row_number() over () as n from ").sql(&self.table(side));
        if !present.is_empty() {
            let present = present.iter().map(|it| self.column(side, *it).push(" is not null"));
            sql = sql.push(" where ").join(present, " and ");
        }
        sql = sql.push(") as s where (n - 1) % ").int(std::cmp::max(step, 1)).push(" = 0 limit ");
        sql.int(i64::try_from(wanted).unwrap_or(i64::MAX))
    }

    /// Returns an operation that finds rows by columns, none where that cannot be done.
    pub(super) fn finding(&self, kind: Kind, by: &[usize]) -> Option<Operation> {
        if !self.can_find_by(by) {
            return None;
        }
        let (sqlite, postgres) = Self::both(|side| Texts {
            statement: self.select(side, by, kind),
            samples: self.keys(side, by, by),
            greatest: None,
        });
        Some(Operation {
            kind,
            table: self.source.name.clone(),
            columns: self.names(by),
            arrangement: Arrangement::OfOneRow,
            sqlite,
            postgres,
        })
    }
}

/// Returns a parameter.
pub(super) fn mark(side: Side, number: i64) -> Sql {
    match side {
        Side::Sqlite => Sql::raw("?").int(number),
        Side::Postgres => Sql::raw("$").int(number),
    }
}
