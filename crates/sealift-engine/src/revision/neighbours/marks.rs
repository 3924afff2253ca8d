//! By which tables the histories of other tools are known.

/// How a tool's history is read.
pub(super) struct Mark {
    pub(super) tool: &'static str,
    pub(super) table: &'static str,
    /// Columns that the table must have.
    pub(super) columns: &'static [&'static str],
    /// Columns that it must not have, for names that several tools use.
    pub(super) without: &'static [&'static str],
    /// What is selected, and what follows `from TABLE`: where it stands. Both databases understand it.
    pub(super) current: [&'static str; 2],
    /// The same: whether one has failed half way; empty where the tool keeps no such thing.
    pub(super) unfinished: &'static str,
    pub(super) keeps_all: bool,
}

pub(super) const MARKS: &[Mark] = &[
    Mark {
        tool: "Alembic",
        table: "alembic_version",
        columns: &["version_num"],
        without: &[],
        current: ["version_num", "order by 1"],
        unfinished: "",
        keeps_all: false,
    },
    // One row for the newest migration of each application.
    Mark {
        tool: "Django",
        table: "django_migrations",
        columns: &["app", "name", "applied"],
        without: &[],
        current: ["app || '.' || max(name)", "group by app order by 1"],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "golang-migrate",
        table: "schema_migrations",
        columns: &["version", "dirty"],
        without: &[],
        current: ["version", ""],
        unfinished: "dirty",
        keeps_all: false,
    },
    Mark {
        tool: "Rails",
        table: "schema_migrations",
        columns: &["version"],
        without: &["dirty", "inserted_at"],
        current: ["max(version)", ""],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "Ecto",
        table: "schema_migrations",
        columns: &["version", "inserted_at"],
        without: &["dirty"],
        current: ["max(version)", ""],
        unfinished: "",
        keeps_all: true,
    },
    Mark {
        tool: "Prisma",
        table: "_prisma_migrations",
        columns: &["migration_name", "finished_at", "rolled_back_at"],
        without: &[],
        current: [
            "migration_name",
            "where finished_at is not null and rolled_back_at is null order by finished_at desc limit 1",
        ],
        unfinished: "finished_at is null and rolled_back_at is null",
        keeps_all: true,
    },
    Mark {
        tool: "Flyway",
        table: "flyway_schema_history",
        columns: &["installed_rank", "version", "success"],
        without: &[],
        current: [
            "version",
            "where success and version is not null order by installed_rank desc limit 1",
        ],
        unfinished: "not success",
        keeps_all: true,
    },
    Mark {
        tool: "sqlx",
        table: "_sqlx_migrations",
        columns: &["version", "success", "checksum"],
        without: &[],
        current: ["max(version)", "where success"],
        unfinished: "not success",
        keeps_all: true,
    },
    Mark {
        tool: "goose",
        table: "goose_db_version",
        columns: &["version_id", "is_applied"],
        without: &[],
        current: ["max(version_id)", "where is_applied and version_id > 0"],
        unfinished: "",
        keeps_all: true,
    },
];
