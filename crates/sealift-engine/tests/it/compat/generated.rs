//! Generated columns.

use crate::support::{moved, refused_with, tried_file};
use sealift_engine::config::{MigrateOptions, PlanOptions};

#[tokio::test]
async fn stored_and_virtual_columns_are_generated_on_postgresql_too() {
    let moved = moved(
        "create table t (a int, b int generated always as (a * 2) stored, c int as (a + 1) virtual);
         insert into t (a) values (3), (null);",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        ["a bigint", "b bigint generated (a * 2)", "c bigint generated (a + 1)"]
    );
    moved.execute("insert into t (a) values (10)").await;
    assert_eq!(
        moved.rows("select a, b, c from t order by a").await,
        ["3 | 6 | 4", "10 | 20 | 11", "∅ | ∅ | ∅"]
    );
    assert_eq!(moved.refusal("insert into t (a, b) values (1, 1)").await, "428C9");
}

#[tokio::test]
async fn a_generated_column_of_another_leaves_the_values() {
    let moved = moved(
        "create table t (a int, b int as (a * 2) stored, c int as (b + 1)); insert into t (a) values (3);",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a bigint", "b bigint generated (a * 2)", "c bigint"]);
    assert_eq!(moved.row("select * from t").await, "3 | 6 | 7");
    assert_eq!(moved.findings(), ["warning generated-column-fixed t.c"]);
}

#[tokio::test]
async fn a_generated_column_may_be_a_key_and_not_null() {
    let moved = moved(
        "create table t (a text, b text as (lower(a)) stored not null unique); insert into t (a) values ('X');",
    )
    .await;
    assert_eq!(moved.refusal("insert into t (a) values ('x')").await, "23505 t_b_key");
}

#[tokio::test]
async fn an_expression_that_cannot_be_translated_leaves_the_values() {
    let moved = moved(
        "create table t (a text, b text as (printf('%08.3e', a)) stored); insert into t (a) values ('2.5');",
    )
    .await;
    assert_eq!(moved.row("select a, b from t").await, "2.5 | 2.500e+00");
    assert_eq!(moved.findings(), ["warning generated-column-fixed t.b"]);
    assert_eq!(moved.columns("t").await, ["a text", "b text"]);
}

#[tokio::test]
async fn a_column_that_only_the_application_can_compute_is_refused() {
    let make = || {
        let file = sealift_testkit::sqlite_file("");
        let connection = file.open();
        connection
            .create_scalar_function(
                "title_sort",
                1,
                rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC,
                |call| call.get::<String>(0),
            )
            .unwrap();
        connection
            .execute_batch(
                "create table books (title text, sort text as (title_sort(title)) virtual);
                 create table other (a int); insert into books (title) values ('The X');",
            )
            .unwrap();
        drop(connection);
        file
    };
    let refused = tried_file(make(), |options| options).await;
    assert_eq!(refused.report().status, sealift_engine::report::Status::Refused);
    assert!(refused.findings().contains(&"error column-unreadable books.sort".to_owned()));
    assert_eq!(refused.relations().await, Vec::<String>::new());
    let without = |options: MigrateOptions| MigrateOptions {
        plan_options: PlanOptions { exclude: vec!["books".to_owned()], ..PlanOptions::default() },
        ..options
    };
    let other = tried_file(make(), without).await;
    crate::support::assert_equal(other.report());
    assert_eq!(other.relations().await, ["public.other"]);
}

#[tokio::test]
async fn a_cast_of_a_generated_column_is_checked_like_any_other() {
    let refused = refused_with(
        "create table t (a int, b text as (a || 'x') stored); insert into t (a) values (1)",
        super::types::cast(
            "b",
            sealift_core::mapping::PgType::BigInt,
            sealift_core::convert::Reading::Plain,
        ),
    )
    .await;
    assert_eq!(refused.finding("cast-does-not-fit").object, "t.b");
}
