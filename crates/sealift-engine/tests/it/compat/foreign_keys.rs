//! Foreign keys.

use crate::support::{moved, moved_with, refused};
use sealift_engine::config::{MigrateOptions, OrphanPolicy, PlanOptions, Policies, Rules};

fn not_valid(options: MigrateOptions) -> MigrateOptions {
    let orphan = Rules::all(OrphanPolicy::NotValid);
    let policies = Policies { orphan, ..Policies::default() };
    let plan_options = PlanOptions { policies, ..options.plan_options.clone() };
    MigrateOptions { plan_options, ..options }
}

#[tokio::test]
async fn a_foreign_key_refuses_rows_without_parent() {
    let moved = moved(
        "create table p (id integer primary key);
         create table c (a int references p (id), constraint again foreign key (a) references p);
         insert into p values (1); insert into c values (1), (null);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        ["again FOREIGN KEY (a) REFERENCES p(id)", "c_a_fkey FOREIGN KEY (a) REFERENCES p(id)"]
    );
    assert_eq!(moved.refusal("insert into c values (2)").await, "23503 c_a_fkey");
}

#[tokio::test]
async fn every_action_arrives() {
    let moved = moved(
        "create table p (id integer primary key);
         create table c (
             a int references p on delete cascade on update cascade,
             b int references p on delete set null on update set null,
             c int default 1 references p on delete set default on update set default,
             d int references p on delete restrict on update restrict,
             e int references p on delete no action on update no action);
         insert into p values (1), (2), (3); insert into c values (2, 3, 3, 1, 1);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        [
            "c_a_fkey FOREIGN KEY (a) REFERENCES p(id) ON UPDATE CASCADE ON DELETE CASCADE",
            "c_b_fkey FOREIGN KEY (b) REFERENCES p(id) ON UPDATE SET NULL ON DELETE SET NULL",
            "c_c_fkey FOREIGN KEY (c) REFERENCES p(id) ON UPDATE SET DEFAULT ON DELETE SET DEFAULT",
            "c_d_fkey FOREIGN KEY (d) REFERENCES p(id) ON UPDATE RESTRICT ON DELETE RESTRICT",
            "c_e_fkey FOREIGN KEY (e) REFERENCES p(id)"
        ]
    );
    moved.execute("delete from p where id = 3").await;
    assert_eq!(moved.row("select * from c").await, "2 | ∅ | 1 | 1 | 1");
    moved.execute("delete from p where id = 2").await;
    assert_eq!(moved.row("select count(*) from c").await, "0");
}

#[tokio::test]
async fn deferrable_keys_stay_deferrable() {
    let moved = moved(
        "create table p (id integer primary key);
         create table c (
             a int references p deferrable initially deferred,
             b int references p deferrable initially immediate,
             d int references p not deferrable initially deferred);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        [
            "c_a_fkey FOREIGN KEY (a) REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED",
            "c_b_fkey FOREIGN KEY (b) REFERENCES p(id) DEFERRABLE",
            "c_d_fkey FOREIGN KEY (d) REFERENCES p(id)"
        ]
    );
}

#[tokio::test]
async fn a_composite_key_keeps_its_pairs() {
    let moved = moved(
        "create table p (a int, b text, c int, primary key (b, a));
         create table c (x int, y text, foreign key (y, x) references p,
             foreign key (x, y) references p (a, b));
         insert into p values (1, 'k', 0); insert into c values (1, 'k');",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        [
            "c_x_y_fkey FOREIGN KEY (x, y) REFERENCES p(a, b)",
            "c_y_x_fkey FOREIGN KEY (y, x) REFERENCES p(b, a)"
        ]
    );
}

