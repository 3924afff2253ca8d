//! SQLAlchemy: the generic types as `SQLiteTypeCompiler` and `PGTypeCompiler` write them.

use super::wish::{ProfileColumn, RowId, RowIdFacts, Wish, digits_of_uuid, plain};
use crate::mapping::PgType;

/// `DateTime` is `timestamp` unless the model says `timezone=True`, which SQLite's `DATETIME` does
/// not show: it stays `timestamp`. `Uuid` is `CHAR(32)`, and so may be a text of 32 characters.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        ("CHAR", [32]) => digits_of_uuid(column),
        _ => None,
    }
}

/// SQLite numbers rows in `INTEGER` only, so that a model with `BigInteger` keys says `Integer` for
/// SQLite. Only columns that point at the key show which it is; `bigint` is right for both.
pub(super) fn row_id(facts: RowIdFacts<'_>) -> RowId {
    if facts.has_child && !facts.has_wide_child { RowId::Integer } else { RowId::BigInt }
}
