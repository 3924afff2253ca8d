//! [`Job`]: one table or view, and how its rows are compared.

use super::likeness::Likeness;
use crate::postgres::{ActualTable, ActualView, RelationKind};
use crate::sqlite::{Filter, RowQuery, StandIns};
use sealift_core::convert::{ColumnCodec, Reading};
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, TablePlan, ViewPlan};
use sealift_core::schema::target;
use sealift_core::sql::Sql;
use sealift_core::verify::stand_in_expression;

/// Bytes of a row's cells that are compared as they are; PostgreSQL's text of them may be twice as long.
const ROW_BYTES: usize = 4 << 20;

/// The largest cell compared as it is, and the smallest that is hashed: below, hashing costs more.
const LARGEST: usize = 1 << 20;
const SMALLEST: usize = 16 << 10;

/// One relation on both sides.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// The name in the report.
    pub(super) name: String,
    /// The table or view in SQLite.
    pub(super) source: String,
    /// The target schema.
    pub(super) schema: Ident,
    /// The table or view in PostgreSQL.
    pub(super) target: Ident,
    /// The columns on both sides.
    pub(super) columns: Vec<JobColumn>,
    /// The positions of the columns that both sides can be sorted by; empty when there are none.
    pub(super) key: Vec<usize>,
    /// Whether rows of the target have a `ctid` to name them by.
    pub(super) has_ctid: bool,
    /// When two cells count as equal.
    pub(super) likeness: Likeness,
    /// What rows of the target that the source does not have mean.
    pub(super) conflict: Conflict,
    /// What of the source's table is kept apart.
    pub(super) apart: Option<Filter>,
}

/// One column on both sides.
#[derive(Debug, Clone)]
pub(super) struct JobColumn {
    /// Its name in SQLite.
    pub(super) source: String,
    /// Its name in PostgreSQL.
    pub(super) target: Ident,
    /// The expression under which it is compared, where that is not the column itself.
    pub(super) read: Option<Sql>,
    /// Its type as it is compared.
    pub(super) data_type: PgType,
    /// How its cells are read.
    pub(super) reading: Reading,
    /// Whether `copy` filled it: a generated column fills itself.
    pub(super) is_copied: bool,
    /// Whether its type is the planned one, but for a limit that changes no value.
    pub(super) is_as_planned: bool,
}

impl Job {
    /// Returns how a table is compared, or `None` where a planned column is missing or of a type
    /// that Sealift does not read; [`super::structure`] names those.
    pub(super) fn of_table(plan: &TablePlan, schema: &Ident, actual: &ActualTable) -> Option<Self> {
        let mut columns = Vec::with_capacity(plan.columns.len());
        for (column, planned) in plan.columns.iter().zip(&plan.target.columns) {
            let found = actual.column(planned.name.as_str())?;
            if planned.generated.is_some() && plan.makes_nulls() {
                continue;
            }
            let stored = plan.filling.stored(&planned.name);
            let stored = stored.filter(|stored| stored.type_name.as_str() == found.type_name);
            let data_type = if stored.is_some() { planned.data_type } else { found.data_type? };
            columns.push(JobColumn {
                source: column.source.clone(),
                target: planned.name.clone(),
                read: stored.map(|stored| stored.read(&Sql::new().ident(&planned.name), data_type)),
                data_type,
                reading: column.reading,
                is_copied: planned.generated.is_none(),
                is_as_planned: data_type == planned.data_type
                    || (data_type.is_text() && planned.data_type.is_text()),
            });
        }
        Some(Self {
            name: plan.source.clone(),
            source: plan.source.clone(),
            schema: schema.clone(),
            target: plan.target.name.clone(),
            key: key(&plan.target, &columns).unwrap_or_default(),
            columns,
            has_ctid: actual.kind == RelationKind::Table,
            likeness: Likeness::default(),
            conflict: plan.filling.conflict,
            apart: None,
        })
    }

    /// Returns how a view is compared, or `None` where a column is missing or of a type that Sealift
    /// does not read.
    pub(super) fn of_view(plan: &ViewPlan, schema: &Ident, actual: &ActualView) -> Option<Self> {
        let mut columns = Vec::with_capacity(plan.target.columns.len());
        for (position, target) in plan.target.columns.iter().enumerate() {
            let actual = actual.columns.iter().find(|column| column.name == target.as_str())?;
            // A plan of an earlier version does not tell.
            let known = plan.columns.get(position);
            columns.push(JobColumn {
                source: known.map_or(target.as_str(), |column| column.source.as_str()).to_owned(),
                target: target.clone(),
                read: None,
                data_type: actual.data_type?,
                reading: known.map(|column| column.reading).unwrap_or_default(),
                is_copied: false,
                is_as_planned: true,
            });
        }
        Some(Self {
            name: format!("view {}", plan.source),
            source: plan.source.clone(),
            schema: schema.clone(),
            target: plan.target.name.clone(),
            columns,
            key: Vec::new(),
            has_ctid: false,
            likeness: Likeness { rounded: false, any_order: plan.rows.joined },
            conflict: Conflict::Error,
            apart: None,
        })
    }

