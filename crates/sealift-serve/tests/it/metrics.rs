//! `/metrics` of a real server.

use crate::running::{Running, postgres};
use sealift_testkit::{Server, StopMode, database};

/// Returns the value of a series.
#[track_caller]
fn value(text: &str, series: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {series}: {text}")).parse().unwrap()
}

#[tokio::test]
async fn what_prometheus_reads_is_what_the_server_is_like() {
    let database = database().await;
    database
        .execute(
            "create table t (id serial primary key, note text);
             insert into t (note) select 'x' from generate_series(1, 5000); analyze t",
        )
        .await;
    let server = Running::of(postgres(&database.url)).await;
    let mut client = server.client().await;
    client.get("/health/db").await;
    let answer = client.get("/metrics").await;
    let kind = answer.header("content-type").unwrap();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    let text = &answer.body;
    assert_eq!(value(text, "sealift_database_up"), 1.0);
    assert_eq!(value(text, "sealift_pool_sessions_max"), 20.0);
    assert!(value(text, "sealift_pool_sessions{state=\"idle\"}") >= 1.0);
    assert!(value(text, "sealift_pool_connects_total") >= 1.0);
    assert!(value(text, "sealift_query_seconds_count") >= 12.0);
    assert!(value(text, "sealift_server_connections_limit") > 1.0);
    assert!(value(text, "sealift_server_connections{state=\"active\"}") >= 1.0);
    assert!(value(text, "sealift_database_size_bytes") > 1e6);
    assert!(value(text, "sealift_table_size_bytes{schema=\"public\",table=\"t\"}") > 100_000.0);
    assert_eq!(value(text, "sealift_server_slow_queries"), 0.0);
    assert_eq!(value(text, "sealift_reading_missing{part=\"statements\"}"), 1.0);
    assert!(!text.contains("sealift_migration_"), "there is none: {text}");
}

#[tokio::test]
async fn a_server_that_is_away_is_a_value_and_no_failure() {
    let mut database = Server::start();
    let server = Running::of(postgres(&database.url("postgres"))).await;
    database.stop(StopMode::Fast);
    let answer = server.client().await.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(value(&answer.body, "sealift_database_up"), 0.0);
    assert!(value(&answer.body, "sealift_query_errors_total{class=\"none\"}") >= 1.0);
    assert_eq!(value(&answer.body, "sealift_reading_missing{part=\"tables\"}"), 1.0);
    assert!(!answer.body.contains("sealift_database_size_bytes"));
}
