//! Who wrote the file: frameworks leave a table of applied migrations behind.

use crate::schema::source::{Schema, Table};
use serde::Serialize;

/// A framework that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Framework {
    /// Its name, as its makers write it.
    pub name: &'static str,
    /// The tables it keeps for itself, as the file spells them. They are copied like all others:
    /// without them the framework would apply every migration again.
    pub bookkeeping_tables: Vec<String>,
    /// The columns of the first of them that name an applied migration, alike on every database;
    /// the others say when and how.
    #[serde(skip)]
    pub migration_columns: &'static [&'static str],
}

/// What gives a framework away.
struct Mark {
    name: &'static str,
    /// The table of applied migrations.
    table: &'static str,
    /// Its columns that name a migration.
    migration: &'static [&'static str],
    /// The columns that it must have, for table names that several frameworks use.
    columns: &'static [&'static str],
    /// Another table that must be there.
    beside: Option<&'static str>,
    /// Further tables of its own, which may be missing.
    others: &'static [&'static str],
}

/// A mark that is one table name.
const fn by_name(
    name: &'static str,
    table: &'static str,
    migration: &'static [&'static str],
) -> Mark {
    Mark { name, table, migration, columns: &[], beside: None, others: &[] }
}

/// In the order of trial. Marks that share a table name differ in its columns or its neighbour.
const MARKS: [Mark; 20] = [
    by_name("Django", "django_migrations", &["app", "name"]),
    Mark {
        beside: Some("ar_internal_metadata"),
        others: &["ar_internal_metadata"],
        ..by_name("Rails", "schema_migrations", &["version"])
    },
    Mark {
        columns: &["version", "dirty"],
        ..by_name("golang-migrate", "schema_migrations", &["version"])
    },
    Mark {
        columns: &["version", "inserted_at"],
        ..by_name("Ecto", "schema_migrations", &["version"])
    },
    by_name("Alembic (SQLAlchemy)", "alembic_version", &["version_num"]),
    by_name("Prisma", "_prisma_migrations", &["migration_name"]),
    by_name("Drizzle", "__drizzle_migrations", &["created_at"]),
    Mark {
        others: &["__EFMigrationsLock"],
        ..by_name("Entity Framework Core", "__EFMigrationsHistory", &["MigrationId"])
    },
    Mark { others: &["knex_migrations_lock"], ..by_name("Knex", "knex_migrations", &["name"]) },
    by_name("Sequelize", "SequelizeMeta", &["name"]),
    by_name("goose", "goose_db_version", &["version_id"]),
    by_name("sqlx", "_sqlx_migrations", &["version"]),
    by_name("Flyway", "flyway_schema_history", &["version"]),
    by_name("refinery", "refinery_schema_history", &["version", "name"]),
    by_name("Diesel", "__diesel_schema_migrations", &["version"]),
    Mark {
        columns: &["migration_id", "sql", "success"],
        ..by_name("Grafana (xorm)", "migration_log", &["migration_id"])
    },
    by_name("sql-migrate (gorp)", "gorp_migrations", &["id"]),
    by_name("Cloudflare D1", "d1_migrations", &["name"]),
    Mark { columns: &["migration", "batch"], ..by_name("Laravel", "migrations", &["migration"]) },
    Mark {
        columns: &["timestamp", "name"],
        others: &["typeorm_metadata"],
        ..by_name("TypeORM", "migrations", &["name"])
    },
];

/// Returns the framework whose bookkeeping the schema holds.
#[must_use]
pub fn recognise(schema: &Schema) -> Option<Framework> {
    let find =
        |name: &str| schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    MARKS.iter().find_map(|mark| {
        let table = find(mark.table).filter(|table| has_columns(table, mark.columns))?;
        if mark.beside.is_some_and(|name| find(name).is_none()) {
            return None;
        }
        let others = mark.others.iter().filter_map(|name| find(name));
        let tables = std::iter::once(table).chain(others).map(|table| table.name.clone());
        Some(Framework {
            name: mark.name,
            bookkeeping_tables: tables.collect(),
            migration_columns: mark.migration,
        })
    })
}

fn has_columns(table: &Table, names: &[&str]) -> bool {
    names.iter().all(|name| table.position(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::source::{Column, RowKey};
    use crate::sqlite::Affinity;

    fn table(name: &str, columns: &[&str]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            declared_type: String::new(),
            affinity: Affinity::Blob,
            not_null: false,
            default: None,
            collation: None,
            generated: None,
        };
        Table {
            name: name.to_owned(),
            sql: String::new(),
            columns: columns.iter().map(column).collect(),
            primary_key: Vec::new(),
            primary_key_name: None,
            row_key: RowKey::Hidden { name: "rowid" },
            without_rowid: false,
            strict: false,
            autoincrement: false,
            sequence: None,
            unique: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            conflict_clauses: false,
            module: None,
        }
    }

    fn recognised(tables: &[(&str, &[&str])]) -> Option<Framework> {
        let tables = tables.iter().map(|(name, columns)| table(name, columns)).collect();
        recognise(&Schema { tables, ..Schema::default() })
    }

    #[test]
    fn a_migrations_table_is_told_apart_by_its_columns() {
        let name =
            |columns: &[&str]| recognised(&[("migrations", columns)]).map(|found| found.name);
        assert_eq!(name(&["id", "migration", "batch"]), Some("Laravel"));
        assert_eq!(name(&["id", "timestamp", "name"]), Some("TypeORM"));
        assert_eq!(name(&["id", "version"]), None);
    }

    #[test]
    fn rails_needs_both_of_its_tables_and_names_them() {
        assert_eq!(recognised(&[("schema_migrations", &["version"])]), None);
        let found = recognised(&[("schema_migrations", &[]), ("ar_internal_metadata", &[])]);
        let found = found.unwrap();
        assert_eq!(found.name, "Rails");
        assert_eq!(found.bookkeeping_tables, ["schema_migrations", "ar_internal_metadata"]);
    }

    #[test]
    fn every_single_name_mark_is_recognised() {
        for mark in MARKS.iter().filter(|mark| mark.beside.is_none()) {
            let found = recognised(&[("users", &["id"]), (mark.table, mark.columns)]).unwrap();
            assert_eq!(found.name, mark.name);
            assert_eq!(found.bookkeeping_tables, [mark.table]);
        }
    }

    #[test]
    fn an_application_of_its_own_is_nobodys() {
        assert_eq!(recognised(&[("users", &["id"]), ("posts", &["migration", "batch"])]), None);
    }
}
