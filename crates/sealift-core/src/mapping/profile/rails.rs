//! Rails: `NATIVE_DATABASE_TYPES` of Active Record's SQLite and PostgreSQL adapters.

use super::wish::{ProfileColumn, Wish, plain};
use crate::mapping::PgType;

/// `integer` has its limit in bytes behind it. A reference is `bigint` on PostgreSQL and `integer` on
/// SQLite (`t.references`), with or without a foreign key; its name ends in `_id`. `datetime` is
/// `timestamp` in both, which is the usual rule.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) if column.is_child || column.name.ends_with("_id") => None,
        ("INTEGER", [1 | 2]) => plain(PgType::SmallInt),
        ("INTEGER", [] | [3 | 4]) => plain(PgType::Integer),
        ("INTEGER", [5..=8]) => plain(PgType::BigInt),
        _ => None,
    }
}
