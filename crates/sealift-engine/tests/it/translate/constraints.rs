//! Checks, defaults, generated columns and index expressions are accepted by PostgreSQL and mean
//! the same there.

use super::oracle::{Cell, ask_postgres, ask_sqlite, copy_tables, postgres, quote};
use super::views::shared;
use rusqlite::{Connection, OpenFlags};
use sealift_core::ast::{CreateTable, TableConstraint};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;
use sealift_core::name::fit;
use sealift_core::sqlite::{parse_create_index, parse_create_table, parse_expression};
use sealift_core::translate::{self, Cells, Check, Field, Relation, Scope};
use std::path::Path;
use tokio_postgres::Client;

/// What was done with the expressions of a schema.
#[derive(Debug, Default)]
struct Tally {
    checks: usize,
    guaranteed: usize,
    defaults: usize,
    generated: usize,
    predicates: usize,
    refused: Vec<String>,
}

/// Puts every expression of a file's schema onto its copied tables.
async fn carry(path: &Path, schema: &str) -> Tally {
    let sqlite = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let client = postgres(schema).await;
    let catalogue = copy_tables(&sqlite, &client, schema).await;
    let mut tally = Tally::default();
    for relation in &catalogue.relations {
        let name = &relation.source_name;
        let sql: String = sqlite
            .query_row("select sql from sqlite_schema where name = ?1", [name], |row| row.get(0))
            .unwrap();
        let tree = parse_create_table(&sql).unwrap();
        let scope = Scope { table: relation.clone() };
        let table = format!("{schema}.{}", quote(name));
        carry_checks(&client, &tree, &scope, &table, &mut tally).await;
        carry_columns(&client, &tree, &scope, &table, &mut tally).await;
        let mut indexes = sqlite
            .prepare("select sql from sqlite_schema where type = 'index' and tbl_name = ?1 and sql is not null")
            .unwrap();
        let indexes: Vec<String> =
            indexes.query_map([name], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for index in indexes {
            let tree = parse_create_index(&index).unwrap();
            let Some(filter) = &tree.filter else { continue };
            match translate::predicate(filter, &scope) {
                Ok(predicate) => {
                    let column = quote(&relation.columns[0].source_name);
                    run(&client, &format!("create index on {table} ({column}) where {predicate}"))
                        .await;
                    tally.predicates += 1;
                }
                Err(error) => tally.refused.push(format!("{index}: {error}")),
            }
        }
    }
    run(&client, &format!("drop schema {schema} cascade")).await;
    tally
}

async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{sql}: {error:?}");
    }
}

async fn carry_checks(
    client: &Client,
    tree: &CreateTable,
    scope: &Scope,
    table: &str,
    tally: &mut Tally,
) {
    let columns = tree.columns.iter().flat_map(|column| &column.checks);
    let own = tree.constraints.iter().filter_map(|constraint| match constraint {
        TableConstraint::Check(check) => Some(check),
        TableConstraint::PrimaryKey { .. }
        | TableConstraint::Unique { .. }
        | TableConstraint::ForeignKey { .. } => None,
    });
    for check in columns.chain(own) {
        match translate::check(&check.expr, scope) {
            Ok(Check::Guaranteed) => tally.guaranteed += 1,
            Ok(Check::Condition(condition)) => {
                run(client, &format!("alter table {table} add check ({condition})")).await;
                tally.checks += 1;
            }
            Err(error) => tally.refused.push(format!("{}: {error}", check.text)),
        }
    }
}

async fn carry_columns(
    client: &Client,
    tree: &CreateTable,
    scope: &Scope,
    table: &str,
    tally: &mut Tally,
) {
    for column in &tree.columns {
        let field = field_of(&scope.table, &column.name.text);
        let data_type = field.data_type.unwrap();
        if let Some(default) = &column.default {
            match translate::default(default, data_type, Reading::Plain) {
                Ok(None) => tally.defaults += 1,
                Ok(Some(value)) => {
                    let name = quote(&column.name.text);
                    let alter = format!("alter table {table} alter {name} set default {value}");
                    run(client, &alter).await;
                    tally.defaults += 1;
                }
                Err(error) => tally.refused.push(format!("{default:?}: {error}")),
            }
        }
        if let Some(generated) = &column.generated {
            let value = translate::generated(&generated.expr, scope, data_type).unwrap();
            let add = format!(
                "alter table {table} add again {data_type} generated always as ({value}) stored"
            );
            run(client, &add).await;
            let differing = format!(
                "select count(*) from {table} where again is distinct from {}",
                quote(&column.name.text)
            );
            let count = ask_postgres(client, &differing, &[count_field()]).await.unwrap();
            assert_eq!(count, [[Cell::Number(0.0)]]);
            tally.generated += 1;
        }
    }
}

