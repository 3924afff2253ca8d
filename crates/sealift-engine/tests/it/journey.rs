//! Runs that are stopped and go on, and the backup beside them.

use sealift_engine::ErrorKind;
use sealift_engine::config::{MigrateOptions, PlanOptions, VerifyLevel};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events, Phase};
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
        plan_options: PlanOptions { jobs: 1, ..PlanOptions::default() },
        verify: VerifyLevel::None,
        ..crate::support::options(source.path(), database)
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
