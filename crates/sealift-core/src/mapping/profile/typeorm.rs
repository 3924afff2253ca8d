//! TypeORM: `AbstractSqliteDriver` and `PostgresDriver`, `normalizeType`.

use super::wish::{ProfileColumn, Wish, plain};
use crate::mapping::PgType;

/// A number is `integer`; `datetime` is `timestamp` without time zone in both, which is the usual
/// rule; a generated UUID is a `varchar` that nothing tells from another one.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        _ => None,
    }
}
