//! Who wrote the file: frameworks leave a table of applied migrations behind, or a way of writing
//! that is only theirs.

use crate::schema::source::{Schema, Table};
use serde::Serialize;

/// A framework that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Framework {
    /// Its name, as its makers write it.
    pub name: &'static str,
    /// What gave it away: a table or an index, as the file spells it.
    pub mark: String,
    /// The tables it keeps for itself, as the file spells them. They are copied like all others:
    /// without them the framework would apply every migration again. None where it keeps none.
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

/// A mark that is a table name with columns, where the name alone could be anybody's.
const fn by_columns(
    name: &'static str,
    table: &'static str,
    migration: &'static [&'static str],
    columns: &'static [&'static str],
) -> Mark {
    Mark { columns, ..by_name(name, table, migration) }
}

/// In the order of trial. Marks that share a table name differ in its columns or its neighbour; a
/// framework that is built on another one stands before it.
const MARKS: &[Mark] = &[
    by_name("Django", "django_migrations", &["app", "name"]),
    Mark {
        beside: Some("ar_internal_metadata"),
        others: &["ar_internal_metadata"],
        ..by_name("Rails", "schema_migrations", &["version"])
    },
    by_columns("golang-migrate", "schema_migrations", &["version"], &["version", "dirty"]),
    by_columns("Ecto", "schema_migrations", &["version"], &["version", "inserted_at"]),
    by_name("Alembic (SQLAlchemy)", "alembic_version", &["version_num"]),
    by_name("Prisma", "_prisma_migrations", &["migration_name"]),
    by_name("Drizzle", "__drizzle_migrations", &["created_at"]),
    Mark {
        others: &["__EFMigrationsLock"],
        ..by_name("Entity Framework Core", "__EFMigrationsHistory", &["MigrationId"])
    },
    Mark {
        others: &["strapi_migrations_internal", "strapi_database_schema"],
        ..by_columns("Strapi (Knex)", "strapi_migrations", &["name"], &["id", "name", "time"])
    },
    Mark { others: &["knex_migrations_lock"], ..by_name("Knex", "knex_migrations", &["name"]) },
    by_columns("MikroORM", "mikro_orm_migrations", &["name"], &["name", "executed_at"]),
    by_name("Sequelize", "SequelizeMeta", &["name"]),
    by_name("goose", "goose_db_version", &["version_id"]),
    by_name("sqlx", "_sqlx_migrations", &["version"]),
    by_name("Flyway", "flyway_schema_history", &["version"]),
    Mark {
        others: &["DATABASECHANGELOGLOCK"],
        ..by_columns(
            "Liquibase",
            "DATABASECHANGELOG",
            &["ID", "AUTHOR", "FILENAME"],
            &["ID", "AUTHOR", "FILENAME", "MD5SUM"],
        )
    },
    by_name("refinery", "refinery_schema_history", &["version", "name"]),
    by_name("Diesel", "__diesel_schema_migrations", &["version"]),
    by_name("SeaORM", "seaql_migrations", &["version"]),
    by_columns(
        "Grafana (xorm)",
        "migration_log",
        &["migration_id"],
        &["migration_id", "sql", "success"],
    ),
    by_name("sql-migrate (gorp)", "gorp_migrations", &["id"]),
    by_name("Bun", "bun_migrations", &["name"]),
    by_name("Atlas", "atlas_schema_revisions", &["version"]),
    by_name("Cloudflare D1", "d1_migrations", &["name"]),
    by_columns("Phinx", "phinxlog", &["version"], &["version", "migration_name"]),
    by_columns(
        "Doctrine",
        "doctrine_migration_versions",
        &["version"],
        &["version", "executed_at"],
    ),
    by_columns("Yii", "migration", &["version"], &["version", "apply_time"]),
    by_columns("Peewee", "migratehistory", &["name"], &["name", "migrated_at"]),
    by_columns("Tortoise (Aerich)", "aerich", &["version", "app"], &["version", "app", "content"]),
    by_columns("Laravel", "migrations", &["migration"], &["migration", "batch"]),
    Mark {
        others: &["typeorm_metadata"],
        ..by_columns("TypeORM", "migrations", &["name"], &["timestamp", "name"])
    },
];

/// Returns the framework whose bookkeeping, or whose way of writing, the schema shows.
#[must_use]
pub fn recognise(schema: &Schema) -> Option<Framework> {
    let find =
        |name: &str| schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let by_table = MARKS.iter().find_map(|mark| {
        let table = find(mark.table).filter(|table| has_columns(table, mark.columns))?;
        if mark.beside.is_some_and(|name| find(name).is_none()) {
            return None;
        }
        let others = mark.others.iter().filter_map(|name| find(name));
        let tables = std::iter::once(table).chain(others).map(|table| table.name.clone());
        Some(Framework {
            name: mark.name,
            mark: table.name.clone(),
            bookkeeping_tables: tables.collect(),
            migration_columns: mark.migration,
        })
    });
    by_table.or_else(|| by_hand(schema))
}

