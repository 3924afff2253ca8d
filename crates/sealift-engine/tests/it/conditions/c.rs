//! Group c: loading. What needs broken networks, killed runs and large files is shown by the tests that
//! `COMPAT.md` names.

use super::{by_cells, hint, series, whole};
use crate::support::{assert_equal, options, run, tried_file};
use sealift_engine::config::{Into, MigrateOptions, Parts};
use sealift_testkit::{database, sqlite_file};

#[tokio::test]
async fn c01_one_bad_date_among_a_thousand_rows_costs_no_row() {
    let moved = whole(&format!(
        "create table t (id integer primary key, d date, n int not null);
         {} insert into t select i, '2024-01-02', i from series;
         update t set d = '2024-02-30' where id = 500;",
        series(1000)
    ))
    .await;
    assert_eq!(moved.row("select count(*) from t").await, "1000");
    assert_eq!(moved.row("select d from t where id = 500").await, "2024-02-30");
    let finding = moved.finding("type-changed");
    assert_eq!((finding.count, finding.keys.clone()), (Some(1), vec!["id=500".to_owned()]));
    assert_eq!(moved.report().rows, 1000);
}

#[tokio::test]
async fn c06_a_copy_without_its_write_ahead_log_is_told_of() {
    let file = sqlite_file("pragma journal_mode = wal; create table t (a int)");
    let connection = file.open();
    connection.execute_batch("insert into t values (1), (2), (3)").unwrap();
    // Copied while the application has it open, by a person who does not know of the log.
    let copy = sqlite_file("create table unused (a int)");
    std::fs::copy(file.path(), copy.path()).unwrap();
    let tried = tried_file(copy, by_cells).await;
    assert_equal(tried.report());
    assert!(hint(&tried, "write-ahead-log-absent", "the SQLite file").contains(".backup"));
    // With the log beside it everything arrives, and nothing is said.
    let database = database().await;
    let report = run(by_cells(options(file.path(), &database))).await.unwrap();
    assert_equal(&report);
    assert_eq!(database.query_value("select count(*) from t").await.as_deref(), Some("3"));
    assert!(report.findings.iter().all(|finding| finding.code != "write-ahead-log-absent"));
    drop(connection);
}

#[tokio::test]
async fn c12_children_that_sort_before_their_parents_load_with_the_keys_on() {
    let moved = whole(&format!(
        "create table a_child (id integer primary key, p int not null references z_parent (id));
         create table b_child (a int references a_child (id) on delete cascade);
         create table z_parent (id integer primary key);
         {} insert into z_parent select i from series; insert into a_child select id, id from z_parent;
         insert into b_child select id from a_child;",
        series(3000)
    ))
    .await;
    assert_eq!(moved.row("select count(*) from b_child").await, "3000");
    let valid = "select count(*) from pg_constraint where contype = 'f' and convalidated";
    assert_eq!(moved.row(valid).await, "2");
    assert_eq!(
        moved.refusal("insert into a_child values (9000, 9000)").await,
        "23503 a_child_p_fkey"
    );
}

#[tokio::test]
async fn c15_every_sequence_goes_on_after_rows_that_were_loaded_alone() {
    let script =
        "create table one (id integer primary key, v text); insert into one values (7, 'a');
         create table \"Two\" (\"Id\" integer primary key autoincrement, v text);
         insert into \"Two\" values (3, 'a'), (900, 'b'); delete from \"Two\" where \"Id\" = 900;";
    let file = sqlite_file(script);
    let database = database().await;
    let schema = MigrateOptions { parts: Parts::SchemaOnly, ..options(file.path(), &database) };
    run(schema).await.unwrap();
    let rows = MigrateOptions {
        parts: Parts::DataOnly,
        into: Into::Existing,
        ..options(file.path(), &database)
    };
    run(rows).await.unwrap();
    let next = [
        ("insert into one (v) values ('n') returning id", "8"),
        ("insert into \"Two\" (v) values ('n') returning \"Id\"", "901"),
    ];
    for (insert, id) in next {
        assert_eq!(database.query_value(insert).await.as_deref(), Some(id));
    }
}

/// What `.dump` piped into psql trips over: pragmas, backticks, `replace(…, char(10))`, `unistr()`.
#[tokio::test]
async fn c21_what_a_dump_cannot_say_to_psql_arrives() {
    let moved = whole(
        "pragma foreign_keys = off; pragma user_version = 7;
         create table `t` (`id` integer primary key autoincrement, [s] text default 'a''b', b blob);
         insert into t (s, b) values ('line' || char(10) || 'next' || char(13, 9, 27) || '\\', x'00ff');
         create table \"x'y\" (\"a\"\"b\" text); insert into \"x'y\" values ('it''s \"quoted\"');",
    )
    .await;
    assert_eq!(moved.row("select s, b from t").await, "line\nnext\r\t\u{1b}\\ | \\x00ff");
    assert_eq!(moved.row("select \"a\"\"b\" from \"x'y\"").await, "it's \"quoted\"");
}
