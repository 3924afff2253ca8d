//! What is found before anything is written.

use super::{Case, done, told};
use sealift_core::plan::Severity;

#[tokio::test]
async fn what_does_not_go_together_is_named_column_by_column() {
    let case = Case::new(
        "create table t (id integer primary key, gone text, unused text, kind text, n integer, r integer);
         insert into t values (1, 'x', null, 'a', 70000, null), (2, null, null, 'b', 1, 5);
         create table lost (a text);",
        "create type mood as (a text, b text);
         create table t (id int primary key, kind mood, n smallint, r int not null, must text not null,
             may text, computed int generated always as (1) stored);",
    )
    .await;
    let findings = case.refusal().await;
    assert_eq!(
        told(&findings),
        [
            ("column-missing", "t.gone", Some(1)),
            ("column-without-value", "t.must", None),
            ("does-not-fit", "t.n", Some(1)),
            ("null-not-allowed", "t.r", Some(1)),
            ("table-missing", "lost", None),
            ("type-not-known", "t.kind", None),
        ]
    );
    let misfit = findings.iter().find(|finding| finding.code == "does-not-fit").unwrap();
    assert_eq!(misfit.keys, ["id=1"]);
    let composite = findings.iter().find(|finding| finding.code == "type-not-known").unwrap();
    assert!(composite.message.contains("mood"), "{}", composite.message);
    assert_eq!(case.value("select count(*) from t").await, "0");
}

#[tokio::test]
async fn a_parent_that_is_left_out_must_hold_rows() {
    let mut case = Case::new(
        "create table p (id integer primary key); insert into p values (1);
         create table c (id integer primary key, p integer references p); insert into c values (1, 1);",
        "create table p (id int primary key); create table c (id int primary key, p int references p);",
    )
    .await;
    case.exclude = vec!["p".to_owned()];
    assert_eq!(told(&case.refusal().await), [("parent-empty", "foreign key c_p_fkey on c", None)]);
    case.database.execute("insert into p values (1)").await;
    done(case.run().await);
    assert_eq!(case.value("select count(*) from c").await, "1");
}

#[tokio::test]
async fn truncate_does_not_reach_beyond_the_run() {
    let mut case = Case::new(
        "create table p (id integer primary key); insert into p values (1);
         create table c (id integer primary key, p integer references p);",
        "create table p (id int primary key); create table c (id int primary key, p int references p);
         insert into p values (7); insert into c values (1, 7);",
    )
    .await;
    case.exclude = vec!["c".to_owned()];
    case.into = sealift_engine::config::Into::ExistingTruncate;
    assert_eq!(case.refusal().await[0].code, "truncate-refused");
    assert_eq!(case.value("select count(*) from c").await, "1");
}

#[tokio::test]
async fn rows_without_parent_are_refused_where_the_target_checks_them() {
    let case = Case::new(
        "create table p (id integer primary key);
         create table c (id integer primary key, p integer references p); insert into c values (1, 9);",
        "create table p (id int primary key); create table c (id int primary key, p int references p);",
    )
    .await;
    let mut options = case.options();
    options.plan_options.policies.orphan =
        sealift_engine::config::Rules::all(sealift_engine::config::OrphanPolicy::NotValid);
    let run = |options| {
        sealift_engine::migrate::migrate(
            options,
            sealift_engine::ops::Events::silent(),
            sealift_engine::ops::Cancel::new(),
        )
    };
    let report = run(options.clone()).await.unwrap();
    let errors: Vec<_> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!((errors.len(), errors[0].code.as_str()), (1, "orphans"), "{errors:#?}");
    case.database.execute("alter table c drop constraint c_p_fkey").await;
    done(run(options).await);
}

#[tokio::test]
async fn a_target_without_the_tables_says_what_to_run_first() {
    let case = Case::new("create table t (a text);", "create table other (a text);").await;
    let error = case.run().await.unwrap_err();
    assert_eq!(error.to_string(), "schema public holds none of the tables that are to be filled");
    assert!(error.hint().unwrap().contains("migrations"), "{:?}", error.hint());
}
