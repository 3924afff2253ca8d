//! What views, checks, defaults and indexes are made of. `moved` compares the rows of each view.

use crate::support::moved;

const NONE: Vec<String> = Vec::new();

#[tokio::test]
async fn parts_of_json_documents_answer_as_in_sqlite() {
    let moved = moved(
        r#"create table t (id integer primary key, j json check (json_extract(j, '$.n') >= 0), w text);
           create index t_name on t (json_extract(j, '$.name'));
           insert into t values (1, '{"n": 1, "name": "Ann", "tags": ["a", 2.50, null]}', '[1, 2]'),
               (2, '{"n": "x", "name": 5.0, "tags": {"k" : [ ]}}', '{}'), (3, null, null);
           create view parts as select id, j ->> 'name' as name, json_extract(j, '$.tags[1]') as second,
               j -> 'tags' as tags, json_type(j, '$.n') as class, json_array_length(w) as size from t;
           create view named as select id from t where j ->> 'name' = 'Ann';
           create view made as select json_object('id', id, 'w', json(w)) as o, json_array(id, w) as a from t;
           create view listed as select json_group_array(id) as ids from (select id from t order by id);"#,
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.row("select name, second, tags from parts where id = 2").await,
        "5.0 | ∅ | {\"k\":[]}"
    );
    assert_eq!(moved.row("select id from named").await, "1");
    let refused = r#"insert into t (j) values ('{"n": -1}')"#;
    assert_eq!(moved.refusal(refused).await, "23514 t_j_check");
}

#[tokio::test]
async fn members_of_json_arrays_are_rows() {
    let moved = moved(
        r#"create table t (id integer primary key, tags text);
           insert into t values (1, '["a","b",3]'), (2, '{"x":"a"}'), (3, '[]'), (4, null);
           create view tags as select t.id, e.key, e.value, e.type from t, json_each(t.tags) as e;
           create view with_a as select id from t where exists (
               select 1 from json_each(t.tags) where value = 'a');
           create view of_list as select id from t where id in (select value from json_each('[1,3]'));"#,
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.rows("select id, key, value from tags order by 1, 2").await,
        ["1 | 0 | a", "1 | 1 | b", "1 | 2 | 3", "2 | x | a"]
    );
    assert_eq!(moved.rows("select id from with_a order by 1").await, ["1", "2"]);
    assert_eq!(moved.rows("select id from of_list order by 1").await, ["1", "3"]);
}

#[tokio::test]
async fn json_that_is_changed_in_place_is_left_out() {
    let moved = moved(
        "create table t (j json); create view v as select json_set(j, '$.a', 1) as j from t;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view v"]);
}

#[tokio::test]
async fn printf_writes_the_same_text() {
    let moved = moved(
        "create table t (id integer primary key, name text, price real);
         insert into t values (7, 'tea', 2.675), (12, 'é', -0.001), (13, null, null);
         create view v as select printf('%05d|%-6s|%.2f|%x', id, name, price, id) as line from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.rows("select line from v").await,
        ["00007|tea   |2.67|7", "00012|é    |-0.00|c", "00013|      |0.00|d"]
    );
}

#[tokio::test]
async fn dates_and_their_modifiers_are_the_same() {
    let moved = moved(
        "create table t (id integer primary key, at datetime, n integer,
             seen text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
         insert into t values (1, '2024-01-31 23:30:00', 1706743800, 'x'), (2, '2023-03-01 00:00:01', 0, 'y');
         create view v as select id, date(at, '+1 month') as due, date(at, 'weekday 0') as sunday,
             datetime(n, 'unixepoch', '+90 minutes') as later, strftime('%Y week %W', at) as week,
             date(at, '+' || id || ' days') as next, julianday(at) as day from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.row("select due, sunday, later, week, next from v where id = 1").await,
        "2024-03-02 | 2024-02-04 | 2024-02-01 01:00:00 | 2024 week 05 | 2024-02-01"
    );
    moved.execute("insert into t (id) values (3)").await;
    let text = moved.row("select seen from t where id = 3").await;
    assert_eq!((text.len(), text.ends_with('Z')), (24, true), "{text}");
}

