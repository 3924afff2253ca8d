//! Laravel: `SQLiteGrammar` and `PostgresGrammar` of its schema builder.

use super::wish::{ProfileColumn, RowId, RowIdFacts, Wish, plain};
use crate::mapping::PgType;

/// Columns of tables that Laravel itself makes, whose migrations say `integer`.
const OWN: [(&str, &[&str]); 6] = [
    ("migrations", &["batch"]),
    ("sessions", &["last_activity"]),
    ("cache", &["expiration"]),
    ("cache_locks", &["expiration"]),
    ("jobs", &["reserved_at", "available_at", "created_at"]),
    (
        "job_batches",
        &["total_jobs", "pending_jobs", "failed_jobs", "cancelled_at", "created_at", "finished_at"],
    ),
];

/// Laravel declares every whole number, small or big, as `integer`: outside of its own tables only
/// `bigint` is sure to hold what the application meant. `tinyint(1)` is its boolean.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("TINYINT", [1]) => plain(PgType::Boolean),
        ("INTEGER", []) if column.table == "jobs" && column.name == "attempts" => {
            plain(PgType::SmallInt)
        }
        ("INTEGER", []) if is_own(column) => plain(PgType::Integer),
        _ => None,
    }
}

fn is_own(column: &ProfileColumn<'_>) -> bool {
    OWN.iter().any(|(table, columns)| *table == column.table && columns.contains(&column.name))
}

/// `id()` is `bigint` since Laravel 5.8; the table of migrations still says `increments()`.
pub(super) fn row_id(facts: RowIdFacts<'_>) -> RowId {
    if facts.table == "migrations" { RowId::IntegerAnyway } else { RowId::BigInt }
}