fn field_of<'r>(relation: &'r Relation, name: &str) -> &'r Field {
    relation.columns.iter().find(|field| field.source_name.eq_ignore_ascii_case(name)).unwrap()
}

fn count_field() -> Field {
    Field {
        source_name: "count".to_owned(),
        target: fit("count"),
        data_type: Some(PgType::BigInt),
        affinity: None,
        reading: Reading::Plain,
        not_null: false,
        collation: None,
        cells: Cells::default(),
    }
}

#[tokio::test]
async fn the_expressions_of_known_schemas_are_carried_over() {
    for file in ["northwind_small.db", "sakila.db", "mlflow.db", "wagtail.db"] {
        let Some(path) = shared(file) else { return };
        let schema = format!("translate_constraints_{}", file.split('.').next().unwrap());
        let tally = carry(&path, &schema).await;
        println!("{file}: {tally:?}");
        // Before PostgreSQL 16 nothing says whether a text is JSON.
        let unexpected: Vec<&String> =
            tally.refused.iter().filter(|reason| !reason.contains("json_valid()")).collect();
        assert!(unexpected.is_empty(), "{file}: {unexpected:?}");
    }
}

#[tokio::test]
async fn every_check_of_proj_is_carried_over() {
    let path = Path::new("/usr/share/proj/proj.db");
    if path.exists() {
        let tally = carry(path, "translate_constraints_proj").await;
        assert_eq!(tally.refused, [""; 0]);
        assert!(tally.checks > 100 && tally.guaranteed > 10, "{tally:?}");
    }
}

/// Returns what a row of defaults holds on both sides.
async fn defaulted(
    sqlite: &Connection,
    client: &Client,
    (declared, data_type, default): (&str, &str, &str),
) -> (Cell, Cell) {
    let data_type: PgType = data_type.parse().unwrap();
    let tree = parse_expression(default).unwrap();
    let value = match translate::default(&tree, data_type, Reading::Plain) {
        Ok(value) => value.map_or_else(|| "null".to_owned(), |sql| sql.to_string()),
        Err(error) => panic!("{default} for {data_type}: {error}"),
    };
    // A word in double quotes is a text only without parentheses.
    let written =
        if default.starts_with('"') { default.to_owned() } else { format!("({default})") };
    let create = format!(
        "drop table if exists d; create table d (k integer, v {declared} default {written})"
    );
    sqlite.execute_batch(&format!("{create}; insert into d (k) values (1)")).unwrap();
    let expected = ask_sqlite(sqlite, "select v from d").unwrap().remove(0).remove(0);
    let create = format!(
        "drop table if exists translate_default.d; \
         create table translate_default.d (k integer, v {data_type} default {value}); \
         insert into translate_default.d (k) values (1)"
    );
    run(client, &create).await;
    let field = Field { data_type: Some(data_type), ..count_field() };
    let found = ask_postgres(client, "select v from translate_default.d", &[field]).await.unwrap();
    (expected, found[0][0].clone())
}

const DEFAULTS: &[(&str, &str, &str)] = &[
    ("integer", "bigint", "42"),
    ("integer", "bigint", "'7'"),
    ("integer", "smallint", "-3"),
    ("boolean", "boolean", "0"),
    ("boolean", "boolean", "TRUE"),
    ("boolean", "boolean", "'1'"),
    ("real", "double precision", "1"),
    ("numeric", "numeric(10,2)", "4.99"),
    ("text", "text", "'it''s'"),
    ("text", "text", "\"word\""),
    ("text", "text", "''"),
    ("text", "text", "5"),
    ("text", "text", "'null'"),
    ("text", "text", "NULL"),
    ("blob", "bytea", "x'00ff'"),
    ("text", "text", "'a' || 'b'"),
    ("integer", "bigint", "60 * 60 * 24"),
    ("date", "date", "'2020-01-31'"),
    ("text", "varchar(3)", "'abc'"),
];

