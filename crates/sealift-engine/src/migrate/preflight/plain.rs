//! Tables in which nothing is for the server to judge: PostgreSQL makes them, and everything on them, in any
//! empty schema that the role may make tables in.
//!
//! Their columns have neither defaults nor expressions, their types have an order and keep to PostgreSQL's
//! bounds, their keys and indexes are columns, and no name is there twice.

use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::schema::target::{Column, ForeignKey, Index, IndexMethod, Key, Table};
use sealift_core::sql::Sql;
use std::collections::BTreeSet;

/// Columns of an index (`INDEX_MAX_KEYS` in PostgreSQL's `pg_config_manual.h`).
const KEY_COLUMNS: usize = 32;

/// Columns of a table (`MaxHeapAttributeNumber` in PostgreSQL's `htup_details.h`).
const TABLE_COLUMNS: usize = 1600;

/// Names that no column may have (manual, section 5.6).
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Digits of a declared `numeric` (manual, section 8.1.2).
const DIGITS: u16 = 1000;

/// Characters of a `varchar(n)` (`MaxAttrSize` in PostgreSQL's `htup_details.h`).
const CHARACTERS: u32 = 10_485_760;

/// Returns whether nothing of a table is for the server to judge, but for its foreign keys: [`joins`].
pub(super) fn is_plain(table: &Table) -> bool {
    let keys = || table.primary_key.iter().chain(&table.unique);
    let constraints = keys().map(|key| &key.name);
    let constraints = constraints.chain(table.foreign_keys.iter().map(|key| &key.name));
    table.columns.len() <= TABLE_COLUMNS
        && differ(table.columns.iter().map(|column| &column.name))
        && differ(constraints)
        && table.derived.is_empty()
        && table.checks.is_empty()
        && table.columns.iter().all(is_plain_column)
        && keys().all(|key| is_plain_key(table, key))
        && table.indexes.iter().all(|index| is_plain_index(table, index))
}

fn is_plain_column(column: &Column) -> bool {
    column.default.is_none()
        && column.generated.is_none()
        && column
            .identity
            .as_ref()
            .is_none_or(|identity| identity.sequence.is_none() && column.data_type.is_integer())
        && is_within_bounds(column.data_type)
        && !SYSTEM_COLUMNS.contains(&column.name.as_str())
}

fn is_plain_key(table: &Table, key: &Key) -> bool {
    let sorts = |name: &Ident| table.column(name).is_some_and(|it| sorts(it.data_type));
    (1..=KEY_COLUMNS).contains(&key.columns.len())
        && differ(key.columns.iter())
        && key.columns.iter().all(sorts)
}

fn is_plain_index(table: &Table, index: &Index) -> bool {
    let is_column = |expression: &Sql| {
        let mut columns = table.columns.iter().filter(|column| sorts(column.data_type));
        columns.any(|column| Sql::new().ident(&column.name).as_str() == expression.as_str())
    };
    index.method == IndexMethod::Btree
        && index.filter.is_none()
        && (1..=KEY_COLUMNS).contains(&index.keys.len())
        && index.keys.iter().all(|key| is_column(&key.expression))
}

/// Returns whether a foreign key joins columns of equal types, of which those of the parent are a key.
pub(super) fn joins(child: &Table, key: &ForeignKey, parent: Option<&Table>) -> bool {
    let Some(parent) = parent else { return false };
    let data_type = |table: &Table, name| table.column(name).map(|column| column.data_type);
    let mut pairs = key.columns.iter().zip(&key.parent_columns);
    key.columns.len() == key.parent_columns.len()
        && differ(key.columns.iter())
        && pairs.all(|(from, to)| {
            let from = data_type(child, from);
            from.is_some() && from == data_type(parent, to)
        })
        && parent
            .primary_key
            .iter()
            .chain(&parent.unique)
            .any(|it| it.columns == key.parent_columns)
}

/// Returns whether no name is there twice.
fn differ<'a>(mut names: impl Iterator<Item = &'a Ident>) -> bool {
    let mut seen = BTreeSet::new();
    names.all(|name| seen.insert(name))
}

/// Returns whether PostgreSQL takes a type's numbers.
fn is_within_bounds(data_type: PgType) -> bool {
    match data_type {
        PgType::Numeric(Some((precision, scale))) => {
            (1..=DIGITS).contains(&precision) && scale <= precision
        }
        PgType::Varchar(length) => (1..=CHARACTERS).contains(&length),
        PgType::Numeric(None)
        | PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Text
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => true,
    }
}

/// Returns whether a type has an order; `json` has none (manual, section 8.14).
fn sorts(data_type: PgType) -> bool {
    match data_type {
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Jsonb
        | PgType::Uuid => true,
        PgType::Json => false,
    }
}
