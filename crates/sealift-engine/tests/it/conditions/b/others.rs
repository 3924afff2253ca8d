//! B44, B45, B47 and B48: virtual tables, views and tables of tools.

use super::super::whole;

#[tokio::test]
async fn b44_a_virtual_table_of_an_unknown_module_costs_no_other_table() {
    let moved = whole(
        "create table t (a int); insert into t values (7);
         pragma writable_schema = on;
         insert into sqlite_schema (type, name, tbl_name, rootpage, sql)
             values ('table', 'sp', 'sp', 0, 'CREATE VIRTUAL TABLE sp USING VirtualSpatialIndex(a)');",
    )
    .await;
    assert_eq!(moved.row("select a from t").await, "7");
    assert_eq!(moved.findings(), ["warning virtual-table-not-carried table sp"]);
}

#[tokio::test]
async fn b45_views_answer_as_before_and_a_broken_one_is_named() {
    let moved = whole(
        "create table t (a int, b text, d int); insert into t values (1, 'xa', 1), (2, 'yb', 1), (null, null, 3);
         create view cte as with x as (select a from t) select * from x where a > 1;
         create view counted as with recursive r (n) as (select 1 union all select n + 1 from r where n < 5) select n from r;
         create view literal as select ifnull(a, 0) as a, \"none\" as n from t where a = 2;
         create view grouped as select d, count(*) as c from t group by d having count(*) > 1;
         create view broken as select nope from t; create view renamed (q, w) as select a, b from cte, t;
         create view inner_most as select t.a, (select max(u.d) from t u where u.a = t.a) as m from t where a = 1;",
    )
    .await;
    assert_eq!(moved.row("select * from cte").await, "2");
    assert_eq!(moved.rows("select * from counted order by 1").await, ["1", "2", "3", "4", "5"]);
    assert_eq!(moved.row("select * from literal").await, "2 | none");
    assert_eq!(moved.row("select * from grouped").await, "1 | 2");
    assert_eq!(moved.row("select * from inner_most").await, "1 | 1");
    let left = moved.findings();
    assert!(left.contains(&"warning view-not-carried view broken".to_owned()), "{left:?}");
}

#[tokio::test]
async fn b47_tables_of_sqlite_and_of_tools_stay_behind() {
    let moved = whole(
        "create table t (a int unique); insert into t values (1), (2);
         create table _litestream_seq (id integer primary key, seq int); create table _litestream_lock (id int);
         analyze;",
    )
    .await;
    assert_eq!(moved.relations().await, ["public.t"]);
}

#[tokio::test]
async fn b48_a_table_whose_name_begins_like_sqlites_own_is_carried() {
    let moved = whole(
        "create table sqliteusers (a int); insert into sqliteusers values (1); create table sqlite3 (a int);
         create table \"sqlite users\" (a int); create table litestream (a int);",
    )
    .await;
    assert_eq!(
        moved.relations().await,
        ["public.litestream", "public.sqlite users", "public.sqlite3", "public.sqliteusers"]
    );
}
