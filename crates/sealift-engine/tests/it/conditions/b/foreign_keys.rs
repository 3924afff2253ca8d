//! B35 to B42: foreign keys.

use super::super::{by_cells, hint, series, whole};
use crate::support::{moved_with, refused};
use sealift_engine::config::{MigrateOptions, OrphanPolicy, PlanOptions, Policies, Rules};

#[tokio::test]
async fn b35_a_composite_key_stays_one_key_in_its_order() {
    let moved = whole(
        "create table p (a int, b text, primary key (b, a)) without rowid;
         create table c (x int, y text, foreign key (x, y) references p (a, b) on update cascade);
         insert into p values (1, 'x'), (2, 'y'); insert into c values (1, 'x'), (2, null);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        ["c_x_y_fkey FOREIGN KEY (x, y) REFERENCES p(a, b) ON UPDATE CASCADE"]
    );
    // Each half exists, the pair does not.
    assert_eq!(moved.refusal("insert into c values (1, 'y')").await, "23503 c_x_y_fkey");
}

#[tokio::test]
async fn b36_a_key_without_parent_columns_means_the_primary_key() {
    let moved = whole(
        "create table p (v text, id integer primary key); create table kp (a int, b text, primary key (b, a));
         create table c (p references p, b text, a int, foreign key (b, a) references KP);
         insert into p values ('x', 1); insert into kp values (1, 'x'); insert into c values (1, 'x', 1);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        [
            "c_b_a_fkey FOREIGN KEY (b, a) REFERENCES kp(b, a)",
            "c_p_fkey FOREIGN KEY (p) REFERENCES p(id)"
        ]
    );
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn b37_circles_of_tables_and_rows_load_with_their_keys() {
    let moved = whole(&format!(
        "create table tree (id integer primary key, parent int references tree (id));
         create table a (id integer primary key, z int not null references z (id));
         create table z (id integer primary key, a int not null references a (id) deferrable initially deferred);
         {} insert into tree select i, case when i < 3000 then i + 1 end from series;
         insert into a values (1, 1); insert into z values (1, 1);",
        series(3000)
    ))
    .await;
    assert_eq!(moved.row("select count(*) from tree where parent is not null").await, "2999");
    assert_eq!(
        moved.refusal("insert into tree values (5000, 9999)").await,
        "23503 tree_parent_fkey"
    );
    assert_eq!(moved.refusal("insert into a values (2, 9)").await, "23503 a_z_fkey");
}

const ORPHANS: &str = "create table p (id integer primary key);
     create table c (id integer primary key, p int references p (id) on delete set null);
     create table w (k text primary key, p int references p (id)) without rowid;
     insert into p values (1); insert into c values (1, 1), (2, 7), (3, null), (4, 8);
     insert into w values ('a', 99), ('b', 1)";

#[tokio::test]
async fn b38_rows_without_parent_are_counted_named_and_never_deleted() {
    let refused = refused(ORPHANS).await;
    assert_eq!(
        refused.findings(),
        ["error orphans foreign key c(p) → p", "error orphans foreign key w(p) → p"]
    );
    let keys: Vec<_> = refused
        .report()
        .findings
        .iter()
        .map(|finding| (finding.count, finding.keys.clone()))
        .collect();
    assert_eq!(keys[0], (Some(2), vec!["id=2".to_owned(), "id=4".to_owned()]));
    assert_eq!(keys[1], (Some(1), vec!["k=a".to_owned()]));
    assert!(hint(&refused, "orphans", "foreign key c(p) → p").contains("--on-orphan not-valid"));
}

#[tokio::test]
async fn b38_rows_without_parent_arrive_beside_a_key_that_checks_new_rows_when_asked() {
    let moved = moved_with(ORPHANS, |options| {
        let policies =
            Policies { orphan: Rules::all(OrphanPolicy::NotValid), ..Policies::default() };
        let plan_options = PlanOptions { policies, ..PlanOptions::default() };
        by_cells(MigrateOptions { plan_options, ..options })
    })
    .await;
    assert_eq!(moved.rows("select p from c order by id").await, ["1", "7", "∅", "8"]);
    assert_eq!(moved.refusal("insert into c values (5, 77)").await, "23503 c_p_fkey");
}

#[tokio::test]
async fn b39_a_key_to_a_parent_that_is_not_unique_is_named_and_no_row_is_lost() {
    let moved = whole(
        "create table p (a int, b int); create table c (a int references p (a));
         create table u (a int); create unique index ui on u (a); create table d (a int references u (a));
         insert into p values (1, 1), (1, 2); insert into c values (1), (1);
         insert into u values (1); insert into d values (1);",
    )
    .await;
    assert_eq!(moved.findings(), ["warning foreign-key-not-carried foreign key c(a) → p"]);
    let hint = hint(&moved, "foreign-key-not-carried", "foreign key c(a) → p");
    assert!(hint.contains("create unique index"), "{hint}");
    assert_eq!(moved.row("select count(*) from c").await, "2");
    assert_eq!(moved.refusal("insert into d values (2)").await, "23503 d_a_fkey");
}

#[tokio::test]
async fn b40_both_ends_of_a_key_get_one_type() {
    let moved = whole(
        "create table p (id integer primary key); insert into p values (1), (2);
         create table c (p text references p (id)); insert into c values ('1');
         create table d (p numeric references p (id)); insert into d values (2);
         create table e (p varchar(10) references p (id)); insert into e values ('2'), (null);
         create table f (p references p (id)); insert into f values (1);",
    )
    .await;
    for table in ["c", "d", "e", "f"] {
        assert_eq!(moved.columns(table).await, ["p bigint"], "{table}");
        let insert = format!("insert into {table} values (9)");
        assert_eq!(moved.refusal(&insert).await, format!("23503 {table}_p_fkey"));
    }
    assert_eq!(moved.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn b40_one_column_that_cannot_follow_costs_the_other_keys_nothing() {
    let moved = whole(
        "create table p (id integer primary key); insert into p values (1), (2);
         create table c (p text references p (id)); insert into c values ('1');
         create table r (p real references p (id)); insert into r values (1.0);
         create table z (p text references p (id)); insert into z values ('01');",
    )
    .await;
    assert_eq!(moved.columns("c").await, ["p bigint"]);
    assert_eq!(moved.refusal("insert into c values (9)").await, "23503 c_p_fkey");
    assert_eq!(moved.row("select p from z").await, "01");
    assert_eq!(
        moved.findings(),
        [
            "warning foreign-key-not-carried foreign key r(p) → p",
            "warning foreign-key-not-carried foreign key z(p) → p"
        ]
    );
    assert!(hint(&moved, "foreign-key-not-carried", "foreign key r(p) → p").contains("--cast"));
}

#[tokio::test]
async fn b40_a_text_key_of_numbers_stays_text_although_numbers_point_at_it() {
    let moved = whole(
        "create table p (id text primary key); insert into p values ('1'), ('2');
         create table c (a int references p (id)); insert into c values (1);",
    )
    .await;
    assert_eq!(moved.columns("c").await, ["a text"]);
    assert_eq!(moved.findings(), ["warning key-type c.a"]);
    assert_eq!(moved.refusal("insert into p values ('abc')").await, "accepted");
    assert_eq!(moved.refusal("insert into c values ('x')").await, "23503 c_a_fkey");
}

#[tokio::test]
async fn b41_a_small_child_takes_a_large_key() {
    let moved = whole(
        "create table p (id integer primary key); create table g (id int4 primary key references p (id));
         create table c (id integer primary key, p int references p (id), q smallint references g (id));
         insert into p values (5000000000), (1); insert into g values (5000000000);
         insert into c values (1, 5000000000, 5000000000);",
    )
    .await;
    assert_eq!(moved.row("select p, q from c").await, "5000000000 | 5000000000");
    assert_eq!(moved.columns("c").await[1..], ["p bigint", "q bigint"]);
    assert_eq!(moved.refusal("insert into c values (2, 1, 1)").await, "23503 c_q_fkey");
}

#[tokio::test]
async fn b42_a_parent_in_another_case_is_found_and_a_missing_one_is_named() {
    let moved = whole(
        "create table Parent (Id integer primary key);
         create table c (a int references nope (id), b int references PARENT (ID), d int references parent);
         insert into Parent values (1); insert into c values (3, 1, 1);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        [
            "c_b_fkey FOREIGN KEY (b) REFERENCES \"Parent\"(\"Id\")",
            "c_d_fkey FOREIGN KEY (d) REFERENCES \"Parent\"(\"Id\")"
        ]
    );
    assert_eq!(moved.findings(), ["warning foreign-key-not-carried foreign key c(a) → nope"]);
    assert_eq!(moved.row("select a from c").await, "3");
}