const CLOCKS: &[(&str, &str, &str)] = &[
    ("text", "timestamp", "CURRENT_TIMESTAMP"),
    ("text", "timestamptz", "datetime('now')"),
    ("text", "text", "CURRENT_TIMESTAMP"),
    ("text", "text", "strftime('%Y-%m-%dT%H:%M:%S', 'now')"),
    ("integer", "bigint", "strftime('%s', 'now')"),
    ("integer", "bigint", "unixepoch()"),
    ("integer", "bigint", "cast(strftime('%s', 'now') as integer)"),
];

#[tokio::test]
async fn a_default_gives_the_same_value_on_both_sides() {
    let sqlite = Connection::open_in_memory().unwrap();
    let client = postgres("translate_default").await;
    for case in DEFAULTS {
        let (expected, found) = defaulted(&sqlite, &client, *case).await;
        assert_eq!(expected, found, "{case:?}");
    }
    for case in CLOCKS {
        let (expected, found) = defaulted(&sqlite, &client, *case).await;
        let same_time: bool = match (&expected, &found) {
            (Cell::Number(a), Cell::Number(b)) => (a - b).abs() <= 10.0,
            (Cell::Text(a), Cell::Text(b)) => {
                assert!(b.starts_with(a.get(..11).unwrap_or("?")), "{case:?}: {b}");
                let distance = "select abs(unixepoch(?1) - unixepoch(?2)) <= 10";
                sqlite
                    .query_row(distance, [a, b.trim_end_matches("+00")], |row| row.get(0))
                    .unwrap()
            }
            _ => false,
        };
        assert!(same_time, "{case:?}: {expected:?} {found:?}");
    }
    let random = ("text", "text", "lower(hex(randomblob(16)))");
    let (expected, found) = defaulted(&sqlite, &client, random).await;
    let (Cell::Text(expected), Cell::Text(found)) = (expected, found) else {
        panic!("a random default is text");
    };
    assert_eq!(expected.len(), found.len());
    assert!(found.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
    run(&client, "drop schema translate_default cascade").await;
}

#[tokio::test]
async fn an_index_expression_is_immutable_to_postgresql() {
    let sqlite = Connection::open_in_memory().unwrap();
    sqlite
        .execute_batch(
            "create table t (id integer, s text, n integer, d date, m datetime); \
            insert into t values (1, 'a', 2, '2020-01-01', '2020-01-01 10:00:00')",
        )
        .unwrap();
    let client = postgres("translate_index").await;
    let catalogue = copy_tables(&sqlite, &client, "translate_index").await;
    let scope = Scope { table: catalogue.relations[0].clone() };
    let accepted = [
        "lower(s)",
        "n + 1",
        "coalesce(s, '')",
        "substr(s, 1, 3)",
        "s collate nocase",
        "case when n > 1 then s end",
        "length(s) * n",
        "julianday(m)",
        "unixepoch(d)",
        "n % 3",
        "cast(s as integer)",
        "s glob 'a[0-9]*'",
        "s like 'x%'",
        "trim(s) || n",
        "m > '2020-01-01'",
        "round(n)",
        "instr(s, 'b')",
        "replace(s, 'a', 'b')",
        "iif(n is null, 0, n)",
    ];
    for expression in accepted {
        let tree = parse_expression(expression).unwrap();
        let sql = translate::index_expression(&tree, None, &scope).unwrap();
        run(&client, &format!("create index on translate_index.t ({sql})")).await;
    }
    for expression in ["date(m)", "datetime('now')", "strftime('%Y', d)", "random()"] {
        let tree = parse_expression(expression).unwrap();
        let error = translate::index_expression(&tree, None, &scope).unwrap_err();
        assert!(error.reason.contains("immutable"), "{expression}: {error}");
    }
    run(&client, "drop schema translate_index cascade").await;
}
