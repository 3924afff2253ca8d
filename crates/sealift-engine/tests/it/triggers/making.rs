//! How triggers are made, compared, replaced and taken back.

use super::Both;
use crate::support::{moved, moved_with, options, run, tried_file};
use sealift_core::plan::Plan;
use sealift_engine::config::{Into, VerifyLevel};
use sealift_engine::ops::Events;
use sealift_engine::report::Status;
use sealift_engine::sqlite::Source;
use sealift_engine::verify::{VerifyRequest, verify};
use sealift_testkit::sqlite_file;
use std::collections::HashMap;

const SOURCE: &str = "
    create table t (id integer primary key, a int); create table log (a int);
    insert into t values (1, 1);
    create trigger noted after insert on t begin insert into log values (new.a); end;
    create view v as select a from t;
    create trigger through instead of insert on v begin insert into t (a) values (new.a); end;";

const FUNCTIONS: &str =
    "select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1";

#[tokio::test]
async fn no_trigger_fires_for_the_rows_that_are_copied() {
    let moved = moved(SOURCE).await;
    assert_eq!(moved.rows("select * from log").await, Vec::<String>::new());
    assert_eq!(moved.rows(FUNCTIONS).await, ["noted", "through"]);
    moved.execute("insert into public.v values (7)").await;
    assert_eq!(moved.rows("select * from log").await, ["7"]);
}

#[tokio::test]
async fn replacing_what_a_migration_made_replaces_its_functions() {
    let first = moved(SOURCE).await;
    first.execute("create function public.mine() returns trigger language plpgsql as 'begin return new; end'").await;
    let other = sqlite_file(
        "create table t (id integer primary key, a int); create table log (a int); create view v as select a from t;
         create trigger noted after insert on t begin insert into log values (new.a + 1); end;",
    );
    let mut again = options(other.path(), &first.database);
    again.into = Into::Recreate;
    let report = run(again).await.unwrap();
    assert_eq!(report.status, Status::Ok, "{:#?}", report.findings);
    assert_eq!(first.rows(FUNCTIONS).await, ["mine", "noted"]);
}

#[tokio::test]
async fn a_function_of_the_applications_own_stays_and_the_trigger_is_named() {
    let first = moved("create table other (a int);").await;
    first.execute("create function public.noted() returns trigger language plpgsql as 'begin return new; end'").await;
    let file = sqlite_file(SOURCE);
    let mut again = options(file.path(), &first.database);
    again.into = Into::Recreate;
    let report = run(again).await.unwrap();
    let left: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.code == "trigger-not-carried")
        .map(|finding| finding.object.as_str())
        .collect();
    assert_eq!(left, ["trigger noted"]);
    assert_eq!(first.rows(FUNCTIONS).await, ["noted", "through"]);
}

#[tokio::test]
async fn a_trigger_on_a_table_left_out_is_left_out_with_it() {
    let moved = moved_with(SOURCE, |mut options| {
        options.plan_options.exclude = vec!["v".to_owned()];
        options
    })
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.rows(FUNCTIONS).await, ["noted"]);
    let moved = moved_with(SOURCE, |mut options| {
        options.plan_options.exclude = vec!["log".to_owned()];
        options
    })
    .await;
    assert_eq!(moved.findings(), ["warning trigger-not-carried trigger noted"]);
}

#[tokio::test]
async fn tables_of_the_application_keep_their_own_triggers() {
    let first =
        moved("create table t (id integer primary key, a int); create table log (a int);").await;
    let file = sqlite_file(SOURCE);
    let mut filling = options(file.path(), &first.database);
    filling.into = Into::Existing;
    let report = run(filling).await.unwrap();
    let notes: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.code == "trigger-not-made")
        .map(|finding| finding.object.as_str())
        .collect();
    assert_eq!(notes, ["trigger noted", "trigger through"]);
    assert_eq!(first.rows("select count(*) from pg_trigger where not tgisinternal").await, ["0"]);
}

/// Returns what the structure of both sides differs in after a change of the target.
async fn differences(change: &str) -> Vec<String> {
    let moved = moved(SOURCE).await;
    moved.execute(change).await;
    let session = crate::support::connect(&moved.database.url).await.unwrap();
    let snapshot = Source::open(moved.file.path()).unwrap().snapshot(2).unwrap();
    let request = VerifyRequest {
        plan: &moved.report().plan,
        snapshot: &snapshot,
        sessions: &[session],
        level: VerifyLevel::Structure,
        digests: &HashMap::new(),
    };
    let differences = verify(request, &Events::silent()).await.unwrap().structure;
    differences
        .into_iter()
        .map(|one| format!("{}: {} / {}", one.object, one.expected, one.actual))
        .collect()
}

#[tokio::test]
async fn a_trigger_that_is_gone_disabled_or_another_is_a_difference() {
    assert_eq!(differences("select 1").await, Vec::<String>::new());
    assert_eq!(
        differences("drop trigger noted on public.t").await,
        ["trigger noted on t: a trigger / missing"]
    );
    assert_eq!(
        differences("alter table public.t disable trigger noted").await,
        ["trigger noted on t: fires / is disabled"]
    );
    assert_eq!(
        differences("create or replace function public.noted() returns trigger language plpgsql as 'begin return null; end'").await,
        ["trigger noted on t: the planned program / another one"]
    );
    assert_eq!(
        differences("drop trigger noted on public.t; create trigger noted before insert on public.t for each row execute function public.noted()").await,
        ["trigger noted on t: after insert / before insert"]
    );
}

#[tokio::test]
async fn names_of_any_kind_are_quoted() {
    let both = Both::of(
        "create table \"my \"\"t\"\"\" (\"select\" integer primary key, \"it's\" text, \"new\" text);
         create table \"Log\" (\"$trigger$\" text, \"Found\" text);
         create trigger \"a 'b' \"\"c\"\"\" after insert on \"my \"\"t\"\"\" when new.\"it's\" <> '$trigger$' begin
             insert into \"Log\" values (new.\"it's\" || '$trigger$', new.\"new\");
             update \"Log\" set \"Found\" = \"Found\" || '''' where \"$trigger$\" = new.\"it's\";
         end;",
    )
    .await;
    both.takes(&[
        "insert into \"my \"\"t\"\"\" values (1, 'x', 'y')",
        "insert into \"my \"\"t\"\"\" values (2, '$trigger$', 'y')",
    ])
    .await;
}

#[tokio::test]
async fn the_plan_file_keeps_triggers() {
    let tried = tried_file(sqlite_file(SOURCE), |mut options| {
        options.verify = VerifyLevel::Structure;
        options
    })
    .await;
    let plan = &tried.report().plan;
    let text = serde_json::to_string(plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), *plan);
}