    /// Returns the statement that reads SQLite's rows in key order, or in any.
    pub(super) fn source_query(&self) -> RowQuery {
        let names = |columns: &mut dyn Iterator<Item = &JobColumn>| {
            columns.map(|column| column.source.clone()).collect()
        };
        RowQuery {
            stand_ins: StandIns { over: self.stand_in_over(), columns: self.with_stand_ins() },
            relation: self.source.clone(),
            apart: self.apart.clone(),
            columns: names(&mut self.columns.iter()),
            order: names(&mut self.key.iter().filter_map(|position| self.columns.get(*position))),
        }
    }

    /// Returns the columns whose large cells are compared by stand-ins: those whose cells arrive as the
    /// bytes they are. A key is needed as it is, for the order.
    fn with_stand_ins(&self) -> Vec<usize> {
        // The letters of a text in any order have no length and hash to compare.
        if self.likeness.any_order {
            return Vec::new();
        }
        let columns = self.columns.iter().enumerate();
        let large = columns.filter(|(position, column)| {
            let codec = ColumnCodec::new(column.data_type, column.reading);
            !self.key.contains(position)
                && column.read.is_none()
                && codec.is_ok_and(|codec| codec.is_verbatim())
        });
        large.map(|(position, _)| position).collect()
    }

    /// Returns the length over which they are, so that a row has a few mebibytes at most.
    fn stand_in_over(&self) -> usize {
        (ROW_BYTES / std::cmp::max(self.with_stand_ins().len(), 1)).clamp(SMALLEST, LARGEST)
    }

    /// Returns the statement that sends PostgreSQL's rows in key order, or in any; with what names
    /// a row in front of its columns, if asked.
    pub(super) fn target_query(&self, handle: Handle) -> Sql {
        let first = match handle {
            Handle::None => None,
            Handle::Ctid => Some(Sql::raw("ctid")),
        };
        let (over, stand_ins) = (self.stand_in_over(), self.with_stand_ins());
        let columns = self.columns.iter().enumerate().map(|(position, column)| {
            let plain = || column.expression();
            let wanted = stand_ins.contains(&position);
            let expression = || {
                stand_in_expression(&column.target, column.data_type, over).unwrap_or_else(plain)
            };
            if wanted { expression() } else { plain() }
        });
        let mut sql = Sql::raw("copy (select ")
            .join(first.into_iter().chain(columns), ", ")
            .push(" from ")
            .qualified(&self.schema, &self.target);
        let order = self.key.iter().filter_map(|position| self.columns.get(*position)).map(|key| {
            let name = Sql::new().ident(&key.target);
            if key.data_type.is_text() { name.push(" collate \"C\"") } else { name }
        });
        if !self.key.is_empty() {
            sql = sql.push(" order by ").join(order, ", ");
        }
        sql.push(") to stdout")
    }
}

impl JobColumn {
    /// Returns the expression under which it is compared.
    pub(super) fn expression(&self) -> Sql {
        self.read.clone().unwrap_or_else(|| Sql::new().ident(&self.target))
    }
}

/// What names a row of PostgreSQL that has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handle {
    /// Nothing.
    None,
    /// Its place in the table.
    Ctid,
}

/// Returns the positions of the first key whose columns are never NULL and sort alike on both sides:
/// the primary key, else a unique constraint.
fn key(table: &target::Table, columns: &[JobColumn]) -> Option<Vec<usize>> {
    let not_null = |name: &Ident| table.column(name).is_some_and(|column| column.not_null);
    let unique = table.unique.iter().filter(|key| key.columns.iter().all(not_null));
    table.primary_key.iter().chain(unique).find_map(|key| {
        let position = |name: &Ident| {
            let position = columns.iter().position(|column| column.target == *name)?;
            columns.get(position).filter(|column| sorts_alike(column)).map(|_| position)
        };
        key.columns.iter().map(position).collect()
    })
}

/// Returns whether SQLite and PostgreSQL sort the column's ordinary cells alike. Cells that do not
/// keep to it, such as times that are not all written in one form, are noticed while walking.
fn sorts_alike(column: &JobColumn) -> bool {
    if column.read.is_some() {
        return false;
    }
    match column.data_type {
        PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Date
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Uuid => true,
        PgType::Boolean
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Bytea
        | PgType::Time
        | PgType::Json
        | PgType::Jsonb => false,
    }
}
