//! Django: `django/db/backends/sqlite3/base.py` and `…/postgresql/base.py`, `data_types`.

use super::wish::{ProfileColumn, RowId, RowIdFacts, Wish, plain, utc};
use crate::convert::Reading;
use crate::mapping::PgType;

/// Applications that Django brings along; their models name `AutoField` themselves.
const CONTRIB: [&str; 7] =
    ["auth_", "django_", "admin_", "contenttypes_", "sessions_", "sites_", "flatpages_"];

/// Django makes `timestamptz` of every moment and writes them to SQLite in UTC, without an offset
/// (`USE_TZ`, the default). Its `char(32)` is a `UUIDField` and nothing else: a `CharField` is a
/// `varchar`. A `DurationField` is a `bigint` of microseconds that nothing tells from a number.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("DATETIME", []) => utc(column.census),
        ("INTEGER" | "INTEGER UNSIGNED", []) => plain(PgType::Integer),
        ("SMALLINT UNSIGNED", []) => plain(PgType::SmallInt),
        ("BIGINT UNSIGNED", []) => plain(PgType::BigInt),
        ("TEXT", []) if column.json_checked => plain(PgType::Jsonb),
        ("CHAR", [32]) => uuid(column),
        ("CHAR", [15 | 39]) => Some(Wish::NotWritten("inet")),
        _ => None,
    }
}

/// Django writes a UUID as 32 hexadecimal digits, without dashes.
fn uuid(column: &ProfileColumn<'_>) -> Option<Wish> {
    let census = column.census;
    let digits = census.values() == 0 || census.text.longest_chars == 32;
    digits.then_some(Wish::Type(PgType::Uuid, Reading::Plain))
}

/// `AutoField` and `BigAutoField` are the same words in SQLite; the columns that point at the key are
/// declared `integer` for one and `bigint` for the other. The table of migrations names neither and
/// has what the settings say for all.
pub(super) fn row_id(facts: RowIdFacts<'_>) -> RowId {
    if facts.table == "django_migrations" {
        RowId::LikeOthers
    } else if facts.has_wide_child {
        RowId::BigInt
    } else if CONTRIB.iter().any(|app| facts.table.starts_with(app)) {
        RowId::IntegerAnyway
    } else if facts.has_child {
        RowId::Integer
    } else {
        RowId::LikeOthers
    }
}
