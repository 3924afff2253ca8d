//! Which statements need not be tried, where there are so many that trying all would take as long as
//! making them: those of plain tables, in which nothing is for the server to judge.
//!
//! Left out are only tables whose columns have neither defaults nor expressions, whose keys and indexes
//! are plain columns of types that sort, and whose foreign keys join equal types; and only where the
//! schema is empty, so that no name can be taken.

use crate::error::Result;
use crate::postgres::Session;
use sealift_core::ddl::{self, Statement};
use sealift_core::mapping::PgType;
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::schema::target::{Column, ForeignKey, Index, IndexMethod, Key, Table};
use sealift_core::sql::Sql;
use std::collections::BTreeSet;

/// Up to here all tables are tried: a tenth of a second.
const FEW: usize = 100;

/// Columns of an index (`INDEX_MAX_KEYS` in PostgreSQL's `pg_config_manual.h`).
const KEY_COLUMNS: usize = 32;

/// Columns of a table (`MaxHeapAttributeNumber` in PostgreSQL's `htup_details.h`).
const TABLE_COLUMNS: usize = 1600;

/// Names that no column may have (manual, section 5.6).
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Returns the statements of a plan that are tried.
pub(super) fn in_doubt(plan: &Plan, is_empty: bool) -> Vec<Statement> {
    let mut statements = ddl::render(plan);
    // A view or a trigger may stand on any table.
    let all = !is_empty || !plan.views.is_empty() || !plan.triggers.is_empty();
    if all || plan.tables.len() <= FEW {
        return statements;
    }
    let tables = || plan.tables.iter().map(|table| &table.target);
    let is_certain = |table: &Table| {
        let parent = |key: &ForeignKey| tables().find(|table| table.name == key.parent);
        is_plain(table) && table.foreign_keys.iter().all(|key| joins(table, key, parent(key)))
    };
    // Some are tried in any case: what the role may do shows with them.
    let mut doubtful: BTreeSet<&Ident> = tables().take(FEW).map(|table| &table.name).collect();
    doubtful.extend(tables().filter(|table| !is_certain(table)).map(|table| &table.name));
    let parents: Vec<&Ident> = tables()
        .filter(|table| doubtful.contains(&table.name))
        .flat_map(|table| table.foreign_keys.iter().map(|key| &key.parent))
        .collect();
    doubtful.extend(parents);
    statements.retain(|statement| {
        doubtful.contains(&statement.table)
            && statement.locks.iter().all(|lock| doubtful.contains(&lock.table))
    });
    statements
}

/// Returns whether nothing is in a schema, or it is not there.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn is_empty(session: &Session, schema: &Ident) -> Result<bool> {
    let sql =
        Sql::raw("select from pg_namespace n where n.nspname = ").literal(schema.as_str()).push(
            " and (exists (select from pg_class c where c.relnamespace = n.oid) \
         or exists (select from pg_type t where t.typnamespace = n.oid))",
        );
    Ok(session.query_text(&sql).await?.is_empty())
}

fn is_plain(table: &Table) -> bool {
    table.columns.len() <= TABLE_COLUMNS
        && table.derived.is_empty()
        && table.checks.is_empty()
        && table.columns.iter().all(is_plain_column)
        && table.primary_key.iter().chain(&table.unique).all(|key| is_plain_key(table, key))
        && table.indexes.iter().all(|index| is_plain_index(table, index))
}

fn is_plain_column(column: &Column) -> bool {
    column.default.is_none()
        && column.generated.is_none()
        && column.identity.as_ref().is_none_or(|identity| identity.sequence.is_none())
        && !SYSTEM_COLUMNS.contains(&column.name.as_str())
}

fn is_plain_key(table: &Table, key: &Key) -> bool {
    let sorts = |name: &Ident| table.column(name).is_some_and(|it| sorts(it.data_type));
    (1..=KEY_COLUMNS).contains(&key.columns.len()) && key.columns.iter().all(sorts)
}

fn is_plain_index(table: &Table, index: &Index) -> bool {
    let is_column = |expression: &Sql| {
        let mut columns = table.columns.iter().filter(|column| sorts(column.data_type));
        columns.any(|column| Sql::new().ident(&column.name).as_str() == expression.as_str())
    };
    index.method == IndexMethod::Btree
        && index.filter.is_none()
        && (1..=KEY_COLUMNS).contains(&index.keys.len())
        && index.keys.iter().all(|key| is_column(&key.expression))
}

