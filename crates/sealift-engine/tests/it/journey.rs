//! Runs that are stopped, go on, or fail halfway; what a run says of itself.

use sealift_engine::config::{Into, MigrateOptions, Parts, PlanOptions, VerifyLevel};
use sealift_engine::error::ErrorKind;
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};
use sealift_engine::postgres::{Defaults, Endpoint};
use sealift_engine::report::Status;
use sealift_testkit::{Database, TempSqlite, database, sqlite_file};
use std::sync::{Arc, Mutex};

const SOURCE: &str = "
    create table big (id integer primary key, body text not null);
    create table small (id integer primary key, body text);
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
        insert into big select i, printf('%0500d', i) from n;
    insert into small values (1, 'a'), (2, null);";

fn options(source: &TempSqlite, database: &Database) -> MigrateOptions {
    MigrateOptions {
        source: source.path().to_path_buf(),
        target: Endpoint::parse(&database.url, &Defaults::default()).unwrap(),
        plan_options: PlanOptions { jobs: 1, ..PlanOptions::default() },
        plan: None,
        into: Into::Create,
        parts: Parts::All,
        verify: VerifyLevel::None,
        strict: false,
        keep_state: false,
        backup: None,
    }
}

fn recorded() -> (Events, Arc<Mutex<Vec<Event>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    (Events::new(move |event| into.lock().unwrap().push(event)), seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_without_comparison_goes_on_where_it_was() {
    let (source, database) = (sqlite_file(SOURCE), database().await);
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let events = Events::new(move |event| {
        if matches!(event, Event::TableDone { phase: Phase::Copy, .. }) {
            stop.cancel();
        }
    });
    let stopped = migrate(options(&source, &database), events, cancel).await.unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Stopped);

    let (events, seen) = recorded();
    let report = migrate(options(&source, &database), events, Cancel::new()).await.unwrap();
    assert_eq!((report.status, report.resumed, report.rows), (Status::Ok, true, 3002));
    let seen = seen.lock().unwrap();
    let (mut copied, mut announced) = (Vec::new(), None);
    for event in seen.iter() {
        if let Event::TableDone { phase: Phase::Copy, table } = event {
            copied.push(table.as_str());
        }
        if let Event::PhaseStarted { phase: Phase::Copy, rows, .. } = event {
            announced = *rows;
        }
    }
    assert_eq!(copied, ["small"], "the range that was committed is not copied again");
    assert_eq!(announced, Some(2), "what is left is announced");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backup_is_the_state_that_was_copied() {
    let (source, database) = (sqlite_file(SOURCE), database().await);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.backup");
    let with_backup = MigrateOptions { backup: Some(path.clone()), ..options(&source, &database) };
    migrate(with_backup, Events::silent(), Cancel::new()).await.unwrap();
    let backup = rusqlite::Connection::open(&path).unwrap();
    let rows: i64 = backup
        .query_row("select count(*) + sum(length(body)) from big", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3000 + 500 * 3000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_cannot_be_written_ends_the_run_and_the_next_goes_on() {
    let (source, database) = (sqlite_file(SOURCE), database().await);
    let nowhere = tempfile::tempdir().unwrap().path().join("gone").join("app.backup");
    let with_backup = MigrateOptions { backup: Some(nowhere), ..options(&source, &database) };
    let error = migrate(with_backup, Events::silent(), Cancel::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.is_resumable(), "{error}");
    let report =
        migrate(options(&source, &database), Events::silent(), Cancel::new()).await.unwrap();
    assert_eq!((report.status, report.rows), (Status::Ok, 3002));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_need_more_than_the_budget_still_arrive() {
    let source = sqlite_file(
        "create table k (id text primary key, body blob) without rowid;
         insert into k values ('a', zeroblob(6000000)), ('b', zeroblob(5000000));
         create table j (id integer primary key, body json);
         insert into j values (1, '[\"' || hex(zeroblob(3000000)) || '\"]');",
    );
    let database = database().await;
    let given = options(&source, &database);
    let little = PlanOptions { jobs: 2, memory: Some(1 << 20), ..given.plan_options.clone() };
    let given = MigrateOptions { plan_options: little, verify: VerifyLevel::Digest, ..given };
    let report = migrate(given, Events::silent(), Cancel::new()).await.unwrap();
    assert_eq!((report.status, report.rows), (Status::Ok, 3));
}
