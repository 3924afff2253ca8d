//! A SQLite file, as long as no server is configured.

use crate::running::Running;
use sealift_serve::Database;
use sealift_testkit::sqlite_file;
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_file_is_healthy_and_has_neither_pool_nor_server() {
    let file = sqlite_file("create table t (a); insert into t values (1)");
    let server = Running::of(Database::Sqlite(file.path().to_owned())).await;
    let mut client = server.client().await;
    let answer = client.get("/health/db").await;
    let connected = json!({"status": "ok", "database": "connected"});
    assert_eq!((answer.status, answer.json()), (200, connected));
    let health = client.get("/api/health").await.json();
    assert_eq!((&health["kind"], &health["pool"]), (&json!("sqlite"), &json!(null)));
    assert_eq!(health["target"], file.path().to_str().unwrap());
    assert!(health["server_version"].as_str().unwrap().starts_with("3."));
    assert_eq!(client.get("/api/state").await.json()["server"], json!(null));
    let metrics = client.get("/metrics").await;
    assert!(metrics.body.contains("sealift_database_up 1"), "{}", metrics.body);
    assert!(!metrics.body.contains("sealift_pool_"), "{}", metrics.body);
}

#[tokio::test]
async fn a_file_that_is_missing_or_damaged_is_unhealthy_until_it_is_mended() {
    let file = sqlite_file("create table t (a)");
    let whole = fs::read(file.path()).unwrap();
    let server = Running::of(Database::Sqlite(file.path().to_owned())).await;
    let mut client = server.client().await;
    fs::remove_file(file.path()).unwrap();
    let answer = client.get("/health/db").await;
    assert_eq!((answer.status, &answer.json()["reason"]), (503, &json!("there is no such file")));
    assert!(!file.path().exists(), "asking makes no file");
    fs::write(file.path(), vec![b'x'; 4096]).unwrap();
    let reason = until(&mut client, |reason| reason.contains("not a SQLite database")).await;
    assert!(!reason.contains(file.path().to_str().unwrap()), "{reason}");
    fs::write(file.path(), whole).unwrap();
    until(&mut client, str::is_empty).await;
}

/// Asks until the reason is as it should be: what was said a moment ago is said again for a moment.
async fn until(
    client: &mut crate::client::Client<tokio::net::TcpStream>,
    wanted: impl Fn(&str) -> bool,
) -> String {
    let asking = async {
        loop {
            let answer = client.get("/health/db").await.json();
            let reason = answer["reason"].as_str().unwrap_or_default().to_owned();
            if wanted(&reason) {
                return reason;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asking).await.expect("in time")
}

#[tokio::test]
async fn asking_leaves_the_application_alone() {
    let file = sqlite_file("pragma journal_mode = wal; create table t (a)");
    let server = Running::of(Database::Sqlite(file.path().to_owned())).await;
    let mut client = server.client().await;
    let beside = || {
        let names = fs::read_dir(file.folder()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = beside();
    assert_eq!(client.get("/health/db").await.status, 200);
    assert_eq!(beside(), before);
    // A writer that holds its lock keeps no reader of a write-ahead log waiting.
    let writer = file.open();
    writer.execute_batch("begin immediate; insert into t values (1)").unwrap();
    // Longer than an answer is good for.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        assert_eq!(client.get("/health/db").await.status, 200);
    }
    writer.execute_batch("commit").unwrap();
}
