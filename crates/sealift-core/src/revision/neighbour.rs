//! By which tables the histories of other tools are known, in both databases.

/// How a tool's history is read. The texts are parts of a query, and both databases understand them.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// The tool's name, as its makers write it.
    pub tool: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Columns that the table must have.
    pub columns: &'static [&'static str],
    /// Columns that it must not have, for names that several tools use.
    pub without: &'static [&'static str],
    /// What is selected, and what follows `from TABLE`: where the database stands.
    pub current: [&'static str; 2],
    /// A condition of rows that failed half way; empty where the tool keeps no such thing. Its value is read as text:
    /// a flag that came from SQLite may be a number or a word.
    pub unfinished: &'static str,
    /// Whether the table has a row for each revision, not only where the database stands.
    pub keeps_all: bool,
}

/// What [`Mark::unfinished`] says as text where it holds.
pub const YES: [&str; 2] = ["true", "1"];

/// What Rails keeps beside its history.
const BESIDE: &str = "ar_internal_metadata";

/// The tools.
pub const MARKS: &[Mark] = &[
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

impl Mark {
    /// Returns whether a table of these columns is the tool's.
    #[must_use]
    pub fn fits(&self, columns: &[&str]) -> bool {
        let has = |name: &&str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        self.columns.iter().all(has) && !self.without.iter().any(has)
    }
}

/// Returns whether a table of this name and these columns is one of a tool.
#[must_use]
pub fn is_history<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> bool {
    if table != BESIDE && !MARKS.iter().any(|mark| mark.table == table) {
        return false;
    }
    let columns: Vec<&str> = columns.collect();
    (table == BESIDE && columns.contains(&"key"))
        || MARKS.iter().any(|mark| mark.table == table && mark.fits(&columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_that_share_a_name_are_told_apart_by_columns() {
        let of = |columns: &[&str]| {
            let fits = |mark: &&Mark| mark.table == "schema_migrations" && mark.fits(columns);
            MARKS.iter().filter(fits).map(|mark| mark.tool).collect::<Vec<_>>()
        };
        assert_eq!(of(&["version"]), ["Rails"]);
        assert_eq!(of(&["version", "dirty"]), ["golang-migrate"]);
        assert_eq!(of(&["Version", "inserted_at"]), ["Ecto"]);
        assert_eq!(of(&["id", "name"]), Vec::<&str>::new());
    }
}
