//! Kinds of tables, and what is no table of the application's.

use crate::support::{moved, moved_with, refused};
use sealift_engine::config::{Into, MigrateOptions, Parts, PlanOptions};

#[tokio::test]
async fn a_table_without_a_key_keeps_its_equal_rows() {
    let moved = moved(
        "create table t (a int, b text);
         insert into t values (1, 'x'), (1, 'x'), (null, null);",
    )
    .await;
    assert_eq!(moved.rows("select a, b from t order by a").await, ["1 | x", "1 | x", "∅ | ∅"]);
    assert_eq!(moved.constraints("t").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_table_without_rowid_keeps_its_key_and_its_rows() {
    let moved = moved(
        "create table t (k text, v blob, primary key (k)) without rowid;
         insert into t values ('b', x'00ff'), ('a', null);",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["k text not null", "v bytea"]);
    assert_eq!(moved.constraints("t").await, ["t_pkey PRIMARY KEY (k)"]);
    assert_eq!(moved.rows("select k, v from t order by k").await, ["a | ∅", "b | \\x00ff"]);
}

#[tokio::test]
async fn a_strict_table_keeps_its_types() {
    let moved = moved(
        "create table t (id integer primary key, a int not null, b real, c text, d blob) strict;
         insert into t values (1, 2, 3.5, 'x', x'ff');",
    )
    .await;
    assert_eq!(
        moved.columns("t").await,
        [
            "id bigint not null identity",
            "a bigint not null",
            "b double precision",
            "c text",
            "d bytea"
        ]
    );
    assert_eq!(moved.row("select * from t").await, "1 | 2 | 3.5 | x | \\xff");
}

#[tokio::test]
async fn an_any_column_of_a_strict_table_gets_the_type_its_cells_share() {
    let moved = moved(
        "create table t (whole any, mixed any, bytes any) strict;
         insert into t values (1, 2, 'x'), (2, 'x', x'ff');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["whole bigint", "mixed text", "bytes bytea"]);
    assert_eq!(moved.rows("select * from t order by 1").await, ["1 | 2 | \\x78", "2 | x | \\xff"]);
    assert_eq!(moved.findings(), ["warning type-changed t.bytes", "warning type-changed t.mixed"]);
}

#[tokio::test]
async fn an_empty_table_arrives_with_all_its_rules() {
    let moved = moved("create table t (a int primary key, b text not null unique)").await;
    assert_eq!(moved.columns("t").await, ["a bigint not null", "b text not null"]);
    assert_eq!(moved.refusal("insert into t values (1, null)").await, "23502");
}

#[tokio::test]
async fn a_table_made_from_a_query_arrives_as_it_is() {
    let moved = moved(
        "create table s (a int, b text); insert into s values (1, 'x');
         create table t as select a, b || 'y' as by, count(*) from s group by 1, 2;",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["a bigint", "by text", "count(*) bigint"]);
    assert_eq!(moved.row("select * from t").await, "1 | xy | 1");
}

#[tokio::test]
async fn tables_of_sqlite_and_of_tools_are_left_out() {
    let moved = moved(
        "create table t (id integer primary key autoincrement, a int); create index i on t (a);
         insert into t values (1, 2); analyze;
         create table _litestream_seq (id integer primary key, seq integer);
         create table _litestream_lock (id integer);",
    )
    .await;
    assert_eq!(moved.relations().await, ["public.t", "public.t_id_seq"]);
}

#[tokio::test]
async fn a_table_whose_name_only_begins_like_sqlites_own_is_carried() {
    let moved = moved("create table sqliteusers (a int); insert into sqliteusers values (1)").await;
    assert_eq!(moved.row("select a from sqliteusers").await, "1");
}

#[tokio::test]
async fn sixteen_hundred_columns_arrive() {
    let columns: Vec<String> = (1..=1600).map(|number| format!("c{number} int")).collect();
    let moved =
        moved(&format!("create table t ({}); insert into t (c1600) values (7)", columns.join(",")))
            .await;
    assert_eq!(moved.row("select c1600 from t").await, "7");
}

#[tokio::test]
async fn more_than_sixteen_hundred_columns_are_refused_before_anything_is_written() {
    let columns: Vec<String> = (1..=1601).map(|number| format!("c{number} int")).collect();
    let refused = refused(&format!("create table wide ({})", columns.join(","))).await;
    assert_eq!(refused.findings(), ["error too-many-columns table wide"]);
}

#[tokio::test]
async fn a_row_wider_than_a_page_is_refused_with_its_key() {
    let columns: Vec<String> = (1..=1200).map(|number| format!("c{number} text")).collect();
    let (short, long) = (vec!["'1'"; 1200].join(","), vec!["'0123456789'"; 1200].join(","));
    let refused = refused(&format!(
        "create table wide (id integer primary key, {});
         insert into wide values (1, {short}), (2, {long}), (3, {short})",
        columns.join(",")
    ))
    .await;
    let finding = refused.finding("row-too-wide");
    assert_eq!((finding.count, &finding.keys[..]), (Some(1), &["id=2".to_owned()][..]));
}

#[tokio::test]
async fn a_wide_row_whose_long_cells_can_be_moved_out_arrives() {
    let columns: Vec<String> = (1..=400).map(|number| format!("c{number} text")).collect();
    let cells = vec!["hex(randomblob(100))"; 400].join(",");
    let moved = moved(&format!(
        "create table wide (id integer primary key, {}); insert into wide values (1, {cells})",
        columns.join(",")
    ))
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn tables_can_be_chosen_and_left() {
    let choose = |options: MigrateOptions| MigrateOptions {
        plan_options: PlanOptions {
            include: vec!["a*".to_owned()],
            exclude: vec!["*_log".to_owned()],
            ..PlanOptions::default()
        },
        ..options
    };
    let moved = moved_with(
        "create table a1 (x int); create table a_log (x int); create table b (x int);",
        choose,
    )
    .await;
    assert_eq!(moved.relations().await, ["public.a1"]);
}

#[tokio::test]
async fn another_schema_takes_everything() {
    let elsewhere = |options: MigrateOptions| MigrateOptions {
        plan_options: PlanOptions { schema: "App Data".to_owned(), ..PlanOptions::default() },
        ..options
    };
    let moved = moved_with(
        "create table p (id integer primary key); create table c (p references p);
         create view v as select p from c; insert into p values (1); insert into c values (1);",
        elsewhere,
    )
    .await;
    assert_eq!(
        moved.relations().await,
        ["App Data.c", "App Data.p", "App Data.p_id_seq", "App Data.v"]
    );
    assert_eq!(moved.row("select p from \"App Data\".v").await, "1");
}

#[tokio::test]
async fn a_table_that_is_there_already_is_an_error_and_stays_as_it_is() {
    let first = moved("create table t (a int); insert into t values (1)").await;
    let again = crate::support::options(first.file.path(), &first.database);
    let error = crate::support::run(again.clone()).await.unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("--into recreate")), "{error:?}");
    assert_eq!(first.row("select a from t").await, "1");
    let recreated = MigrateOptions { into: Into::Recreate, ..again };
    crate::support::assert_equal(&crate::support::run(recreated).await.unwrap());
}

#[tokio::test]
async fn the_schema_can_be_made_without_rows() {
    let only = |options| MigrateOptions { parts: Parts::SchemaOnly, ..options };
    let tried =
        crate::support::tried_with("create table t (a int); insert into t values (1)", only).await;
    assert_eq!(tried.findings(), Vec::<String>::new());
    assert_eq!(tried.row("select count(*) from t").await, "0");
}