#[tokio::test]
async fn mathematical_functions_are_the_same() {
    let moved = moved(
        "create table t (x real); insert into t values (2.0), (0.5), (-1.0), (null);
         create view v as select x, sqrt(x) as root, ln(x) as l, pow(x, 2) as square, acos(x) as a,
             degrees(x) as d, 7 / 2 as half, mod(7, 2) as rest from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.row("select root, l, square from v where x = -1").await, "∅ | ∅ | 1");
}

#[tokio::test]
async fn row_values_compare_member_by_member() {
    let moved = moved(
        "create table a (x int, y text); create table b (x int, y text);
         insert into a values (1, 'p'), (2, 'q'), (3, null); insert into b values (1, 'p'), (2, 'z');
         create view pairs as select x from a where (x, y) in (select x, y from b);
         create view after as select x from a where (x, y) > (1, 'p');
         create view whole as select x from a where (x, y) in b;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.row("select x from pairs").await, "1");
    assert_eq!(moved.rows("select x from after order by 1").await, ["2", "3"]);
    assert_eq!(moved.row("select x from whole").await, "1");
}

#[tokio::test]
async fn aggregates_keep_their_order_and_filters() {
    let moved = moved(
        "create table t (id integer primary key, k text, n int);
         insert into t values (1, 'a', 3), (2, 'b', null), (3, 'a', 1);
         create view v as select group_concat(k, '-' order by id desc) as ks,
             group_concat(distinct k order by k) as kinds, count(n) filter (where n > 1) as big,
             total(n) as total from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.row("select * from v").await, "a-b-a | a,b | 1 | 4");
}

#[tokio::test]
async fn windows_and_their_frames_are_the_same() {
    let moved = moved(
        "create table t (id integer primary key, k text, n int);
         insert into t values (1, 'a', 3), (2, 'b', null), (3, 'a', 1), (4, 'a', 1);
         create view v as select id, sum(n) over w as running, lag(n, 1, 0) over (order by id) as before,
             count(*) over (order by n groups between 1 preceding and current row exclude ties) as peers
             from t window w as (partition by k order by id);",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.rows("select id, running, before, peers from v order by id").await,
        ["1 | 3 | 0 | 3", "2 | ∅ | 3 | 1", "3 | 4 | ∅ | 2", "4 | 5 | 1 | 2"]
    );
}

#[tokio::test]
async fn a_full_join_merges_the_columns_it_is_made_by() {
    let moved = moved(
        "create table a (id int, x text); create table b (id int, y text);
         insert into a values (1, 'p'), (2, 'q'); insert into b values (2, 'r'), (3, 's');
         create view v as select * from a full join b using (id);
         create view w as select id, y from a natural left join b;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.rows("select * from v order by 1").await,
        ["1 | p | ∅", "2 | q | r", "3 | ∅ | s"]
    );
    assert_eq!(moved.rows("select * from w order by 1").await, ["1 | ∅", "2 | r"]);
}

#[tokio::test]
async fn limits_take_rows_in_sqlites_order_of_nulls() {
    let moved = moved(
        "create table t (a int); insert into t values (3), (null), (1);
         create view first as select a from t order by a limit 1 + 1;
         create view rest as select a from t order by a limit -1 offset 2;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.rows("select a from first order by a nulls first").await, ["∅", "1"]);
    assert_eq!(moved.row("select a from rest").await, "3");
}

#[tokio::test]
async fn a_view_of_local_time_is_named_and_left() {
    let moved = moved(
        "create table t (at text); create view v as select datetime('now', 'localtime') as here from t;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view v"]);
}

#[tokio::test]
async fn a_view_of_the_clock_is_carried_and_compared_by_its_columns() {
    let moved = moved(
        "create table t (id int, at date); insert into t values (1, '2020-01-01');
         create view v as select id, date('now') > at as past from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.row("select * from v").await, "1 | 1");
    let notes = &moved.report().verify.as_ref().unwrap().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[tokio::test]
async fn a_column_that_sqlite_takes_from_any_row_is_left_out() {
    let moved = moved(
        "create table t (k text, n int, s text); create view v as select k, max(n) as n, s from t group by k;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view v"]);
}
