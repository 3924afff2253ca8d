//! Which statements need not be tried, where there are so many that trying all would take as long as
//! making them: those of plain tables, in which nothing is for the server to judge.
//!
//! Left out are only tables that are [plain](super::plain), whose foreign keys join equal types, and whose names nothing
//! else of the plan takes; and only where the schema is empty, so that nobody else has taken them.

use super::plain::{is_plain, joins};
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::ddl::{self, Statement};
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::schema::target::{ForeignKey, Table};
use sealift_core::sql::Sql;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Up to here all tables are tried: half a second, with a key and an index each.
const FEW: usize = 100;

/// Of more tables so many are tried in any case: what the role may do, and how the server is, shows with
/// them.
const SOME: usize = 10;

/// Returns the statements of a plan that are tried.
pub(super) fn in_doubt(plan: &Plan, is_empty: bool) -> Vec<Statement> {
    let mut statements = ddl::render(plan);
    // A view or a trigger may stand on any table.
    let all = !is_empty || !plan.views.is_empty() || !plan.triggers.is_empty();
    if all || plan.tables.len() <= FEW {
        return statements;
    }
    let tables = || plan.tables.iter().map(|table| &table.target);
    let by_name: BTreeMap<&Ident, &Table> = tables().map(|table| (&table.name, table)).collect();
    let parent = |key: &ForeignKey| by_name.get(&key.parent).copied();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<Cow<'_, str>> =
        tables().flat_map(relations).filter(|name| !seen.insert(name.clone())).collect();
    let is_certain = |table: &Table| {
        is_plain(table)
            && table.foreign_keys.iter().all(|key| joins(table, key, parent(key)))
            && !relations(table).any(|name| twice.contains(&name))
    };
    let mut doubtful: BTreeSet<&Ident> = tables().take(SOME).map(|table| &table.name).collect();
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

/// Returns the names that a table takes in the schema's one name space for tables, indexes and sequences;
/// a planner does not give one twice, but an edited plan may.
fn relations(table: &Table) -> impl Iterator<Item = Cow<'_, str>> {
    let keys = table.primary_key.iter().chain(&table.unique).map(|key| &key.name);
    let indexes = table.indexes.iter().map(|index| &index.name);
    let names = std::iter::once(&table.name).chain(keys).chain(indexes);
    let numbered = table.columns.iter().filter(|column| column.identity.is_some());
    // As PostgreSQL chooses it, where nothing has that name yet.
    let sequences =
        numbered.map(|column| Cow::Owned(format!("{}_{}_seq", table.name, column.name)));
    names.map(|name| Cow::Borrowed(name.as_str())).chain(sequences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::ast::{Deferrability, ForeignKeyAction};
    use sealift_core::mapping::PgType;
    use sealift_core::plan::{Filling, TablePlan};
    use sealift_core::schema::target::{Check, Column, Identity, Key};

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
        assert_eq!(tried.len(), 30);
        assert!(tried.contains(&"foreign key t9_parent_fkey on t9".to_owned()));
        assert!(!tried.contains(&"table t10".to_owned()));
    }

    #[test]
    fn tables_that_take_the_same_name_are_tried() {
        let mut doubtful = plan(300);
        doubtful.tables[200].target.primary_key.as_mut().unwrap().name = ident("t210");
        let column = &mut doubtful.tables[220].target.columns[0];
        column.identity = Some(Identity { next: 1, sequence: None });
        doubtful.tables[230].target.name = ident("t220_id_seq");
        let tried = tried(&doubtful, true);
        for table in ["table t200", "table t210", "table t220", "table t220_id_seq"] {
            assert!(tried.contains(&table.to_owned()), "{table}");
        }
        assert!(!tried.contains(&"table t240".to_owned()));
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
    fn what_no_server_would_take_is_tried() {
        let mut doubtful = plan(400);
        doubtful.tables[200].target.columns.push(column("xmin", PgType::Text));
        doubtful.tables[220].target.columns[0].data_type = PgType::Json;
        doubtful.tables[240].target.columns.push(column("id", PgType::Text));
        doubtful.tables[260].target.columns.push(column("n", PgType::Numeric(Some((1001, 0)))));
        doubtful.tables[280].target.columns.push(column("v", PgType::Varchar(10_485_761)));
        doubtful.tables[300].target.primary_key.as_mut().unwrap().columns.push(ident("id"));
        doubtful.tables[320].target.foreign_keys[0].name = ident("t320_pkey");
        doubtful.tables[340].target.columns.push(Column {
            identity: Some(Identity { next: 1, sequence: None }),
            ..column("number", PgType::Text)
        });
        let tried = tried(&doubtful, true);
        for position in [200, 220, 240, 260, 280, 300, 320, 340] {
            assert!(tried.contains(&format!("table t{position}")), "t{position}");
        }
    }
}
