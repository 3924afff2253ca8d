//! Primary keys, rowids, AUTOINCREMENT and unique constraints.

use crate::support::{moved, refused};

const NEXT: &str = "insert into t (v) values ('new') returning id";

#[tokio::test]
async fn an_integer_primary_key_is_an_identity_that_goes_on_after_the_largest() {
    let moved = moved(
        "create table t (id integer primary key, v text);
         insert into t values (3, 'a'), (41, 'b');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["id bigint not null identity", "v text"]);
    assert_eq!(moved.row(NEXT).await, "42");
    assert_eq!(moved.refusal("insert into t values (3, 'x')").await, "23505 t_pkey");
    assert_eq!(moved.refusal("insert into t values (77, 'chosen')").await, "accepted");
}

#[tokio::test]
async fn autoincrement_never_gives_a_deleted_id_again() {
    let moved = moved(
        "create table t (id integer primary key autoincrement, v text);
         insert into t values (1, 'a'), (900, 'b'); delete from t where id = 900;",
    )
    .await;
    assert_eq!(moved.row(NEXT).await, "901");
}

#[tokio::test]
async fn an_emptied_autoincrement_table_goes_on_where_it_was() {
    let moved = moved(
        "create table t (id integer primary key autoincrement, v text);
         insert into t values (7, 'a'); delete from t;",
    )
    .await;
    assert_eq!(moved.row(NEXT).await, "8");
}

#[tokio::test]
async fn an_autoincrement_table_never_written_to_begins_at_one() {
    let moved = moved("create table t (id integer primary key autoincrement, v text)").await;
    assert_eq!(moved.row(NEXT).await, "1");
}

#[tokio::test]
async fn negative_ids_do_not_hold_the_sequence_back() {
    let moved =
        moved("create table t (id integer primary key, v text); insert into t values (-5, 'a');")
            .await;
    assert_eq!(moved.row(NEXT).await, "1");
}

#[tokio::test]
async fn the_largest_id_there_is_leaves_no_next_one_as_in_sqlite() {
    let moved = moved(
        "create table t (id integer primary key autoincrement, v text);
         insert into t values (9223372036854775807, 'a');",
    )
    .await;
    assert_eq!(moved.refusal("insert into t (v) values ('x')").await, "23505 t_pkey");
    assert_eq!(moved.row("select count(*) from t").await, "1");
}

#[tokio::test]
async fn integer_primary_key_desc_is_an_ordinary_key() {
    let moved = moved(
        "create table t (id integer primary key desc, v text); insert into t values (5, 'a');",
    )
    .await;
    assert_eq!(moved.columns("t").await, ["id bigint not null", "v text"]);
    assert_eq!(moved.refusal("insert into t values (5, 'b')").await, "23505 t_pkey");
}

#[tokio::test]
async fn an_int_primary_key_is_no_identity() {
    let moved =
        moved("create table t (id int primary key, v text); insert into t values (5, 'a')").await;
    assert_eq!(moved.columns("t").await, ["id bigint not null", "v text"]);
}

#[tokio::test]
async fn a_composite_key_keeps_its_order() {
    let moved = moved(
        "create table t (a int, b int, c int, primary key (c, a)) without rowid;
         insert into t values (1, 2, 3);",
    )
    .await;
    assert_eq!(moved.constraints("t").await, ["t_pkey PRIMARY KEY (c, a)"]);
}

#[tokio::test]
async fn nulls_in_a_primary_key_make_it_a_unique_constraint() {
    let moved = moved(
        "create table t (k text primary key, v int); insert into t values (null, 1), (null, 2), ('a', 3);",
    )
    .await;
    assert_eq!(moved.constraints("t").await, ["t_key UNIQUE (k)"]);
    assert_eq!(moved.finding("primary-key-has-nulls").count, Some(2));
    assert_eq!(moved.finding("primary-key-has-nulls").keys, ["rowid=1", "rowid=2"]);
    assert_eq!(moved.refusal("insert into t values ('a', 4)").await, "23505 t_key");
    assert_eq!(moved.refusal("insert into t values (null, 4)").await, "accepted");
}

#[tokio::test]
async fn constraint_names_are_kept() {
    let moved = moved(
        "create table t (a int, b int, constraint \"The Key\" primary key (a),
             constraint \"Only b\" unique (b));",
    )
    .await;
    assert_eq!(moved.constraints("t").await, ["Only b UNIQUE (b)", "The Key PRIMARY KEY (a)"]);
}

