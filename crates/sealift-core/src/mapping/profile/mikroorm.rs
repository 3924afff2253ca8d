//! MikroORM: the type mappings of its SQLite and PostgreSQL platforms.

use super::wish::{ProfileColumn, Wish, millis, plain};
use crate::mapping::PgType;

/// A `Date` is written as milliseconds since 1970 and is `timestamptz` on PostgreSQL; `json` is
/// `jsonb` there.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        ("DATETIME", []) => millis(PgType::TimestampTz, column.census),
        ("JSON", []) => plain(PgType::Jsonb),
        _ => None,
    }
}
