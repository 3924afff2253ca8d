//! Views.

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
async fn an_untyped_number_beside_a_text_is_not_compared_as_a_number() {
    let moved = moved(
        "create table t (id integer primary key, v); insert into t values (1, 1), (2, 2);
         create view asked as select id, v = '1' as is_one, v in ('2') as is_two from t;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning view-not-carried view asked"]);
}
