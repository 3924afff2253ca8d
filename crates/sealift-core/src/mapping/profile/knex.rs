//! Knex, and Strapi on top of it: the column compilers of Knex's dialects.

use super::wish::{ProfileColumn, Wish, millis, plain};
use crate::convert::Reading;
use crate::mapping::PgType;

/// Knex writes a JavaScript `Date` to SQLite as milliseconds, which are a moment whatever the zone;
/// its `datetime` is `timestamptz` on PostgreSQL. Texts may be anybody's and stay as they are.
/// `uuid` is `char(36)`.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        ("DATETIME" | "TIMESTAMP", []) => millis(PgType::TimestampTz, column.census),
        ("CHAR", [36]) => uuid(column),
        _ => None,
    }
}

/// Strapi asks for `timestamp` without time zone and for `jsonb`.
pub(super) fn strapi(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER", []) => plain(PgType::Integer),
        ("DATETIME", []) => millis(PgType::Timestamp, column.census),
        ("JSON", []) => plain(PgType::Jsonb),
        _ => None,
    }
}

fn uuid(column: &ProfileColumn<'_>) -> Option<Wish> {
    let census = column.census;
    (census.values() > 0 && census.text.uuid_versioned == census.values())
        .then_some(Wish::Type(PgType::Uuid, Reading::Plain))
}
