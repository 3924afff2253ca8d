//! Tables in which migration tools note what they have done: no part of the schema that is compared.

/// Alembic, Django, Rails and golang-migrate, Prisma, Flyway, sqlx, goose. Each has its table in the schema of the
/// application unless told otherwise.
const OF_OTHERS: [&str; 8] = [
    "alembic_version",
    "django_migrations",
    "schema_migrations",
    "ar_internal_metadata",
    "_prisma_migrations",
    "flyway_schema_history",
    "_sqlx_migrations",
    "goose_db_version",
];

/// Our own, where the role may make no schema for them.
const OURS: &str = "_sealift_";

/// Returns whether a table is one of a migration tool.
#[must_use]
pub fn is_bookkeeping(table: &str) -> bool {
    table == OURS.trim_end_matches('_') || table.starts_with(OURS) || OF_OTHERS.contains(&table)
}
