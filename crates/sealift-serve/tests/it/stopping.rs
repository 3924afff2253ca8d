//! The end of a server: what is under way is answered, and streams end.

use crate::running::{Running, postgres};
use sealift_testkit::database;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_server_that_is_stopped_ends_its_streams_and_is_gone() {
    let database = database().await;
    let mut server = Running::of(postgres(&database.url)).await;
    let mut idle = server.client().await;
    assert_eq!(idle.get("/livez").await.status, 200);
    let mut watching = server.client().await;
    assert_eq!(watching.open("/api/events").await.status, 200);
    assert!(watching.event().await.is_some());
    let began = Instant::now();
    server.cancel.cancel();
    while watching.event().await.is_some() {}
    (&mut server.task).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(idle.try_get("/livez", &[]).await.is_err());
    assert!(TcpStream::connect(server.address).await.is_err());
    // Its sessions are closed with it.
    let count = "select count(*) from pg_stat_activity where application_name = 'sealift serve' \
         and datname = current_database()";
    while database.query_value(count).await.as_deref() != Some("0") {
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_is_still_answered() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut server = Running::of(postgres(&format!("postgresql://a@127.0.0.1:{port}/b"))).await;
    let mut client = server.client().await;
    let asking = tokio::spawn(async move { client.get("/health/db").await.status });
    // The database has been asked; its answer never comes.
    let (_held, _) = silent.accept().await.unwrap();
    server.cancel.cancel();
    assert_eq!(asking.await.unwrap(), 503);
    (&mut server.task).await.unwrap().unwrap();
}
