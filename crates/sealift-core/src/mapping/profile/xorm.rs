//! xorm: `SQLType` of its SQLite and PostgreSQL dialects.

use super::wish::{ProfileColumn, Wish, plain};
use crate::mapping::PgType;

/// xorm writes a `bool` as `INTEGER`; only a default of `true` or `false` shows that it is one.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) if column.truth_default => plain(PgType::Boolean),
        _ => None,
    }
}
