//! Each fault against a real server.

use super::*;
use crate::database::{Database, database};
use tokio_postgres::{Client, NoTls};

/// Returns a database and a proxy before its server.
async fn behind_a_proxy() -> (Database, Proxy) {
    let database = database().await;
    let config: tokio_postgres::Config = database.url.parse().unwrap();
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    (database, proxy)
}

async fn connect(proxy: &Proxy, database: &Database) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&proxy.url(&database.url), NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// A statement must not hang for ever where a test expects it to fail.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("nothing happened")
}

#[tokio::test]
async fn without_a_fault_everything_passes() {
    let (database, proxy) = behind_a_proxy().await;
    let client = connect(&proxy, &database).await.unwrap();
    assert_eq!(number(&client, "select sum(i) from generate_series(1, 1000) i").await, 500_500);
    // The login, the parsing of the query, and its rows.
    let expected = Strikes { connections: 1, round_trips: 3, ..Strikes::default() };
    assert_eq!(proxy.strikes(), expected);
}

#[tokio::test]
async fn a_long_line_delays_each_answer_and_not_what_follows_on_it() {
    let (database, proxy) = behind_a_proxy().await;
    proxy.inject(Fault::Latency(Duration::from_millis(300)));
    let client = connect(&proxy, &database).await.unwrap();
    let began = Instant::now();
    let ask = || client.batch_execute("select 1");
    tokio::try_join!(ask(), ask(), ask(), ask(), ask()).unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(600), "there and back: {took:?}");
    assert!(took < Duration::from_secs(3), "one after the other: {took:?}");
}

#[tokio::test]
async fn single_bytes_arrive_in_order() {
    let (database, proxy) = behind_a_proxy().await;
    proxy.inject(Fault::OneByte);
    let client = connect(&proxy, &database).await.unwrap();
    let text = "0123456789".repeat(20_000);
    let row = client.query_one("select $1 || 'x'", &[&text]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), format!("{text}x"));
    assert!(proxy.strikes().single_bytes > 400_000, "{:?}", proxy.strikes());
}

#[tokio::test]
async fn a_delay_and_a_limit_take_their_time() {
    let (database, proxy) = behind_a_proxy().await;
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::Delay(Duration::from_millis(50)));
    let began = Instant::now();
    client.batch_execute("select 1").await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(100), "{:?}", began.elapsed());
    assert!(proxy.strikes().delayed >= 2, "{:?}", proxy.strikes());
    proxy.inject(Fault::RateLimit(100_000));
    let began = Instant::now();
    client.batch_execute("select repeat('x', 30000)").await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(250), "{:?}", began.elapsed());
    assert!(proxy.strikes().limited > 10, "{:?}", proxy.strikes());
    proxy.heal();
    client.batch_execute("select repeat('x', 300000)").await.unwrap();
}

#[tokio::test]
async fn a_cut_resets_connections_until_it_heals() {
    let (database, proxy) = behind_a_proxy().await;
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::Cut(Heal::Never));
    assert!(soon(client.batch_execute("select 1")).await.is_err());
    assert!(soon(connect(&proxy, &database)).await.is_err());
    proxy.heal();
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::Cut(Heal::AtOnce));
    assert!(soon(client.batch_execute("select 1")).await.is_err());
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::Cut(Heal::After(Duration::from_millis(100))));
    assert!(soon(client.batch_execute("select 1")).await.is_err());
    let healed = async { while connect(&proxy, &database).await.is_err() {} };
    soon(healed).await;
    assert!(proxy.strikes().cut >= 4, "{:?}", proxy.strikes());
}

#[tokio::test]
async fn a_half_open_connection_is_silent_and_not_closed() {
    let (database, proxy) = behind_a_proxy().await;
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::HalfOpen(NewConnections::Work));
    let silence = Duration::from_millis(200);
    assert!(tokio::time::timeout(silence, client.batch_execute("select 1")).await.is_err());
    let second = connect(&proxy, &database).await.unwrap();
    second.batch_execute("select 1").await.unwrap();
    assert_eq!(proxy.strikes().silent, 1);
    proxy.inject(Fault::HalfOpen(NewConnections::Hang));
    assert!(tokio::time::timeout(silence, connect(&proxy, &database)).await.is_err());
    assert_eq!(proxy.strikes().silent, 3);
}

#[tokio::test]
async fn a_reset_before_a_commit_leaves_nothing() {
    let (database, proxy) = behind_a_proxy().await;
    database.execute("create table t (a int)").await;
    let client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::ResetBeforeCommit(2));
    client.batch_execute("begin; insert into t values (1); commit").await.unwrap();
    client.batch_execute("begin; insert into t values (2)").await.unwrap();
    assert!(soon(client.batch_execute("commit")).await.is_err());
    assert_eq!(proxy.strikes().before_commit, 1);
    let client = connect(&proxy, &database).await.unwrap();
    client.batch_execute("begin; insert into t values (4); commit").await.unwrap();
    assert_eq!(number(&client, "select sum(a) from t").await, 5);
}

#[tokio::test]
async fn a_reset_after_a_commit_has_committed() {
    let (database, proxy) = behind_a_proxy().await;
    database.execute("create table t (a int)").await;
    let mut client = connect(&proxy, &database).await.unwrap();
    proxy.inject(Fault::ResetAfterCommit(2));
    client.batch_execute("begin; insert into t values (1); commit").await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.execute("insert into t values (2)", &[]).await.unwrap();
    assert!(soon(transaction.commit()).await.is_err());
    assert_eq!(proxy.strikes().after_commit, 1);
    let client = connect(&proxy, &database).await.unwrap();
    assert_eq!(number(&client, "select sum(a) from t").await, 3);
}
