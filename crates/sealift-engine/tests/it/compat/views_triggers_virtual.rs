//! Views and virtual tables.

use crate::support::moved;

#[tokio::test]
async fn views_answer_as_in_sqlite() {
    let moved = moved(
        "create table a (id integer primary key, n text); create table b (a int references a, v int);
         insert into a values (1, 'x'), (2, null); insert into b values (1, 10), (1, 5), (2, 7);
         create view sums (name, total) as
             select ifnull(a.n, 'none'), sum(b.v) from a join b on b.a = a.id group by a.id;
         create view above as with big as (select * from sums where total > 8) select name from big;",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.rows("select * from sums order by total").await, ["none | 7", "x | 15"]);
    assert_eq!(moved.rows("select * from above").await, ["x"]);
}

#[tokio::test]
async fn a_view_may_be_declared_before_the_one_it_uses() {
    let moved = moved(
        "create view outer_view as select a from inner_view; create view inner_view as select a from t;
         create table t (a int); insert into t values (4);",
    )
    .await;
    assert_eq!(moved.row("select a from outer_view").await, "4");
}

#[tokio::test]
async fn a_broken_view_is_named_and_left() {
    let moved = moved(
        "create table t (a int); create view gone as select a from t2; create view ok as select a from t;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view gone"]);
    assert_eq!(moved.relations().await, ["public.ok", "public.t"]);
}

#[tokio::test]
async fn a_view_that_cannot_be_translated_is_named_and_left() {
    let moved = moved(
        "create table t (a text); create view v as select printf('%08.3e', a) as p, a from t;
         create view uses_it as select p from v;",
    )
    .await;
    assert_eq!(
        moved.findings(),
        ["warning view-not-carried view uses_it", "warning view-not-carried view v"]
    );
}

#[tokio::test]
async fn a_comma_before_a_join_binds_as_in_sqlite() {
    let moved = moved(
        "create table a (x int, k int); create table b (x int); create table c (x int, k int);
         insert into a values (1, 5), (2, 6); insert into b values (10); insert into c values (1, 5), (3, 6);
         create view v as select a.x as ax, b.x as bx, c.k as ck from a, b join c on a.x = c.x;
         create view l as select a.x as ax, c.k as ck from a, b left join c on a.x = c.x;",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.rows("select * from v").await, ["1 | 10 | 5"]);
    assert_eq!(moved.rows("select * from l order by 1").await, ["1 | 5", "2 | ∅"]);
}

#[tokio::test]
async fn full_text_tables_are_named_and_their_shadow_tables_are_no_tables() {
    let moved = moved(
        "create table posts (id integer primary key, title text); insert into posts values (1, 'x');
         create virtual table search using fts5 (title, content='posts', content_rowid='id');
         insert into search (search) values ('rebuild');",
    )
    .await;
    assert_eq!(moved.findings(), ["warning virtual-table-not-carried table search"]);
    assert_eq!(moved.relations().await, ["public.posts", "public.posts_id_seq"]);
}

#[tokio::test]
async fn a_full_text_table_that_holds_its_own_texts_is_named_with_their_number() {
    let moved = moved(
        "create virtual table notes using fts5 (title, body);
         insert into notes values ('a', 'b'), ('c', 'd'); create table t (a int);",
    )
    .await;
    assert_eq!(moved.findings(), ["warning virtual-table-not-carried table notes"]);
    assert_eq!(moved.report().findings[0].count, Some(2));
    assert_eq!(moved.relations().await, ["public.t"]);
}

#[tokio::test]
async fn a_virtual_table_of_an_unknown_module_is_named_and_never_fatal() {
    let file = sealift_testkit::sqlite_file("create table t (a int); insert into t values (1)");
    let connection = file.open();
    connection
        .execute_batch(
            "pragma writable_schema = on;
             insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values
                 ('table', 'idx_geom', 'idx_geom', 0, 'CREATE VIRTUAL TABLE idx_geom USING VirtualSpatialIndex()');",
        )
        .unwrap();
    drop(connection);
    let tried = crate::support::tried_file(file, |options| options).await;
    crate::support::assert_equal(tried.report());
    assert_eq!(tried.findings(), ["warning virtual-table-not-carried table idx_geom"]);
    assert_eq!(tried.row("select a from t").await, "1");
}

#[tokio::test]
async fn full_text_of_version_4_and_rtrees_are_named() {
    let script = "create virtual table old using fts4 (body); create virtual table boxes using rtree (id, x1, x2);
         create table t (a int);";
    let moved = moved(script).await;
    assert_eq!(
        moved.findings(),
        [
            "warning virtual-table-not-carried table boxes",
            "warning virtual-table-not-carried table old"
        ]
    );
    assert_eq!(moved.relations().await, ["public.t"]);
    let full = format!("{script} insert into boxes values (1, 0.5, 2.5);");
    let counted = crate::support::moved(&full).await;
    assert_eq!(counted.report().findings[0].count, Some(1));
}

#[tokio::test]
async fn an_untyped_number_beside_a_text_is_not_compared_as_a_number() {
    let moved = moved(
        "create table t (id integer primary key, v); insert into t values (1, 1), (2, 2);
         create view asked as select id, v = '1' as is_one, v in ('2') as is_two from t;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view asked"]);
}
