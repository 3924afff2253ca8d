//! GORM: `DataTypeOf` of its SQLite and PostgreSQL drivers.

use super::wish::{ProfileColumn, Wish, plain, utc};
use crate::mapping::PgType;

/// GORM's SQLite driver writes `numeric` for a `bool` and for nothing else, and moments with their
/// offset, apart from `CURRENT_TIMESTAMP`, which is UTC; on PostgreSQL they are `timestamptz`.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("NUMERIC", []) => plain(PgType::Boolean),
        ("DATETIME", []) => utc(column.census),
        _ => None,
    }
}
