//! The whole journey on real files and a real server.

use crate::support::{assert_equal, endpoint, options, run};
use rusqlite::{Connection, OpenFlags};
use sealift_engine::config::{Into, MigrateOptions, PlanOptions, RecoveryOptions, VerifyLevel};
use sealift_engine::migrate::migrate;
use sealift_engine::ops::{Cancel, Event, Events};
use sealift_engine::planning::plan;
use sealift_engine::report::{Compared, MigrateReport};
use sealift_testkit::{database, shared_data, sqlite_file};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

async fn shared(name: &str) {
    shared_without(name, &[]).await;
}

/// The same for a file with views that SQLite itself cannot run.
async fn shared_without(name: &str, left: &[&str]) {
    let Some(path) = shared_data(name) else {
        eprintln!("{name} is not on this machine: nothing was tested");
        return;
    };
    arrives_whole(&path, left).await;
}

/// By digest into an empty database, then by cells over what is there.
async fn arrives_whole(path: &Path, left: &[&str]) {
    let database = database().await;
    let report = run(options(path, &database)).await.unwrap();
    for finding in &report.findings {
        eprintln!(
            "{:?} {} {}: {}",
            finding.severity, finding.code, finding.object, finding.message
        );
    }
    for phase in &report.phases {
        eprintln!("{} {:.3}", phase.name, phase.seconds);
    }
    assert_equal(&report);
    assert_views(path, &report, left);
    let again = MigrateOptions {
        verify: VerifyLevel::Cells,
        into: Into::Recreate,
        ..options(path, &database)
    };
    assert_equal(&run(again).await.unwrap());
}

/// Fails the test unless every view but those in `left` was carried and its rows were found equal.
#[track_caller]
fn assert_views(path: &Path, report: &MigrateReport, left: &[&str]) {
    let sqlite = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "select name from sqlite_schema where type = 'view' order by name";
    let mut statement = sqlite.prepare(sql).unwrap();
    let views = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let wanted: Vec<String> = views.filter(|name| !left.contains(&name.as_str())).collect();
    let verify = report.verify.as_ref().unwrap();
    let compared = verify.tables.iter().filter(|table| table.kind == Compared::View);
    let mut found: Vec<&str> =
        compared.filter_map(|table| table.name.strip_prefix("view ")).collect();
    found.sort_unstable();
    assert_eq!(found, wanted);
    assert_eq!(verify.notes, Vec::<String>::new());
}

#[tokio::test]
async fn of_a_file_nothing_is_told_where_the_server_does_not_do() {
    // Long enough to be read that the server's answer is there first.
    let file = sqlite_file(
        "create table t (a text);
         with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000000)
         insert into t select 'row ' || i from n",
    );
    let database = database().await;
    let mut options = options(file.path(), &database);
    options.target = endpoint("postgresql://app@127.0.0.1:1/shop?sslmode=disable");
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let events = Events::new(move |event| tell.lock().unwrap().push(event));
    let refused = migrate(options, events, Cancel::new()).await.unwrap_err();
    assert!(refused.to_string().contains("127.0.0.1:1"), "{refused}");
    assert_eq!(*told.lock().unwrap(), []);
}

#[tokio::test]
async fn chinook_arrives_whole() {
    shared("chinook.db").await;
}

#[tokio::test]
async fn northwind_arrives_whole() {
    shared("northwind_small.db").await;
}

#[tokio::test]
async fn sakila_arrives_whole() {
    shared_without("sakila.db", &["nicer_but_slower_film_list", "actor_info"]).await;
}

#[tokio::test]
async fn mlflow_arrives_whole() {
    shared("mlflow.db").await;
}

#[tokio::test]
async fn wagtail_arrives_whole() {
    shared("wagtail.db").await;
}

/// Debian's `proj-data`: 36 tables, 7 views, 35 triggers, keys with NULLs, checks with GLOB.
#[tokio::test]
async fn proj_arrives_whole() {
    let path = Path::new("/usr/share/proj/proj.db");
    if !path.exists() {
        eprintln!("proj-data is not installed: nothing was tested");
        return;
    }
    arrives_whole(path, &[]).await;
}

