//! Names.

use crate::support::moved;

#[tokio::test]
async fn names_keep_their_case() {
    let moved = moved(
        "create table \"UserAccount\" (\"userId\" integer primary key, \"FirstName\" text);
         create index \"IX_Name\" on UserAccount (firstname);
         insert into useraccount (FIRSTNAME) values ('x');",
    )
    .await;
    assert_eq!(
        moved
            .row("insert into \"UserAccount\" (\"FirstName\") values ('y') returning \"userId\"")
            .await,
        "2"
    );
    assert_eq!(moved.indexes("UserAccount").await.len(), 1);
}

#[tokio::test]
async fn reserved_words_are_names_like_others() {
    let moved = moved(
        "create table \"order\" (\"group\" int, \"user\" text, \"select\" int primary key, \"table\" int check (\"table\" > 0));
         create index \"where\" on \"order\" (\"group\"); create view \"from\" as select \"user\" from \"order\";
         insert into \"order\" values (1, 'u', 2, 3);",
    )
    .await;
    assert_eq!(moved.row("select * from \"order\"").await, "1 | u | 2 | 3");
    assert_eq!(moved.row("select * from \"from\"").await, "u");
}

#[tokio::test]
async fn spaces_quotes_dots_digits_and_other_letters_stay_in_names() {
    let moved = moved(
        "create table \"a b.c\"\"d'e\" (\"1st\" int, \"100%\" int, \"x-y\" int, \"名前\" int, \"😀\" int, [b r] int, `t``k` int, \"back\\slash\" int);
         insert into \"a b.c\"\"d'e\" values (1, 2, 3, 4, 5, 6, 7, 8);",
    )
    .await;
    assert_eq!(
        moved
            .row(
                "select \"1st\", \"100%\", \"x-y\", \"名前\", \"😀\", \"b r\", \"t`k\", \"back\\slash\" from \"a b.c\"\"d'e\""
            )
            .await,
        "1 | 2 | 3 | 4 | 5 | 6 | 7 | 8"
    );
}

#[tokio::test]
async fn empty_names_get_one() {
    let moved = moved("create table \"\" (\"\" int, a int); insert into \"\" values (1, 2)").await;
    assert_eq!(moved.row("select \"_\", a from \"_\"").await, "1 | 2");
    assert_eq!(moved.findings(), ["warning renamed .", "warning renamed table "]);
}

#[tokio::test]
async fn names_over_63_bytes_are_shortened_without_meeting() {
    let long = "é".repeat(40);
    let moved = moved(&format!(
        "create table \"{long}1\" (\"{long}a\" int, \"{long}b\" int); create table \"{long}2\" (x int);
         create index \"{long}i\" on \"{long}1\" (\"{long}a\"); create index \"{long}j\" on \"{long}1\" (\"{long}b\");
         insert into \"{long}1\" values (1, 2); insert into \"{long}2\" values (3);"
    ))
    .await;
    let relations = moved.relations().await;
    assert_eq!(relations.len(), 2);
    assert!(relations.iter().all(|name| name.len() <= "public.".len() + 63), "{relations:?}");
    let renamed: Vec<_> =
        moved.findings().into_iter().filter(|it| it.starts_with("warning renamed")).collect();
    assert_eq!(renamed.len(), 4, "{renamed:?}");
    let table = moved.report().tables[0].target.clone();
    assert_eq!(moved.indexes(&table).await.len(), 2);
    assert_eq!(moved.row(&format!("select * from \"{table}\"")).await, "1 | 2");
}

#[tokio::test]
async fn columns_named_like_postgresqls_own_get_an_underscore() {
    let moved = moved(
        "create table t (xmin real, ctid int, xmax real, tableoid int, oid int, xmin_ int);
         create index i on t (xmin, xmax); insert into t values (1, 2, 3, 4, 5, 6);",
    )
    .await;
    let columns: Vec<String> = moved.columns("t").await;
    assert_eq!(columns.len(), 6);
    assert_eq!(moved.row("select * from t").await, "1 | 2 | 3 | 4 | 5 | 6");
    assert_eq!(moved.row("select ctid_, xmax_, tableoid_, oid from t").await, "2 | 3 | 4 | 5");
    assert!(moved.findings().iter().all(|it| it.starts_with("warning renamed t.")));
}

#[tokio::test]
async fn a_table_named_like_a_key_keeps_its_name() {
    let moved = moved(
        "create table users (id integer primary key, a int unique); create table users_pkey (x int);
         create table users_a_key (x int); create table users_id_seq (x int);
         insert into users values (1, 1); insert into users_pkey values (2); insert into users_id_seq values (3);",
    )
    .await;
    assert_eq!(moved.row("select x from users_pkey").await, "2");
    assert_eq!(moved.row("select x from users_id_seq").await, "3");
    assert_eq!(moved.row("insert into users (a) values (5) returning id").await, "2");
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn an_index_named_like_a_table_moves() {
    let moved = moved(
        "create table t (a int); create table t_a_idx (b int); create table u (a int unique);
         create index u_a_key on u (a);",
    )
    .await;
    assert_eq!(moved.relations().await, ["public.t", "public.t_a_idx", "public.u"]);
    assert_eq!(moved.indexes("u").await.len(), 1);
}

#[tokio::test]
async fn letters_that_only_differ_in_case_beyond_ascii_stay_apart() {
    let moved = moved(
        "create table \"É\" (\"À\" int, \"à\" int); create table \"é\" (a int);
         insert into \"É\" values (1, 2); insert into \"é\" values (3);",
    )
    .await;
    assert_eq!(moved.row("select \"À\", \"à\" from \"É\"").await, "1 | 2");
    assert_eq!(moved.row("select a from \"é\"").await, "3");
}

#[tokio::test]
async fn a_column_called_rowid_is_only_a_column() {
    let moved = moved(
        "create table t (rowid text, oid int, _rowid_ int); insert into t values ('a', 1, 2), ('b', 3, 4);",
    )
    .await;
    assert_eq!(moved.rows("select * from t order by rowid").await, ["a | 1 | 2", "b | 3 | 4"]);
}

#[tokio::test]
async fn constraint_names_that_repeat_get_apart() {
    let moved = moved(
        "create table a (x int constraint rule check (x > 0), y int constraint rule unique);
         create table b (x int constraint rule unique); insert into a values (1, 1);",
    )
    .await;
    assert_eq!(moved.constraints("a").await.len(), 2);
    assert_eq!(moved.constraints("b").await.len(), 1);
    assert_eq!(moved.refusal("insert into a values (0, 2)").await.split(' ').next(), Some("23514"));
    assert_eq!(moved.refusal("insert into a values (2, 1)").await.split(' ').next(), Some("23505"));
}
