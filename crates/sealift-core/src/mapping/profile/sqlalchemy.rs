//! SQLAlchemy: the generic types as `SQLiteTypeCompiler` and `PGTypeCompiler` write them.

use super::wish::{ProfileColumn, Wish, digits_of_uuid, plain};
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
