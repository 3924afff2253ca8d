//! Whether the database is there, as probes ask.

use crate::running::{Running, postgres};
use sealift_engine::postgres::PoolSettings;
use sealift_serve::Database;
use sealift_testkit::{Server, ServerSettings, StopMode, database};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Nothing listens on port 1, and nobody can without being root.
const NOBODY: &str = "postgresql://app:hidden@127.0.0.1:1/shop?sslmode=disable";

#[tokio::test]
async fn a_database_that_is_there_is_healthy_at_every_address() {
    let database = database().await;
    let server = Running::of(postgres(&database.url)).await;
    let mut client = server.client().await;
    let healthy = json!({"status": "healthy", "database": "healthy"});
    for (path, body) in [
        ("/health/db", json!({"status": "ok", "database": "connected"})),
        ("/health", healthy.clone()),
        ("/healthz", healthy.clone()),
        ("/readyz", healthy),
        ("/livez", json!({"status": "ok"})),
    ] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.json()), (200, body), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = client.get("/api/health").await;
    let health = answer.json();
    assert_eq!((answer.status, &health["status"]), (200, &json!("healthy")));
    assert_eq!((&health["kind"], &health["reason"]), (&json!("postgresql"), &json!(null)));
    assert!(health["target"].as_str().unwrap().contains(&database.name), "{health}");
    assert!(health["server_version"].as_str().unwrap().contains('.'));
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["latency_seconds"].as_f64().unwrap() < 5.0);
    let pool = &health["pool"];
    assert_eq!((&pool["base"], &pool["max"], &pool["size"]), (&json!(5), &json!(20), &json!(1)));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_with_the_reason_and_no_secret() {
    let server = Running::of(postgres(NOBODY)).await;
    let mut client = server.client().await;
    for (path, status, word) in [
        ("/health/db", "error", "disconnected"),
        ("/health", "unhealthy", "unhealthy"),
        ("/healthz", "unhealthy", "unhealthy"),
        ("/readyz", "unhealthy", "unhealthy"),
        ("/api/health", "unhealthy", "unhealthy"),
    ] {
        let began = Instant::now();
        let answer = client.get(path).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{path}: {:?}", began.elapsed());
        let body = answer.json();
        assert_eq!((answer.status, &body["status"]), (503, &json!(status)), "{path}");
        assert_eq!(body["database"], word, "{path}");
        let reason = body["reason"].as_str().unwrap();
        assert!(reason.starts_with("nothing listens at 127.0.0.1:1"), "{reason}");
        assert!(!answer.body.contains("hidden"), "{}", answer.body);
    }
    assert_eq!(client.get("/livez").await.status, 200, "a restart would not help the database");
}

#[tokio::test]
async fn a_password_that_is_wrong_is_not_told() {
    let server = ServerSettings::new().password("right").start();
    let url = server.url("postgres").replace(":right@", ":hidden@");
    let running = Running::of(postgres(&url)).await;
    let answer = running.client().await.get("/health/db").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("password"), "{}", answer.body);
    assert!(!answer.body.contains("hidden") && !answer.body.contains("right"), "{}", answer.body);
}

#[tokio::test]
async fn a_database_that_says_nothing_is_told_within_five_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let server = Running::of(postgres(&format!("postgresql://a@127.0.0.1:{port}/b"))).await;
    // Many at once, who all share one question.
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let address = server.address;
            tokio::spawn(async move {
                let began = Instant::now();
                let answer = crate::client::Client::connect(address).await.get("/health/db").await;
                (answer.status, answer.body, began.elapsed())
            })
        })
        .collect();
    for task in asking {
        let (status, body, took) = task.await.unwrap();
        assert_eq!(status, 503, "{body}");
        assert!(body.contains("answer within 4.5 s"), "{body}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test]
async fn a_server_that_stops_and_starts_is_told_within_a_second() {
    let mut database = Server::start();
    let server = Running::of(postgres(&database.url("postgres"))).await;
    let mut client = server.client().await;
    assert_eq!(client.get("/health/db").await.status, 200);
    for mode in [StopMode::Fast, StopMode::Immediate] {
        database.stop(mode);
        let stopped = Instant::now();
        while client.get("/health/db").await.status == 200 {
            assert!(stopped.elapsed() < Duration::from_secs(1), "{mode:?}");
        }
        database.start_again();
        let started = Instant::now();
        while client.get("/health/db").await.status != 200 {
            assert!(started.elapsed() < Duration::from_secs(1), "{mode:?}");
        }
    }
}

#[tokio::test]
async fn a_reading_that_has_the_only_session_makes_the_probe_wait_and_not_fail() {
    let database = database().await;
    let Database::PostgreSql { endpoint, pool } = postgres(&database.url) else { panic!() };
    let pool = PoolSettings { base: 1, overflow: 0, ..pool };
    let server = Running::of(Database::PostgreSql { endpoint, pool }).await;
    // It waits for this lock with the only session.
    database.execute("create table t (a int)").await;
    let holder = database.connect().await;
    holder.batch_execute("begin; lock table t in access exclusive mode").await.unwrap();
    let (mut reading, mut probing) = (server.client().await, server.client().await);
    let (state, health) = tokio::join!(reading.get("/api/state"), probing.get("/health/db"));
    assert_eq!((state.status, health.status), (200, 200), "{}", health.body);
    assert_eq!(state.json()["server"]["missing"]["tables"], "a lock stood in the way");
}

#[tokio::test]
async fn what_does_not_exist_is_said_to() {
    let server = Running::of(postgres(NOBODY)).await;
    let answer = server.client().await.get("/nothing").await;
    assert_eq!((answer.status, &answer.json()["status"]), (404, &json!("error")));
}
