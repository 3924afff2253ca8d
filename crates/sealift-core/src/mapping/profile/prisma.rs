//! Prisma: the default native types of its SQLite and PostgreSQL connectors.

use super::wish::{ProfileColumn, Wish, millis, plain};
use crate::mapping::PgType;

/// Prisma writes `DateTime` as milliseconds since 1970 and has `timestamp(3)` on PostgreSQL, in UTC;
/// its `Decimal` is `decimal(65,30)` there, its `Json` `jsonb`.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        ("DATETIME", []) => millis(PgType::Timestamp, column.census),
        ("DECIMAL", []) => plain(PgType::Numeric(Some((65, 30)))),
        ("JSONB", []) => plain(PgType::Jsonb),
        _ => None,
    }
}
