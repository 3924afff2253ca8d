//! Indexes.

use crate::support::{moved, refused};

#[tokio::test]
async fn indexes_keep_their_names_columns_and_directions() {
    let moved = moved(
        "create table t (a int, b int); create index \"By b\" on t (b desc, a);
         create index again on t (b desc, a);",
    )
    .await;
    assert_eq!(
        moved.indexes("t").await,
        [
            "CREATE INDEX \"By b\" ON public.t USING btree (b DESC, a)",
            "CREATE INDEX again ON public.t USING btree (b DESC, a)"
        ]
    );
}

#[tokio::test]
async fn a_unique_index_holds() {
    let moved = moved(
        "create table t (a int, b int); create unique index u on t (a, b);
         insert into t values (1, 2), (1, null), (1, null);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values (1, 2)").await, "23505 u");
    assert_eq!(moved.refusal("insert into t values (1, null)").await, "accepted");
}

#[tokio::test]
async fn a_partial_unique_index_holds_where_its_condition_does() {
    let moved = moved(
        "create table t (a int, deleted int not null default 0);
         create unique index live on t (a) where deleted = 0;
         insert into t values (1, 0), (1, 1), (1, 1);",
    )
    .await;
    assert_eq!(
        moved.indexes("t").await,
        ["CREATE UNIQUE INDEX live ON public.t USING btree (a) WHERE (deleted = 0)"]
    );
    assert_eq!(moved.refusal("insert into t values (1, 0)").await, "23505 live");
    assert_eq!(moved.refusal("insert into t values (1, 1)").await, "accepted");
}

#[tokio::test]
async fn an_index_on_an_expression_holds() {
    let moved = moved(
        "create table t (email text, a int); create unique index e on t (lower(email));
         create index sum on t (a + 1 desc);
         insert into t values ('A@b', 1);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values ('a@B', 2)").await, "23505 e");
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.indexes("t").await.len(), 2);
}

#[tokio::test]
async fn an_index_that_cannot_be_translated_is_named() {
    let moved = moved(
        "create table t (a text); create index odd on t (hex(zeroblob(a))); create index ok on t (a);
         create index quoted on t (printf('%.3e', a)); insert into t values ('x');",
    )
    .await;
    assert_eq!(
        moved.findings(),
        ["warning index-not-carried index odd on t", "warning index-not-carried index quoted on t"]
    );
    assert_eq!(moved.indexes("t").await.len(), 1);
}

#[tokio::test]
async fn an_index_under_nocase_compares_as_sqlite_does() {
    let moved = moved(
        "create table t (a text); create unique index n on t (a collate nocase);
         insert into t values ('Bob');",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values ('bob')").await, "23505 n");
    assert_eq!(moved.findings(), ["warning collation-by-index t.a"]);
}

#[tokio::test]
async fn an_index_of_an_applications_collation_compares_bytes() {
    let file = sealift_testkit::sqlite_file("create table t (a text); insert into t values ('x')");
    let connection = file.open();
    connection
        .create_collation("UNICASE", |a: &str, b: &str| a.to_lowercase().cmp(&b.to_lowercase()))
        .unwrap();
    connection.execute_batch("create unique index u on t (a collate unicase)").unwrap();
    drop(connection);
    let tried = crate::support::tried_file(file, |options| options).await;
    crate::support::assert_equal(tried.report());
    assert_eq!(
        tried.findings(),
        ["warning collation-not-carried t.a", "warning collation-unknown collation unicase"]
    );
    assert_eq!(tried.refusal("insert into t values ('x')").await, "23505 u");
}

#[tokio::test]
async fn long_texts_that_compress_are_indexed() {
    let moved = moved(
        "create table t (a text unique); insert into t values (replace(hex(zeroblob(4000)), '0', 'a'))",
    )
    .await;
    // Tried on the server, so that there is nothing to warn of.
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.row("select length(a) from t").await, "8000");
}

#[tokio::test]
async fn texts_too_long_for_a_key_are_refused_with_their_rows() {
    for key in ["unique (a)", "primary key (a)", "unique (n, a)"] {
        let refused = refused(&format!(
            "create table t (n integer not null, a text not null, {key});
             insert into t values (1, 'short'), (2, hex(randomblob(6000))), (3, hex(zeroblob(4000)))"
        ))
        .await;
        let finding = refused.finding("index-entry-too-long");
        let row = if key == "primary key (a)" { "a=" } else { "rowid=2" };
        assert_eq!(finding.count, Some(1), "{finding:?}");
        assert!(finding.keys[0].starts_with(row), "{finding:?}");
    }
}

#[tokio::test]
async fn an_index_whose_entries_are_too_long_is_left_out_with_a_warning() {
    let moved = moved(
        "create table t (id integer primary key, a text); create index i on t (a);
         create index short on t (id, a) where a < 'b';
         insert into t values (1, 'c'), (7, 'c' || hex(randomblob(6000)))",
    )
    .await;
    assert_eq!(moved.findings(), ["warning index-not-carried index i on t"]);
    assert_eq!(moved.finding("index-not-carried").keys, ["id=7"]);
    assert_eq!(
        moved.rows("select indexname from pg_indexes where tablename = 't' order by 1").await,
        ["short", "t_pkey"]
    );
}

#[tokio::test]
async fn an_index_of_more_than_32_columns_is_left_out_with_a_warning() {
    let columns: Vec<String> = (1..=33).map(|number| format!("c{number}")).collect();
    let columns = columns.join(", ");
    let moved =
        moved(&format!("create table t ({columns}); create index i on t ({columns})")).await;
    assert_eq!(moved.findings(), ["warning index-not-carried index i on t"]);
}
