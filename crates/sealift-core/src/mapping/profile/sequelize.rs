//! Sequelize: `data-types.js` of its SQLite and PostgreSQL dialects.

use super::wish::{ProfileColumn, Wish, plain, utc};
use crate::mapping::PgType;

/// `DATE` is written as a text with `+00:00` and is `timestamptz` on PostgreSQL; a default of
/// `CURRENT_TIMESTAMP` has no offset and is UTC as well. `BOOLEAN` is `TINYINT(1)`.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("TINYINT", [1]) => plain(PgType::Boolean),
        ("INTEGER", []) => plain(PgType::Integer),
        ("DATETIME", []) if column.census.text.timestamp_offset > 0 => utc(column.census),
        _ => None,
    }
}