#[tokio::test]
async fn unique_constraints_hold_and_let_nulls_in() {
    let moved = moved(
        "create table t (a int unique, b int, c int, unique (c, b));
         insert into t values (null, 1, 1), (null, 2, 1), (1, null, 1), (2, null, 1);",
    )
    .await;
    assert_eq!(moved.constraints("t").await, ["t_a_key UNIQUE (a)", "t_c_b_key UNIQUE (c, b)"]);
    assert_eq!(moved.refusal("insert into t values (9, 2, 1)").await, "23505 t_c_b_key");
    assert_eq!(moved.refusal("insert into t values (null, null, 1)").await, "accepted");
}

#[tokio::test]
async fn a_key_under_nocase_takes_each_value_once_in_any_case() {
    let moved = moved(
        "create table t (name text collate nocase unique); insert into t values ('Bob'), ('ÄB');",
    )
    .await;
    assert_eq!(
        moved.indexes("t").await,
        ["CREATE UNIQUE INDEX t_name_nocase ON public.t USING btree (lower((name COLLATE \"C\")))"]
    );
    assert_eq!(moved.refusal("insert into t values ('bOB')").await, "23505 t_name_nocase");
    // NOCASE folds ASCII letters only, so these two are different in SQLite.
    assert_eq!(moved.refusal("insert into t values ('äb')").await, "accepted");
    assert_eq!(moved.findings(), ["warning collation-by-index t.name"]);
}

#[tokio::test]
async fn a_key_under_rtrim_takes_each_value_once_whatever_spaces_follow() {
    let moved =
        moved("create table t (name text collate rtrim primary key); insert into t values ('a ')")
            .await;
    assert_eq!(moved.row("select '[' || name || ']' from t").await, "[a ]");
    assert!(moved.refusal("insert into t values ('a')").await.starts_with("23505"));
    assert_eq!(moved.refusal("insert into t values (' a')").await, "accepted");
}

#[tokio::test]
async fn a_number_and_the_same_text_in_one_key_are_refused() {
    let refused = refused(
        "create table t (id integer primary key, k unique);
         insert into t values (1, 7), (2, '7'), (3, 8), (4, x'38');",
    )
    .await;
    assert_eq!(refused.findings(), ["error keys-merge t(k)", "warning type-changed t.k"]);
    let finding = refused.finding("keys-merge");
    assert_eq!(
        (finding.count, finding.keys.as_slice()),
        (Some(2), ["id=2".to_owned(), "id=4".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn two_spellings_of_one_moment_in_one_key_are_refused() {
    let refused = refused(
        "create table t (at datetime, n int, primary key (at, n));
         insert into t values ('2024-01-02 03:04:05', 1), ('2024-01-02T03:04:05.000', 1),
             ('2024-01-02 03:04:05', 2);",
    )
    .await;
    assert_eq!(refused.findings(), ["error keys-merge t(at, n)"]);
}

#[tokio::test]
async fn two_spellings_of_one_uuid_in_one_key_are_refused() {
    let refused = refused(
        "create table t (id uuid primary key);
         insert into t values ('550e8400-e29b-41d4-a716-446655440000'),
             ('550E8400E29B41D4A716446655440000');",
    )
    .await;
    assert_eq!(refused.findings(), ["error keys-merge t(id)"]);
}

#[tokio::test]
async fn merging_values_outside_a_partial_index_do_not_matter() {
    let moved = moved(
        "create table t (k, gone int); create unique index i on t (k) where gone = 0;
         insert into t values (7, 0), ('7', 1);",
    )
    .await;
    assert_eq!(moved.findings(), ["warning type-changed t.k"]);
    assert_eq!(moved.refusal("insert into t values ('7', 0)").await, "23505 i");
}

#[tokio::test]
async fn conflict_clauses_of_keys_are_left_behind_with_a_warning() {
    let moved = moved(
        "create table t (a int primary key on conflict replace, b int unique on conflict ignore);
         insert into t values (1, 1);",
    )
    .await;
    assert_eq!(moved.findings(), ["warning conflict-clause-not-carried table t"]);
    assert_eq!(moved.refusal("insert into t values (1, 2)").await, "23505 t_pkey");
}