/// Returns whether a foreign key joins columns of equal types, of which those of the parent are a key.
fn joins(child: &Table, key: &ForeignKey, parent: Option<&Table>) -> bool {
    let Some(parent) = parent else { return false };
    let data_type = |table: &Table, name| table.column(name).map(|column| column.data_type);
    let mut pairs = key.columns.iter().zip(&key.parent_columns);
    key.columns.len() == key.parent_columns.len()
        && pairs.all(|(from, to)| {
            let from = data_type(child, from);
            from.is_some() && from == data_type(parent, to)
        })
        && parent
            .primary_key
            .iter()
            .chain(&parent.unique)
            .any(|it| it.columns == key.parent_columns)
}

/// Returns whether a type has an order; `json` has none (manual, section 8.14).
fn sorts(data_type: PgType) -> bool {
    match data_type {
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Jsonb
        | PgType::Uuid => true,
        PgType::Json => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::ast::{Deferrability, ForeignKeyAction};
    use sealift_core::plan::{Filling, TablePlan};
    use sealift_core::schema::target::Check;

    fn ident(name: &str) -> Ident {
        Ident::new(name).unwrap()
    }

    fn column(name: &str, data_type: PgType) -> Column {
        let (default, identity, generated) = Default::default();
        Column { name: ident(name), data_type, not_null: true, default, identity, generated }
    }

    /// A table with a key, which refers to the one before.
    fn table(number: usize) -> TablePlan {
        let name = format!("t{number}");
        let key = ForeignKey {
            name: ident(&format!("{name}_parent_fkey")),
            columns: vec![ident("parent")],
            parent: ident(&format!("t{}", number.saturating_sub(1))),
            parent_columns: vec![ident("id")],
            on_delete: ForeignKeyAction::NoAction,
            on_update: ForeignKeyAction::NoAction,
            deferrability: Deferrability::Immediate,
            validated: true,
        };
        TablePlan {
            source: name.clone(),
            rows: 1,
            bytes: 8,
            columns: Vec::new(),
            target: Table {
                primary_key: Some(Key {
                    name: ident(&format!("{name}_pkey")),
                    columns: vec![ident("id")],
                }),
                name: ident(&name),
                columns: vec![column("id", PgType::BigInt), column("parent", PgType::BigInt)],
                unique: Vec::new(),
                checks: Vec::new(),
                foreign_keys: vec![key],
                indexes: Vec::new(),
                derived: Vec::new(),
            },
            filling: Filling::default(),
            orphans: Vec::new(),
            quarantine_checks: Vec::new(),
            quarantine_nulls: false,
        }
    }

    fn plan(tables: usize) -> Plan {
        Plan {
            version: 1,
            made_by: String::new(),
            fingerprint: String::new(),
            schema: ident("public"),
            profile: None,
            like: None,
            tables: (0..tables).map(table).collect(),
            views: Vec::new(),
            triggers: Vec::new(),
            aside: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn tried(plan: &Plan, is_empty: bool) -> Vec<String> {
        in_doubt(plan, is_empty).into_iter().map(|statement| statement.id).collect()
    }

    #[test]
    fn few_tables_are_all_tried_and_so_are_those_beside_others() {
        assert_eq!(tried(&plan(100), true).len(), 300);
        assert_eq!(tried(&plan(101), false).len(), 303);
    }

    #[test]
    fn of_many_plain_tables_only_the_first_are_tried() {
        let tried = tried(&plan(1000), true);
        assert_eq!(tried.len(), 300);
        assert!(tried.contains(&"foreign key t99_parent_fkey on t99".to_owned()));
        assert!(!tried.contains(&"table t100".to_owned()));
    }

    #[test]
    fn a_table_with_something_to_judge_is_tried_with_the_table_it_refers_to() {
        let mut doubtful = plan(300);
        doubtful.tables[200].target.checks.push(Check {
            name: ident("c"),
            condition: Sql::raw("id > 0"),
            validated: true,
        });
        doubtful.tables[250].target.columns[1].data_type = PgType::Text;
        let tried = tried(&doubtful, true);
        for table in ["table t199", "table t200", "table t249", "table t250", "checks of t200"] {
            assert!(tried.contains(&table.to_owned()), "{table}");
        }
        assert!(tried.contains(&"foreign key t250_parent_fkey on t250".to_owned()));
        for table in ["table t201", "table t251"] {
            assert!(!tried.contains(&table.to_owned()), "{table} is plain, whatever it refers to");
        }
    }

    #[test]
    fn names_of_system_columns_and_keys_without_order_are_tried() {
        let mut doubtful = plan(300);
        doubtful.tables[200].target.columns.push(column("xmin", PgType::Text));
        doubtful.tables[220].target.columns[0].data_type = PgType::Json;
        let tried = tried(&doubtful, true);
        assert!(tried.contains(&"table t200".to_owned()));
        assert!(tried.contains(&"table t220".to_owned()));
    }
}
