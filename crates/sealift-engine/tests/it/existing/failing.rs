//! Runs that end early.

use super::{Case, done};
use sealift_engine::ErrorKind;
use sealift_engine::config::{Into, MigrateOptions};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};

const PARENT_AND_CHILD: &str = "create table p (id integer primary key);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
    insert into p select i from n;
    create table c (id integer primary key, p integer references p);
    insert into c select id, id from p;";

#[tokio::test]
async fn a_row_that_the_target_refuses_leaves_its_tables_empty() {
    let case = Case::new(
        PARENT_AND_CHILD,
        "create table p (id int primary key);
         create table c (id int primary key, p int references p, check (p < 500));
         create table beyond (p int references p);",
    )
    .await;
    let error = case.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(!error.is_resumable());
    assert!(error.to_string().starts_with("the tables are empty again: copy table c"), "{error}");
    assert_eq!(case.value("select (select count(*) from p) + (select count(*) from c)").await, "0");
    assert_eq!(case.value("select to_regnamespace('_sealift')").await, "NULL");
    case.database.execute("alter table c drop constraint c_p_check").await;
    done(case.run().await);
}

/// Runs until the first table has arrived, then stops.
async fn stopped_after_the_first_table(options: MigrateOptions) {
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let events = Events::new(move |event| {
        if matches!(event, Event::TableDone { phase: Phase::Copy, .. }) {
            stop.cancel();
        }
    });
    let error = migrate(options, events, cancel).await.unwrap_err();
    assert!(error.is_resumable(), "{error}");
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on() {
    let case = Case::new(
        PARENT_AND_CHILD,
        "create table p (id int primary key); create table c (id int primary key, p int references p);",
    )
    .await;
    stopped_after_the_first_table(case.options()).await;
    assert_eq!(case.value("select count(*) from p").await, "500");
    let report = done(case.run().await);
    assert!(report.resumed);
    assert_eq!(report.rows, 1000);
}

#[tokio::test]
async fn a_run_that_was_stopped_begins_anew_where_the_source_has_changed() {
    let case = Case::new(
        PARENT_AND_CHILD,
        "create table p (id int primary key); create table c (id int primary key, p int references p);",
    )
    .await;
    stopped_after_the_first_table(case.options()).await;
    case.source.open().execute_batch("insert into p values (501)").unwrap();
    let report = done(case.run().await);
    assert_eq!(report.rows, 1001);
    assert_eq!(case.value("select count(*) from p").await, "501");
}

#[tokio::test]
async fn another_way_into_the_tables_does_not_take_half_filled_ones_for_the_applications() {
    let case = Case::new(
        PARENT_AND_CHILD,
        "create table p (id int primary key); create table c (id int primary key, p int references p);",
    )
    .await;
    stopped_after_the_first_table(case.options()).await;
    let create = MigrateOptions { into: Into::Create, ..case.options() };
    let error = migrate(create, Events::silent(), Cancel::new()).await.unwrap_err();
    assert!(error.to_string().contains("exist already"), "{error}");
    assert_eq!(case.value("select count(*) from p").await, "500");
    let other = MigrateOptions { into: Into::ExistingTruncate, ..case.options() };
    let report = done(migrate(other, Events::silent(), Cancel::new()).await);
    assert!(!report.resumed);

    let made = Case::new(PARENT_AND_CHILD, "select 1").await;
    let create = MigrateOptions { into: Into::Create, ..made.options() };
    stopped_after_the_first_table(create.clone()).await;
    let error = made.run().await.unwrap_err();
    assert!(error.to_string().contains("makes the tables itself"), "{error}");
    done(migrate(create, Events::silent(), Cancel::new()).await);
}

const PARENT_AND_CHILD_THERE: &str = "create table p (id int primary key);
    create table c (id int primary key, p int references p);";

#[tokio::test]
async fn rows_of_the_application_are_not_removed_by_a_run_that_begins_anew() {
    let case = Case::new(PARENT_AND_CHILD, PARENT_AND_CHILD_THERE).await;
    stopped_after_the_first_table(case.options()).await;
    case.database.execute("insert into p values (90000)").await;
    case.source.open().execute_batch("insert into p values (501)").unwrap();
    let error = case.run().await.unwrap_err();
    assert!(error.is_resumable(), "{error}");
    assert!(error.to_string().contains("table p holds 501 rows in the target"), "{error}");
    assert_eq!(case.value("select count(*) from p where id = 90000").await, "1");
    case.database.execute("delete from p where id = 90000").await;
    assert_eq!(done(case.run().await).rows, 1001);
}

#[tokio::test]
async fn tables_that_others_refer_to_are_emptied_to_begin_anew() {
    let there = format!("{PARENT_AND_CHILD_THERE} create table beyond (p int references p);");
    let case = Case::new(PARENT_AND_CHILD, &there).await;
    stopped_after_the_first_table(case.options()).await;
    case.source.open().execute_batch("insert into p values (501)").unwrap();
    assert_eq!(done(case.run().await).rows, 1001);
}

#[tokio::test]
async fn a_half_filled_table_that_was_dropped_does_not_keep_others_from_beginning_anew() {
    let mut case = Case::new(PARENT_AND_CHILD, PARENT_AND_CHILD_THERE).await;
    stopped_after_the_first_table(case.options()).await;
    case.database.execute("drop table c").await;
    case.exclude = vec!["c".to_owned()];
    assert_eq!(done(case.run().await).rows, 500);
}