#[tokio::test]
async fn a_state_that_was_kept_is_not_gone_on_with() {
    let (file, database) = (sqlite_file(PEOPLE), database().await);
    let kept = MigrateOptions { keep_state: true, ..options(file.path(), &database) };
    assert_equal(&run(kept.clone()).await.unwrap());
    assert_eq!(
        database.query_value("select count(*) from _sealift.run").await.as_deref(),
        Some("1")
    );
    database.execute("insert into people (name) values ('made on PostgreSQL')").await;
    let again = run(kept.clone()).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
    assert_eq!(database.query_value("select count(*) from people").await.as_deref(), Some("3"));
    let anew = run(MigrateOptions { into: Into::Recreate, ..kept }).await.unwrap();
    assert!(!anew.resumed);
    assert_equal(&anew);
}

#[tokio::test]
async fn a_reviewed_plan_continues_the_numbers_of_today() {
    let (file, database) = (sqlite_file(PEOPLE), database().await);
    let made = plan(file.path(), &PlanOptions::default(), &Events::silent(), &Cancel::new());
    let reviewed = made.unwrap();
    file.open().execute_batch("insert into people values (90, 'late')").unwrap();
    let report = run(MigrateOptions { plan: Some(reviewed), ..options(file.path(), &database) })
        .await
        .unwrap();
    assert_equal(&report);
    let next = "insert into people (name) values ('new') returning id";
    assert_eq!(database.query_value(next).await.as_deref(), Some("91"));
}

#[tokio::test]
async fn what_a_reviewed_plan_leaves_out_is_named() {
    let script = format!("{PEOPLE} create table pets (id integer primary key, name text);");
    let (file, database) = (sqlite_file(&script), database().await);
    let made = plan(file.path(), &PlanOptions::default(), &Events::silent(), &Cancel::new());
    let mut reviewed = made.unwrap();
    reviewed.tables.retain(|table| table.source != "pets");
    let people = reviewed.tables.first_mut().unwrap();
    people.columns.pop();
    let uneven = MigrateOptions { plan: Some(reviewed.clone()), ..options(file.path(), &database) };
    let refused = run(uneven).await.unwrap_err();
    assert!(refused.to_string().contains("1 source columns for 2"), "{refused}");
    reviewed.tables.first_mut().unwrap().target.columns.pop();
    let report = run(MigrateOptions { plan: Some(reviewed), ..options(file.path(), &database) })
        .await
        .unwrap();
    let named: Vec<&str> = report.findings.iter().map(|finding| finding.object.as_str()).collect();
    assert_eq!(named, ["people.name", "table pets"]);
}

#[tokio::test]
async fn a_plan_whose_lists_were_edited_apart_is_refused() {
    let (file, database) = (sqlite_file(PEOPLE), database().await);
    let made = plan(file.path(), &PlanOptions::default(), &Events::silent(), &Cancel::new());
    let mut reviewed = made.unwrap();
    reviewed.tables.first_mut().unwrap().target.columns.reverse();
    let shifted = MigrateOptions { plan: Some(reviewed), ..options(file.path(), &database) };
    let refused = run(shifted).await.unwrap_err();
    assert!(refused.to_string().contains("people.id goes to id in one list"), "{refused}");
}

#[tokio::test]
async fn a_pattern_that_matches_nothing_is_refused() {
    let (file, database) = (sqlite_file(PEOPLE), database().await);
    let mut mistyped = options(file.path(), &database);
    mistyped.plan_options.include = vec!["poeple".to_owned()];
    let refused = run(mistyped).await.unwrap_err();
    assert!(refused.to_string().contains("--include poeple matches no table"), "{refused}");
}

const PEOPLE: &str = "create table people (id integer primary key autoincrement, name text);
    insert into people (name) values ('a'), ('b');";

#[tokio::test]
async fn whoever_holds_a_lock_that_is_waited_for_is_named() {
    let database = database().await;
    database.execute("create table t (a bigint)").await;
    let holder = database.connect().await;
    holder.batch_execute("begin; lock table t in share mode").await.unwrap();
    let file = sqlite_file("create table t (a integer); insert into t values (1)");
    let heard = Arc::new(Notify::new());
    let hears = Arc::clone(&heard);
    let events = Events::new(move |event| {
        if matches!(event, Event::Notice { message } if message.starts_with("waiting for a lock")) {
            hears.notify_one();
        }
    });
    let options = MigrateOptions {
        into: Into::Existing,
        recovery: RecoveryOptions {
            watch: Duration::from_millis(100),
            ..RecoveryOptions::default()
        },
        ..options(file.path(), &database)
    };
    let released = async {
        heard.notified().await;
        holder.batch_execute("commit").await.unwrap();
    };
    let (report, ()) = tokio::join!(migrate(options, events, Cancel::new()), released);
    assert_equal(&report.unwrap());
}
