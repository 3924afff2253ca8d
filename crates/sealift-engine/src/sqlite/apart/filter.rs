//! [`Filter`]: how a table is read without the rows that are kept apart.

use crate::sqlite::key::{TableKey, quote};
use sealift_core::schema::source::{self, RowKey};
use std::collections::BTreeMap;

/// What of one table is kept apart, as conditions of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The database that knows: attached, or `temp` while it is being decided.
    pub(super) alias: String,
    /// The table's position in the schema.
    pub(super) number: usize,
    /// The quoted columns that tell its rows apart.
    pub(super) key: Vec<String>,
    /// Whether rows are kept apart.
    pub(super) has_rows: bool,
    /// The columns some of whose cells become NULL, with their positions.
    pub(super) nulled: BTreeMap<String, usize>,
}

/// One of the tables that know.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known<'a> {
    Rows(&'a Filter),
    Cells(&'a Filter),
}

impl Filter {
    /// Returns a filter that lets everything through; `None` where rows cannot be told apart.
    pub(super) fn of(number: usize, table: &source::Table) -> Option<Self> {
        let key = TableKey::of(table);
        let name = |position: &usize| table.columns.get(*position).map(|it| quote(&it.name));
        let columns = match (&table.row_key, key.rowid()) {
            (_, Some(rowid)) => vec![rowid.to_owned()],
            (RowKey::PrimaryKey, None) => table.primary_key.iter().filter_map(name).collect(),
            (RowKey::Alias { .. } | RowKey::Hidden { .. } | RowKey::Unreachable, None) => {
                return None;
            }
        };
        let (has_rows, nulled) = (false, BTreeMap::new());
        Some(Self { alias: "temp".to_owned(), number, key: columns, has_rows, nulled })
    }

    /// Returns whether cells of the table become NULL.
    pub(in crate::sqlite) fn nulls_cells(&self) -> bool {
        !self.nulled.is_empty()
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.has_rows && self.nulled.is_empty()
    }

    pub(super) fn tables(&self) -> Vec<Known<'_>> {
        let rows = self.has_rows.then_some(Known::Rows(self));
        let cells = (!self.nulled.is_empty()).then_some(Known::Cells(self));
        rows.into_iter().chain(cells).collect()
    }

    /// Returns the condition that a row is not kept apart; `prefix` names the table in the query.
    pub(in crate::sqlite) fn stays(&self, prefix: &str) -> Option<String> {
        self.has_rows.then(|| {
            format!(
                "not exists (select 1 from {}.r{} as x where {})",
                self.alias,
                self.number,
                self.same(prefix)
            )
        })
    }

    /// Returns the condition that a cell becomes NULL; `None` for columns of which none does.
    pub(in crate::sqlite) fn is_nulled(&self, prefix: &str, column: &str) -> Option<String> {
        let position = self.nulled.get(column)?;
        Some(format!(
            "exists (select 1 from {}.c{} as x where x.at = {position} and {})",
            self.alias,
            self.number,
            self.same(prefix)
        ))
    }

    /// Returns a cell as it is to be read.
    pub(in crate::sqlite) fn cell(&self, prefix: &str, column: &str) -> String {
        let plain = format!("{prefix}{}", quote(column));
        match self.is_nulled(prefix, column) {
            Some(nulled) => format!("iif({nulled}, null, {plain})"),
            None => plain,
        }
    }

    /// The row is the same one: byte by byte and class by class, whatever the column compares by.
    fn same(&self, prefix: &str) -> String {
        let parts = self.key.iter().enumerate().map(|(at, column)| match self.key.len() {
            1 if is_rowid(column) => format!("x.k{at} = {prefix}{column}"),
            _ => format!("x.k{at} = +{prefix}{column} collate binary"),
        });
        parts.collect::<Vec<_>>().join(" and ")
    }

    /// Returns the columns that tell rows apart, to be selected.
    pub(super) fn selected_key(&self, prefix: &str) -> String {
        let columns = self.key.iter().map(|column| format!("{prefix}{column}"));
        columns.collect::<Vec<_>>().join(", ")
    }

    fn key_names(&self) -> String {
        (0..self.key.len()).map(|at| format!("k{at}")).collect::<Vec<_>>().join(", ")
    }
}

fn is_rowid(column: &str) -> bool {
    matches!(column, "rowid" | "_rowid_" | "oid")
}

impl Known<'_> {
    fn filter(&self) -> &Filter {
        match self {
            Self::Rows(filter) | Self::Cells(filter) => filter,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Rows(filter) => format!("r{}", filter.number),
            Self::Cells(filter) => format!("c{}", filter.number),
        }
    }

    /// Returns the columns: the key, for cells the column's position before it, and the reason.
    fn columns(&self) -> String {
        let key = self.filter().key_names();
        match self {
            Self::Rows(_) => format!("{key}, reason"),
            Self::Cells(_) => format!("at, {key}, reason"),
        }
    }

    pub(super) fn width(&self) -> usize {
        let key = self.filter().key.len();
        match self {
            Self::Rows(_) => key + 1,
            Self::Cells(_) => key + 2,
        }
    }

    pub(super) fn create(&self, schema: &str) -> String {
        let key = self.filter().key_names();
        let key = match self {
            Self::Rows(_) => key,
            Self::Cells(_) => format!("at, {key}"),
        };
        let (name, columns) = (self.name(), self.columns());
        format!(
            "create table if not exists {schema}.{name} ({columns}, primary key ({key})) without rowid"
        )
    }

    pub(super) fn insert(&self, schema: &str) -> String {
        let marks = vec!["?"; self.width()].join(", ");
        format!("{} values ({marks})", self.insert_into(schema))
    }

    /// Returns the beginning of a statement that adds what is not there yet.
    pub(super) fn insert_into(&self, schema: &str) -> String {
        format!("insert or ignore into {schema}.{} ({})", self.name(), self.columns())
    }

    pub(super) fn select(&self, schema: &str) -> String {
        format!("select {} from {schema}.{}", self.columns(), self.name())
    }
}