#[tokio::test]
async fn a_table_may_point_at_itself() {
    let moved = moved(
        "create table t (id integer primary key, up int references t);
         insert into t values (1, 3), (2, 1), (3, null);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values (9, 77)").await, "23503 t_up_fkey");
}

#[tokio::test]
async fn tables_may_point_at_each_other() {
    let moved = moved(
        "create table a (id integer primary key, b int references b);
         create table b (id integer primary key, a int references a);
         insert into a values (1, 1); insert into b values (1, 1);",
    )
    .await;
    assert_eq!(moved.constraints("a").await.len(), 2);
    assert_eq!(moved.constraints("b").await.len(), 2);
}

#[tokio::test]
async fn the_parents_name_may_be_written_in_another_case() {
    let moved = moved(
        "create table Parent (Id integer primary key);
         create table c (p int references PARENT (ID)); insert into Parent values (1);
         insert into c values (1);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        ["c_p_fkey FOREIGN KEY (p) REFERENCES \"Parent\"(\"Id\")"]
    );
}

#[tokio::test]
async fn a_missing_parent_table_leaves_the_key_out_with_a_warning() {
    let moved =
        moved("create table c (a int references nowhere (id)); insert into c values (1)").await;
    assert_eq!(moved.findings(), ["warning foreign-key-not-carried foreign key c(a) → nowhere"]);
    assert_eq!(moved.row("select a from c").await, "1");
}

#[tokio::test]
async fn a_parent_that_is_not_unique_leaves_the_key_out_with_a_warning() {
    let moved = moved(
        "create table p (a int); create table c (a int references p (a));
         insert into p values (1), (1); insert into c values (1);",
    )
    .await;
    assert_eq!(moved.findings(), ["warning foreign-key-not-carried foreign key c(a) → p"]);
}

#[tokio::test]
async fn a_parent_key_may_be_a_unique_index() {
    let moved = moved(
        "create table p (a int); create unique index u on p (a);
         create table c (a int references p (a)); insert into p values (1); insert into c values (1);",
    )
    .await;
    assert_eq!(moved.refusal("insert into c values (2)").await, "23503 c_a_fkey");
}

#[tokio::test]
async fn a_parent_key_under_nocase_keeps_the_key_with_a_warning_about_its_collation() {
    let moved = moved(
        "create table p (a text collate nocase primary key); create table c (a text references p);
         insert into p values ('Bob'); insert into c values ('Bob');",
    )
    .await;
    assert_eq!(moved.refusal("insert into c values ('x')").await, "23503 c_a_fkey");
    assert_eq!(moved.findings(), ["warning collation-by-index p.a"]);
}

#[tokio::test]
async fn a_child_that_only_differs_in_case_from_its_nocase_parent_is_refused() {
    let refused = refused(
        "create table p (a text collate nocase primary key); create table c (a text references p);
         insert into p values ('Bob'); insert into c values ('bob');",
    )
    .await;
    assert_eq!(
        refused.findings(),
        ["error orphans foreign key c(a) → p", "warning collation-by-index p.a"]
    );
}

#[tokio::test]
async fn columns_that_a_key_ties_get_one_type() {
    let moved = moved(
        "create table p (id integer primary key); create table c (p text references p, n numeric references p);
         insert into p values (7), (5000000000); insert into c values ('7', 5000000000);",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.columns("c").await, ["p bigint", "n bigint"]);
    assert_eq!(moved.row("select * from c").await, "7 | 5000000000");
}

#[tokio::test]
async fn rows_without_parent_are_refused_and_listed() {
    let refused = refused(
        "create table p (id integer primary key); create table c (id integer primary key, p int references p);
         insert into p values (1); insert into c values (10, 1), (11, 2), (12, 3);",
    )
    .await;
    let finding = refused.finding("orphans");
    assert_eq!(finding.object, "foreign key c(p) → p");
    assert_eq!(
        (finding.count, finding.keys.as_slice()),
        (Some(2), ["id=11".to_owned(), "id=12".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn rows_without_parent_are_carried_when_asked_and_new_ones_are_checked() {
    let moved = moved_with(
        "create table p (id integer primary key); create table c (p int references p);
         insert into c values (2);",
        not_valid,
    )
    .await;
    assert_eq!(moved.findings(), ["warning foreign-key-not-valid foreign key c(p) → p"]);
    assert_eq!(
        moved.constraints("c").await,
        ["c_p_fkey FOREIGN KEY (p) REFERENCES p(id) NOT VALID"]
    );
    assert_eq!(moved.row("select p from c").await, "2");
    assert_eq!(moved.refusal("insert into c values (3)").await, "23503 c_p_fkey");
}

#[tokio::test]
async fn a_key_that_sqlite_could_not_follow_is_named() {
    let file = sealift_testkit::sqlite_file("");
    let connection = file.open();
    connection.create_collation("UNICASE", |a: &str, b: &str| a.cmp(b)).unwrap();
    connection
        .execute_batch(
            "create table p (a text collate unicase primary key); create table c (a text references p);
             insert into p values ('x'); insert into c values ('x');",
        )
        .unwrap();
    drop(connection);
    let tried = crate::support::tried_file(file, |options| options).await;
    crate::support::assert_equal(tried.report());
    assert_eq!(
        tried.findings(),
        [
            "warning collation-not-carried p.a",
            "warning collation-unknown collation unicase",
            "warning foreign-key-unchecked foreign key c(a) → p"
        ]
    );
}

#[tokio::test]
async fn a_key_to_a_table_left_out_is_left_out_with_a_warning() {
    let without = |options: MigrateOptions| MigrateOptions {
        plan_options: PlanOptions { exclude: vec!["p".to_owned()], ..PlanOptions::default() },
        ..options
    };
    let moved = moved_with(
        "create table p (id integer primary key); create table c (p int references p);",
        without,
    )
    .await;
    assert_eq!(moved.findings(), ["warning foreign-key-not-carried foreign key c(p) → p"]);
}

#[tokio::test]
async fn a_child_column_called_references_keeps_its_key() {
    let moved = moved(
        "create table \"order\" (id integer primary key);
         create table c (\"references\" int references \"order\" (id));
         insert into \"order\" values (1); insert into c values (1);",
    )
    .await;
    assert_eq!(
        moved.constraints("c").await,
        ["c_references_fkey FOREIGN KEY (\"references\") REFERENCES \"order\"(id)"]
    );
}

#[tokio::test]
async fn a_text_key_keeps_its_spelling_when_a_number_column_points_at_it() {
    let moved = moved(
        "create table zip (code varchar(5) primary key, town text);
         create table addr (id integer primary key, zip int references zip (code));
         insert into zip values ('00501', 'Holtsville'), ('10001', 'New York');
         insert into addr values (1, 10001);",
    )
    .await;
    assert_eq!(moved.rows("select code from zip order by code").await, ["00501", "10001"]);
    assert_eq!(moved.rows("select town from addr join zip on code = zip").await, ["New York"]);
}
