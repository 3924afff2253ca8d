//! Columns and tables that only one side has.

use super::{Case, done, told};
use sealift_core::plan::Severity;
use sealift_engine::config::FillRule;

#[tokio::test]
async fn d1_columns_meet_by_name_whatever_their_order_and_case() {
    let case = Case::new(
        "create table Users (a text, b text, \"Lock\" integer); insert into Users values ('a', 'b', 1);",
        "create table users (lock boolean, b text, a text);",
    )
    .await;
    case.arrives().await;
    assert_eq!(case.value("select concat(a, b, lock) from users").await, "abt");
}

#[tokio::test]
async fn d2_d3_what_the_target_lacks_is_left_only_by_name() {
    let mut case = Case::new(
        "create table t (id integer primary key, gone text); insert into t values (1, 'x');
         create table lost (a text); insert into lost values ('y');",
        "create table t (id int primary key);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(
        told(&findings),
        [("column-missing", "t.gone", Some(1)), ("table-missing", "lost", None)]
    );
    let hints: Vec<&str> = findings.iter().map(|f| f.hint.as_deref().unwrap()).collect();
    assert!(hints[0].ends_with("--exclude 't.gone' leaves its values behind"), "{}", hints[0]);
    assert!(hints[1].ends_with("--exclude lost"), "{}", hints[1]);
    case.exclude = vec!["t.gone".to_owned(), "lost".to_owned()];
    let report = done(case.run().await);
    let note = report.findings.iter().find(|finding| finding.object == "t.gone").unwrap();
    assert_eq!(
        (note.severity, note.code.as_str(), note.count),
        (Severity::Note, "column-left-out", Some(1))
    );
    assert_eq!(case.value("select count(*) from t").await, "1");
}

#[tokio::test]
async fn a_column_of_a_table_that_sealift_makes_cannot_be_left() {
    let mut case = Case::new("create table t (a text, b text);", "select 1").await;
    case.into = sealift_engine::config::Into::Create;
    case.exclude = vec!["t.b".to_owned()];
    let error = case.run().await.unwrap_err();
    assert!(error.to_string().contains("--exclude t.b names a column"), "{error}");
}

#[tokio::test]
async fn d4_a_column_that_only_the_target_has_gets_its_default_or_a_given_value() {
    let mut case = Case::new(
        "create table t (id integer primary key); insert into t values (1), (2);",
        "create type role as enum ('member', 'admin');
         create table t (id int primary key, role role not null, made timestamptz not null default now(), n int);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("column-without-value", "t.role", None)]);
    let hint = findings[0].hint.as_deref().unwrap();
    assert!(hint.ends_with("--fill 't.role=VALUE'"), "{hint}");
    let rule = |column: &str, value: &str| FillRule {
        table: "t".to_owned(),
        column: column.to_owned(),
        value: value.to_owned(),
    };
    case.fills = vec![rule("role", "admin"), rule("n", "7")];
    case.arrives().await;
    let filled = "select string_agg(role || ' ' || n || ' ' || (made is not null), ',') from t";
    assert_eq!(case.value(filled).await, "admin 7 true,admin 7 true");
    case.fills = vec![rule("id", "1")];
    let error = case.run().await.unwrap_err();
    assert!(error.to_string().contains("--fill t.id matches no column"), "{error}");
}

#[tokio::test]
async fn d9_generated_columns_of_the_target_compute_themselves_and_are_compared() {
    let case = Case::new(
        "create table t (id integer primary key, n integer, twice integer generated always as (n * 2));
         insert into t (id, n) values (1, 4);",
        "create table t (id int primary key, n int, twice int generated always as (n * 2) stored);",
    )
    .await;
    case.arrives().await;
    assert_eq!(case.value("select twice from t").await, "8");
}

#[tokio::test]
async fn d13_every_cell_outside_of_the_targets_types_is_named_beforehand() {
    let case = Case::new(
        "create table t (id integer primary key, v text, i integer, b integer);
         insert into t values (1, 'abcdef', 1, 1), (2, 'abc', 3000000000, 0), (3, 'ü', 2, null);",
        "create table t (id int primary key, v varchar(5), i int4, b boolean not null);",
    )
    .await;
    assert_eq!(
        told(&case.refusal().await),
        [
            ("does-not-fit", "t.i", Some(1)),
            ("does-not-fit", "t.v", Some(1)),
            ("null-not-allowed", "t.b", Some(1))
        ]
    );
}

#[tokio::test]
async fn d15_a_target_that_was_never_initialised_says_what_to_do() {
    let case = Case::new("create table t (a text); insert into t values ('x');", "select 1").await;
    let error = case.run().await.unwrap_err();
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("start the application once with this server"), "{hint}");
}
