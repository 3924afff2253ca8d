//! B8 to B10, B16, B49 and B50: keys, rows without one, and PostgreSQL's bounds.

use super::super::{by_cells, hint, series, whole};
use crate::support::{assert_equal, refused, tried_file};
use sealift_testkit::{TempSqlite, sqlite_file};

#[tokio::test]
async fn b08_nulls_in_a_primary_key_make_it_a_unique_constraint_that_still_holds() {
    let moved = whole(
        "create table t (k text primary key, v int); insert into t values (null, 1), (null, 2), ('a', 3);
         create table pair (a text, b int, primary key (a, b)); insert into pair values ('x', null), ('x', 1);
         create table c (k text references t (k)); insert into c values ('a'), (null);",
    )
    .await;
    assert_eq!(moved.constraints("t").await, ["t_key UNIQUE (k)"]);
    assert_eq!(moved.refusal("insert into t values ('a', 4)").await, "23505 t_key");
    assert_eq!(moved.refusal("insert into pair values ('x', 1)").await, "23505 pair_key");
    assert_eq!(moved.refusal("insert into c values ('b')").await, "23503 c_k_fkey");
    assert_eq!(
        moved.findings(),
        ["warning primary-key-has-nulls table pair", "warning primary-key-has-nulls table t"]
    );
    assert!(hint(&moved, "primary-key-has-nulls", "table t").contains("give those rows a key"));
}

#[tokio::test]
async fn b08_integer_primary_key_desc_is_no_rowid_and_may_hold_nulls() {
    let moved = whole(
        "create table t (id integer primary key desc, v int); insert into t values (null, 1), (2, 2);",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["id bigint", "v bigint"]);
    assert_eq!(moved.rows("select id from t order by v").await, ["∅", "2"]);
    assert_eq!(moved.finding("primary-key-has-nulls").count, Some(1));
}

#[tokio::test]
async fn b09_a_key_in_another_order_than_its_columns_keeps_it_and_its_not_nulls() {
    let moved = whole(&format!(
        "create table t (a int, b text, c text, primary key (b desc, a)) without rowid;
         {} insert into t select i % 7, 'k' || i, 'x' from series;
         create table r (x text, y int, foreign key (x, y) references t);
         insert into r values ('k8', 1);",
        series(3000)
    ))
    .await;
    assert_eq!(moved.columns("t").await, ["a bigint not null", "b text not null", "c text"]);
    assert_eq!(moved.constraints("t").await, ["t_pkey PRIMARY KEY (b, a)"]);
    assert_eq!(moved.refusal("insert into r values ('k8', 2)").await, "23503 r_x_y_fkey");
}

#[tokio::test]
async fn b10_equal_rows_without_a_key_all_arrive_after_a_vacuum() {
    let moved = whole(&format!(
        "create table t (a int, b text); {} insert into t select i % 3, 'same' from series;
         delete from t where rowid < 100; vacuum;
         create table n (a int); insert into n values (null), (null);",
        series(3000)
    ))
    .await;
    let counts = moved.rows("select a, count(*) from t group by a order by a").await;
    assert_eq!(counts, ["0 | 967", "1 | 967", "2 | 967"]);
    assert_eq!(moved.row("select count(*) from n").await, "2");
}

#[tokio::test]
async fn b16_names_that_differ_in_case_stay_two() {
    let moved = whole(
        "create table t (id integer primary key, name text unique); insert into t values (1, 'Name'), (2, 'name');",
    )
    .await;
    assert_eq!(moved.rows("select name from t order by id").await, ["Name", "name"]);
    assert_eq!(moved.refusal("insert into t values (3, 'NAME')").await, "accepted");
    assert_eq!(moved.refusal("insert into t values (4, 'Name')").await, "23505 t_name_key");
}

/// A text that does not compress, so that it is as long in an index.
fn dense(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                [usize::try_from(state >> 58).unwrap()],
        )
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn b49_a_text_too_long_for_an_index_is_named_before_the_copy() {
    let long = dense(9000);
    let refused = refused(&format!(
        "create table t (id integer primary key, u text unique); insert into t values (1, 'a'), (7, '{long}')"
    ))
    .await;
    assert_eq!(refused.findings(), ["error index-entry-too-long key t_u_key on t"]);
    assert_eq!(refused.finding("index-entry-too-long").keys, ["id=7"]);
    let moved = whole(&format!(
        "create table t (id integer primary key, i text); create index i on t (i);
         insert into t values (1, 'a'), (7, '{long}')"
    ))
    .await;
    assert_eq!(moved.row("select length(i) from t where id = 7").await, "9000");
    assert_eq!(moved.findings(), ["warning index-not-carried index i on t"]);
}

#[tokio::test]
async fn b49_a_long_text_that_compresses_stays_unique() {
    let moved = whole(
        "create table t (id integer primary key, u text unique);
         insert into t values (1, hex(zeroblob(20000))), (2, 'a')",
    )
    .await;
    assert_eq!(
        moved.refusal("insert into t values (3, repeat('0', 40000))").await,
        "23505 t_u_key"
    );
}

fn wide(columns: usize) -> TempSqlite {
    let names: Vec<String> = (0..columns).map(|at| format!("c{at} text")).collect();
    sqlite_file(&format!("create table t (id integer primary key, {})", names.join(", ")))
}

#[tokio::test]
async fn b50_more_columns_than_a_table_has_and_rows_wider_than_a_page_are_refused_with_words() {
    let tried = tried_file(wide(1600), by_cells).await;
    assert_eq!(tried.findings(), ["error too-many-columns table t"]);
    assert_eq!(tried.relations().await, Vec::<String>::new());

    let file = wide(1200);
    let cells: Vec<String> = (0..1200).map(|at| format!("'cell {at:05}'")).collect();
    let insert =
        format!("insert into t values (7, {}); insert into t (id) values (8)", cells.join(", "));
    file.open().execute_batch(&insert).unwrap();
    let tried = tried_file(file, by_cells).await;
    assert_eq!(tried.findings(), ["error row-too-wide table t"]);
    assert_eq!(tried.finding("row-too-wide").keys, ["id=7"]);
    assert_eq!(tried.relations().await, Vec::<String>::new());
}

#[tokio::test]
async fn b50_sixteen_hundred_columns_arrive_and_are_compared_cell_by_cell() {
    let file = wide(1599);
    let cells: Vec<String> = (0..1599).map(|at| format!("'{}'", at % 10)).collect();
    let insert = format!(
        "insert into t values (7, {}); update t set c1500 = hex(zeroblob(1000000)), c2 = char(233)",
        cells.join(", ")
    );
    file.open().execute_batch(&insert).unwrap();
    let moved = tried_file(file, by_cells).await;
    assert_equal(moved.report());
    assert_eq!(
        moved.row("select c0, c2, length(c1500), c1598 from t").await,
        "0 | é | 2000000 | 8"
    );
}
