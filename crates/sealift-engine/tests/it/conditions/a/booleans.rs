//! A1 to A5: booleans, which SQLite does not have.

use super::super::{hint, series, type_of, whole, whole_with};
use sealift_core::convert::Reading;
use sealift_core::mapping::PgType;

#[tokio::test]
async fn a01_a_boolean_of_0_and_1_is_boolean_with_its_default_check_and_index() {
    let moved = whole(
        "create table t (id integer primary key, b boolean not null default 1 check (b in (0, 1)),
             c bool default 0, d boolean default 'f');
         create unique index i on t (c) where b = 0;
         insert into t values (1, 0, 1, 0), (2, 1, 0, 1);",
    )
    .await;
    assert_eq!(
        moved.columns("t").await[1..],
        ["b boolean not null default true", "c boolean default false", "d boolean default false"]
    );
    assert_eq!(moved.rows("select b, c, d from t order by id").await, ["f | t | f", "t | f | t"]);
    assert_eq!(moved.row("insert into t (id) values (7) returning b, c").await, "t | f");
    assert_eq!(moved.refusal("insert into t values (8, false, true, true)").await, "23505 i");
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn a02_every_spelling_of_a_boolean_is_read_by_its_cell_in_3000_rows() {
    let moved = whole(&format!(
        "create table t (id integer primary key, b boolean);
         {} insert into t select i, case i % 6 when 0 then 0 when 1 then 1 when 2 then 't'
             when 3 then 'f' when 4 then 'true' else 'FALSE' end from series;",
        series(3000)
    ))
    .await;
    assert_eq!(type_of(&moved, "b").await, "boolean");
    assert_eq!(
        moved.row("select count(*) filter (where b), count(*) filter (where not b) from t").await,
        "1500 | 1500"
    );
}

/// To SQLite the text 't' is no truth: a row with it does not stand in `where b`, to PostgreSQL it does.
#[tokio::test]
async fn a02_what_depends_on_the_truth_of_a_text_is_left_out_by_name() {
    let moved = whole(
        "create table t (id integer primary key, b boolean, k text);
         create unique index truth on t (k) where b;
         create unique index known on t (k) where b is not null;
         insert into t values (1, 't', 'a'), (2, 1, 'b'), (3, 'f', 'c'), (4, null, 'a');",
    )
    .await;
    assert_eq!(moved.findings(), ["warning index-not-carried unique index truth on t"]);
    assert_eq!(moved.refusal("insert into t values (5, true, 'c')").await, "23505 known");
}

#[tokio::test]
async fn a03_other_numbers_and_empty_texts_keep_a_column_from_being_boolean() {
    let script = "create table t (id integer primary key, b boolean, c boolean);
         insert into t values (1, 2, 1), (2, -1, ''), (3, 0, 0)";
    let moved = whole(script).await;
    assert_eq!(moved.rows("select b, c from t order by id").await, ["2 | 1", "-1 | ", "0 | 0"]);
    assert_eq!(moved.columns("t").await[1..], ["b bigint", "c text"]);
    assert_eq!(moved.findings(), ["warning type-changed t.b", "warning type-changed t.c"]);
    assert!(hint(&moved, "type-changed", "t.b").contains("using nonzero-true"));
    let decided = ("t", "b", PgType::Boolean, Reading::NonzeroTrue);
    let decided = whole_with(script, decided).await;
    assert_eq!(decided.rows("select b from t order by id").await, ["t", "t", "f"]);
}

#[tokio::test]
async fn a04_a_default_of_false_fits_whatever_the_column_becomes() {
    let moved = whole(
        "create table t (id integer primary key, a numeric default false, b integer default true,
             c text default false, d real default true, e numeric(1) not null default false);
         insert into t (id, a) values (1, 1);",
    )
    .await;
    let both = "select a::text in ('1', 't', 'true'), b::text in ('1', 't', 'true'), c, d from t where id = ";
    assert_eq!(moved.row(&format!("{both} 1")).await, "t | t | 0 | 1");
    moved.execute("insert into t (id) values (2)").await;
    assert_eq!(moved.row(&format!("{both} 2")).await, "f | t | 0 | 1");
    assert_eq!(moved.findings(), Vec::<String>::new());
}