/// Recognises those who keep no books by what nobody else writes.
fn by_hand(schema: &Schema) -> Option<Framework> {
    let found = |name: &'static str, mark: String| Framework {
        name,
        mark,
        bookkeeping_tables: Vec::new(),
        migration_columns: &[],
    };
    let gorm = schema.tables.iter().find_map(gorm_mark);
    gorm.map(|mark| found("GORM", mark))
        .or_else(|| xorm_mark(schema).map(|mark| found("xorm", mark)))
}

/// GORM's `gorm.Model`: names in backticks, three moments, and an index on the last one, which its
/// `NamingStrategy` calls `idx_TABLE_deleted_at`.
fn gorm_mark(table: &Table) -> Option<String> {
    let model = ["created_at", "updated_at", "deleted_at"];
    let moments = model.iter().all(|name| {
        let column = table.position(name).and_then(|position| table.columns.get(position));
        column.is_some_and(|column| column.declared_type.eq_ignore_ascii_case("datetime"))
    });
    let wanted = format!("idx_{}_deleted_at", table.name);
    let index = table.indexes.iter().find(|index| index.name == wanted)?;
    let deleted_at = table.position("deleted_at")?;
    let columns = index.columns.iter().map(|part| part.key.column());
    let alone = columns.eq([Some(deleted_at)]);
    (moments && alone && table.sql.contains('`') && index.sql.contains('`'))
        .then(|| format!("index {wanted}"))
}

/// xorm's indexes, `IDX_table_name` and `UQE_table_name` in backticks, on two tables or more.
fn xorm_mark(schema: &Schema) -> Option<String> {
    let mut tables = schema.tables.iter().filter_map(|table| {
        let mine = [format!("IDX_{}_", table.name), format!("UQE_{}_", table.name)];
        let index = table.indexes.iter().find(|index| {
            mine.iter().any(|start| index.name.starts_with(start.as_str()))
                && index.sql.contains(&format!("INDEX `{}`", index.name))
        });
        index.filter(|_| table.sql.contains('`')).map(|index| format!("index {}", index.name))
    });
    let first = tables.next()?;
    tables.next().map(|_| first)
}

fn has_columns(table: &Table, names: &[&str]) -> bool {
    names.iter().all(|name| table.position(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::source::{Column, Index, IndexColumn, IndexKey, RowKey};
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

    /// A table as GORM and xorm write theirs.
    fn written(name: &str, columns: &[(&str, &str)], indexes: &[(&str, usize)]) -> Table {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let mut made = table(name, &names);
        made.sql = format!("CREATE TABLE `{name}` (…)");
        for (column, (_, declared)) in made.columns.iter_mut().zip(columns) {
            column.declared_type = (*declared).to_owned();
        }
        made.indexes = indexes
            .iter()
            .map(|(index, column)| Index {
                name: (*index).to_owned(),
                sql: format!("CREATE INDEX `{index}` ON `{name}`(…)"),
                unique: false,
                columns: vec![IndexColumn {
                    key: IndexKey::Column(*column),
                    collation: None,
                    direction: crate::ast::Direction::Ascending,
                }],
                filter: None,
            })
            .collect();
        made
    }

    fn name_of(tables: Vec<Table>) -> Option<&'static str> {
        recognise(&Schema { tables, ..Schema::default() }).map(|found| found.name)
    }

    #[test]
    fn gorm_is_recognised_by_its_model_and_the_name_of_its_index() {
        let model = [
            ("id", "integer"),
            ("created_at", "datetime"),
            ("updated_at", "datetime"),
            ("deleted_at", "datetime"),
        ];
        let users = |index: &str| written("users", &model, &[(index, 3)]);
        assert_eq!(name_of(vec![users("idx_users_deleted_at")]), Some("GORM"));
        assert_eq!(name_of(vec![users("users_deleted_at")]), None);
        let quoted = Table { sql: "create table users".into(), ..users("idx_users_deleted_at") };
        assert_eq!(name_of(vec![quoted]), None);
    }

    #[test]
    fn xorm_is_recognised_by_the_names_of_its_indexes_on_two_tables() {
        let user = || written("user", &[("id", "INTEGER")], &[("IDX_user_created_unix", 0)]);
        let issue = || written("issue", &[("id", "INTEGER")], &[("UQE_issue_repo_index", 0)]);
        assert_eq!(name_of(vec![user(), issue()]), Some("xorm"));
        assert_eq!(name_of(vec![user()]), None);
    }

    #[test]
    fn names_that_could_be_anybodys_need_their_columns() {
        assert_eq!(recognised(&[("migration", &["id", "name"])]), None);
        assert_eq!(recognised(&[("aerich", &["id"])]), None);
        assert_eq!(recognised(&[("migratehistory", &["id"])]), None);
        let found = recognised(&[("migration", &["version", "apply_time"])]).unwrap();
        assert_eq!((found.name, found.mark.as_str()), ("Yii", "migration"));
    }

    #[test]
    fn a_framework_on_top_of_another_is_told_apart() {
        let both: &[(&str, &[&str])] =
            &[("knex_migrations", &["id", "name"]), ("strapi_migrations", &["id", "name", "time"])];
        assert_eq!(recognised(both).map(|found| found.name), Some("Strapi (Knex)"));
    }
}
