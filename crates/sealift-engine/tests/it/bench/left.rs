//! Stopped, refused, out of time: what is said, and that nothing is left.

use super::world::{SHOP, World};
use sealift_core::bench::{Database, Load};
use sealift_engine::ErrorKind;
use sealift_engine::bench::{BenchStatus, Missed};
use sealift_engine::ops::{Cancel, Event, Events, Phase};
use sealift_testkit::ServerSettings;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Returns events that cancel when one of them is as wanted.
fn cancelling(cancel: &Cancel, wanted: fn(&Event) -> bool) -> Events {
    let cancel = cancel.clone();
    Events::new(move |event| {
        if wanted(&event) {
            cancel.cancel();
        }
    })
}

/// Waits until a copy has a journal beside it: somebody writes.
fn until_written(place: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let is_written = || {
        let folders = std::fs::read_dir(place).ok()?.flatten();
        let mut journals = folders.map(|folder| folder.path().join("rollback.db-journal"));
        journals.any(|journal| journal.exists()).then_some(())
    };
    while is_written().is_none() && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

fn is_measuring(event: &Event) -> bool {
    matches!(event, Event::Notice { message } if message.starts_with("measuring with"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_benchmark_that_is_stopped_leaves_nothing_whenever_that_is() {
    let world = World::new(SHOP).await;
    let copying = |event: &Event| matches!(event, Event::PhaseStarted { phase: Phase::Copy, .. });
    for wanted in [copying as fn(&Event) -> bool, is_measuring] {
        let cancel = Cancel::new();
        let events = cancelling(&cancel, wanted);
        let error = world.bench(world.options(), events, cancel).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert!(error.to_string().contains("nothing of it is left"), "{error}");
        assert!(!error.is_resumable());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_lock() {
    let world = World::new(SHOP).await;
    let mut options = world.options();
    options.step = Duration::from_secs(60);
    options.busy_timeout = Duration::from_secs(60);
    options.users = vec![8];
    options.loads = vec![Load::Writes];
    let (cancel, began) = (Cancel::new(), Arc::new(Mutex::new(None)));
    let events = Events::new({
        let (cancel, began) = (cancel.clone(), Arc::clone(&began));
        let place = world.place.path().to_owned();
        move |event| {
            if is_measuring(&event) {
                *began.lock().unwrap() = Some(Instant::now());
                let (cancel, place) = (cancel.clone(), place.clone());
                std::thread::spawn(move || {
                    until_written(&place);
                    cancel.cancel();
                });
            }
        }
    });
    let error = world.bench(options, events, cancel).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    let took = began.lock().unwrap().expect("it began to measure").elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_time_does_not_suffice_for_is_named() {
    let world = World::new(SHOP).await;
    let mut options = world.options();
    options.users = vec![1, 2];
    options.loads = vec![Load::Reads];
    options.step = Duration::from_millis(100);
    let quick = world.bench(options.clone(), Events::silent(), Cancel::new()).await.unwrap();
    options.max_time = Duration::from_secs_f64(quick.seconds * 2.0 + 10.0);
    options.step = Duration::from_secs(8);
    let report = world.bench(options, Events::silent(), Cancel::new()).await.unwrap();
    assert_eq!(report.status, BenchStatus::CutShort);
    assert!(!report.steps.is_empty());
    assert_eq!(report.steps.len() + report.not_measured.len(), 6);
    let last = Missed { users: 2, load: Load::Reads, database: Database::Postgresql };
    assert_eq!(report.not_measured.last(), Some(&last));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_time_at_all_says_how_to_get_more() {
    let world = World::new(SHOP).await;
    let mut options = world.options();
    options.max_time = Duration::from_millis(1);
    let error = world.bench(options, Events::silent(), Cancel::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("--max-time were over"), "{error}");
    assert!(error.hint().unwrap().contains("--max-time SECONDS"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_migrated_says_why_and_where_to_look() {
    let world = World::new(
        "create table p (id integer primary key); create table c (id integer primary key, p references p(id));
         insert into p values (1); insert into c values (1, 99);",
    )
    .await;
    let error = world.bench(world.options(), Events::silent(), Cancel::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().starts_with("the file cannot be migrated as it is: "), "{error}");
    assert!(error.hint().unwrap().contains("sealift plan"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_make_no_schema_is_told_what_helps() {
    let world = World::new(SHOP).await;
    let role = format!("{}_reader", world.database.name);
    world.database.execute(&format!("drop role if exists {role}; create role {role} login")).await;
    let mut options = world.options();
    let separator = if world.database.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}options=-c%20role%3D{role}", world.database.url);
    options.target = crate::support::endpoint(&url);
    let error = world.bench(options, Events::silent(), Cancel::new()).await.unwrap_err();
    world.database.execute(&format!("drop role {role}")).await;
    assert_eq!(error.kind(), ErrorKind::Permission);
    let hint = error.hint().unwrap();
    assert!(hint.contains("grant create on database"), "{hint}");
    assert!(hint.contains("measure on a server of your own: --to local"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_users_than_the_server_has_connections_share_them() {
    let server = ServerSettings::new().configure("max_connections = 12").start();
    let mut world = World::new(SHOP).await;
    world.database = server.database();
    let mut options = world.options();
    options.users = vec![24];
    options.loads = vec![Load::Reads];
    let report = world.bench(options, Events::silent(), Cancel::new()).await.unwrap();
    let sessions = report.postgresql.sessions;
    assert!((1..12).contains(&sessions), "{sessions}");
    let step = report.steps.iter().find(|step| step.database == Database::Postgresql).unwrap();
    assert_eq!((step.users, step.connections, step.other_errors), (24, sessions, 0));
    assert!(step.operations > 0);
}
