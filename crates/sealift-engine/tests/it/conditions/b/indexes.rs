//! B11 to B15: generated columns, and indexes that say more than their columns.

use super::super::{hint, whole};

#[tokio::test]
async fn b11_generated_columns_of_both_kinds_are_computed_on_postgresql_too() {
    let moved = whole(
        "create table t (id integer primary key, a int, stored int generated always as (a * 2) stored,
             virtual as (a + 1) virtual, short text as ('x' || a) unique, half as (a / 2), rest int as (a % 3));
         insert into t (a) values (5), (-5), (null); create index i on t (virtual);",
    )
    .await;
    assert_eq!(
        moved.rows("select stored, virtual, short, half, rest from t order by id").await,
        ["10 | 6 | x5 | 2 | 2", "-10 | -4 | x-5 | -2 | -2", "∅ | ∅ | ∅ | ∅ | ∅"]
    );
    assert_eq!(
        moved
            .row("insert into t (a) values (7) returning stored, virtual, short, half, rest")
            .await,
        "14 | 8 | x7 | 3 | 1"
    );
    assert_eq!(moved.refusal("insert into t (a) values (5)").await, "23505 t_short_key");
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn b11_what_postgresql_cannot_compute_arrives_with_its_values_and_is_named() {
    let moved = whole(
        "create table t (id integer primary key, a text, y as (date(a)), z as (coalesce(a, 0)));
         insert into t (a) values ('2024-01-02 03:04:05');",
    )
    .await;
    assert_eq!(moved.row("select y, z from t").await, "2024-01-02 | 2024-01-02 03:04:05");
    assert!(moved.findings().contains(&"warning generated-column-fixed t.y".to_owned()));
}

#[tokio::test]
async fn b12_a_partial_unique_index_holds_inside_its_condition_only() {
    let moved = whole(
        "create table t (id integer primary key, email text, deleted int default 0, flag boolean);
         create unique index plain on t (email) where deleted = 0;
         create unique index negated on t (email) where not deleted;
         create unique index truth on t (email) where flag;
         create index \"or\" on t (deleted) where deleted is 0 or email is not null;
         insert into t values (1, 'a', 0, 1), (2, 'a', 1, 0), (3, 'a', 1, null), (4, 'b', 0, 1);",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(
        moved.refusal("insert into t values (5, 'a', 0, false)").await.split(' ').next(),
        Some("23505")
    );
    assert_eq!(moved.refusal("insert into t values (6, 'a', 1, false)").await, "accepted");
    assert_eq!(moved.refusal("insert into t values (7, 'b', 1, true)").await, "23505 truth");
    assert_eq!(moved.indexes("t").await.len(), 4);
}

#[tokio::test]
async fn b13_indexes_on_expressions_are_made_and_cost_no_other_index() {
    let moved = whole(
        "create table t (id integer primary key, email text, a int);
         create unique index lowered on t (lower(email)); create index sum on t (a + 1, email desc);
         create index after on t (a); create index sub on t (substr(email, 1, 3));
         create index strange on t (json_patch(a, '{}'));
         insert into t values (1, null, 2), (2, 'A@b', 3);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t (email) values ('a@B')").await, "23505 lowered");
    assert_eq!(moved.indexes("t").await.len(), 4);
    assert_eq!(moved.findings(), ["warning index-not-carried index strange on t"]);
    assert_eq!(moved.constraints("t").await, ["t_pkey PRIMARY KEY (id)"]);
}

#[tokio::test]
async fn b14_descending_columns_stay_so_and_views_put_nulls_where_sqlite_does() {
    let moved = whole(
        "create table t (a int, b text, c int, primary key (a desc, b));
         create index i on t (b desc, c asc); create index j on t (c desc);
         insert into t values (1, 'x', null), (2, 'y', 1), (3, 'z', 2);
         create view up as select a from t order by c; create view down as select a from t order by c desc;",
    )
    .await;
    assert_eq!(
        moved.indexes("t").await,
        [
            "CREATE INDEX i ON public.t USING btree (b DESC, c)",
            "CREATE INDEX j ON public.t USING btree (c DESC)"
        ]
    );
    assert_eq!(moved.rows("select * from up").await, ["1", "2", "3"]);
    assert_eq!(moved.rows("select * from down").await, ["3", "2", "1"]);
}

#[tokio::test]
async fn b15_a_unique_column_without_case_takes_no_second_spelling_later() {
    let moved = whole(
        "create table t (id integer primary key, n text collate nocase unique, o text);
         create unique index u on t (o collate nocase);
         create table k (n text collate nocase primary key) without rowid;
         insert into t values (1, 'Bob', 'x'), (2, 'ÄB', 'y'), (3, 'äb', null); insert into k values ('Key');
         create view v as select id from t where n = 'BOB';",
    )
    .await;
    assert_eq!(moved.refusal("insert into t (n) values ('bOB')").await, "23505 t_n_nocase");
    assert_eq!(moved.refusal("insert into t (o) values ('X')").await, "23505 u");
    assert_eq!(moved.refusal("insert into k values ('kEY')").await, "23505 k_n_nocase");
    // ASCII letters only, as in SQLite.
    assert_eq!(moved.row("select count(*) from t where n in ('ÄB', 'äb')").await, "2");
    assert_eq!(moved.row("select id from v").await, "1");
    assert!(hint(&moved, "collation-by-index", "t.n").contains("lower()"));
}
