//! The pool on real servers: how many sessions there are, which are used again, and what a restart costs.

use crate::support::endpoint;
use sealift_core::sql::Sql;
use sealift_engine::ErrorKind;
use sealift_engine::monitor::Monitor;
use sealift_engine::postgres::{NO_CONNECTION, PoolSettings, PooledSession, Reuse, SessionPool};
use sealift_testkit::{Fault, NewConnections, PgBouncer, Proxy, Server, StopMode, database};
use std::time::{Duration, Instant};

fn settings(base: usize, overflow: usize) -> PoolSettings {
    PoolSettings { timeout: Duration::from_secs(20), ..sized(base, overflow) }
}

fn sized(base: usize, overflow: usize) -> PoolSettings {
    PoolSettings::sized(Some(base), Some(overflow)).unwrap()
}

fn pool(url: &str, settings: PoolSettings) -> SessionPool {
    SessionPool::new(endpoint(url), "sealift test", settings).unwrap()
}

/// Returns the number of the server's process behind a session.
async fn process(session: &PooledSession) -> String {
    let rows = session.ask(&Sql::raw("select pg_backend_pid()")).await.unwrap();
    rows[0][0].clone().unwrap()
}

async fn several(pool: &SessionPool, count: usize) -> Vec<PooledSession> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(pool.acquire().await.unwrap());
    }
    sessions
}

#[tokio::test]
async fn the_base_stays_open_and_what_is_above_it_is_closed() {
    let database = database().await;
    let pool = pool(&database.url, settings(2, 3));
    assert_eq!(pool.state().size, 0, "none is opened before one is wanted");
    let sessions = several(&pool, 5).await;
    let state = pool.state();
    assert_eq!((state.size, state.in_use, state.idle, state.max), (5, 5, 0, 5));
    drop(sessions);
    let state = pool.state();
    assert_eq!((state.size, state.in_use, state.idle), (2, 0, 2));
    let sessions = several(&pool, 2).await;
    assert_eq!(pool.counts().opened, 5, "the idle ones are used again");
    drop(sessions);
}

#[tokio::test]
async fn who_waits_in_vain_is_told_so_in_time() {
    let database = database().await;
    let short = PoolSettings { timeout: Duration::from_millis(300), ..sized(1, 1) };
    let pool = pool(&database.url, short);
    let sessions = several(&pool, 2).await;
    let began = Instant::now();
    let error = pool.acquire().await.unwrap_err();
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().starts_with("all 2 sessions of the pool are in use"), "{error}");
    assert!(error.hint().unwrap().contains("--pool-size"));
    assert_eq!(pool.state().timeouts, 1);
    drop(sessions);
    assert!(pool.acquire().await.is_ok());
    assert_eq!(pool.counts().waits.count, 4);
}

#[tokio::test]
async fn a_session_that_comes_back_goes_to_the_one_who_waits() {
    let database = database().await;
    let pool = pool(&database.url, settings(1, 0));
    let first = pool.acquire().await.unwrap();
    let pid = process(&first).await;
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { process(&pool.acquire().await.unwrap()).await }
    });
    while pool.state().waiting == 0 {
        tokio::task::yield_now().await;
    }
    drop(first);
    assert_eq!(waiting.await.unwrap(), pid);
    assert_eq!(pool.counts().opened, 1);
}

#[tokio::test]
async fn an_old_session_is_replaced_and_a_young_one_used_again() {
    let database = database().await;
    let young = pool(&database.url, settings(1, 0));
    let pid = process(&young.acquire().await.unwrap()).await;
    assert_eq!(process(&young.acquire().await.unwrap()).await, pid);
    let old = pool(&database.url, PoolSettings { recycle: Duration::ZERO, ..settings(1, 0) });
    let pid = process(&old.acquire().await.unwrap()).await;
    assert_ne!(process(&old.acquire().await.unwrap()).await, pid);
    assert_eq!(old.state().size, 1);
}

#[tokio::test]
async fn without_a_pool_each_request_has_a_session_of_its_own() {
    let database = database().await;
    let pool = pool(&database.url, PoolSettings::none());
    let pid = process(&pool.acquire().await.unwrap()).await;
    assert_eq!(pool.state().size, 0);
    assert_ne!(process(&pool.acquire().await.unwrap()).await, pid);
}

#[tokio::test]
async fn a_session_that_the_server_has_ended_is_noticed_before_it_is_used() {
    let database = database().await;
    let pool = pool(&database.url, settings(1, 0));
    let pid = process(&pool.acquire().await.unwrap()).await;
    database.execute(&format!("select pg_terminate_backend({pid}, 5000)")).await;
    assert_ne!(process(&pool.acquire().await.unwrap()).await, pid);
}

/// Without a ping what has arrived on this side is all that is known.
#[tokio::test]
async fn a_session_that_is_known_to_be_closed_is_replaced_without_a_ping() {
    let database = database().await;
    let pool = pool(&database.url, PoolSettings { reuse: Reuse::Trust, ..settings(1, 0) });
    let pid = process(&pool.acquire().await.unwrap()).await;
    database.execute(&format!("select pg_terminate_backend({pid}, 5000)")).await;
    let replaced = async {
        while pool.counts().opened == 1 {
            drop(pool.acquire().await.unwrap());
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), replaced).await.unwrap();
    assert_ne!(process(&pool.acquire().await.unwrap()).await, pid);
}

/// A firewall that forgets connections ends them without a word.
#[tokio::test]
async fn a_session_that_has_gone_silent_is_replaced() {
    let server = Server::start();
    let proxy = Proxy::start(server.address());
    let pool = pool(&proxy.url(&server.url("postgres")), settings(2, 0));
    let pid = process(&pool.acquire().await.unwrap()).await;
    proxy.inject(Fault::HalfOpen(NewConnections::Work));
    let began = Instant::now();
    assert_ne!(process(&pool.acquire().await.unwrap()).await, pid);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(proxy.strikes().silent > 0);
}

#[tokio::test]
async fn a_restart_costs_no_error_beyond_the_requests_in_flight() {
    let mut server = Server::start();
    let pool = pool(&server.url("postgres"), settings(3, 2));
    drop(several(&pool, 3).await);
    assert_eq!(pool.state().idle, 3);
    server.stop(StopMode::Fast);
    // Asked while the server is away, and answered as soon as it is back.
    let asked: Vec<_> = (0..5)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let session = pool.acquire().await?;
                session.ask(&Sql::raw("select 1")).await
            })
        })
        .collect();
    assert!(pool.acquire_at_once(Duration::from_secs(2)).await.is_err());
    server.start_again();
    for task in asked {
        task.await.unwrap().unwrap();
    }
    assert_eq!(pool.state().in_use, 0);
    // What it cost is counted.
    assert!(pool.counts().errors.values().sum::<u64>() > 0, "{:?}", pool.counts().errors);
}

#[tokio::test]
async fn a_wrong_password_is_not_waited_for() {
    let server = sealift_testkit::ServerSettings::new().password("right").start();
    let url = server.url("postgres").replace(":right@", ":wrong@");
    let pool = pool(&url, settings(1, 0));
    let began = Instant::now();
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(pool.counts().errors["28"], 1);
}

/// What belongs to a session would reach somebody else's there; what the pool and the readings do does not.
#[tokio::test]
async fn pool_and_readings_work_behind_a_pooler_in_transaction_mode() {
    let database = database().await;
    let bouncer = PgBouncer::start(endpoint(&database.url).port(), "transaction", "");
    let pool = pool(&bouncer.url(&database.name), settings(2, 0));
    drop(several(&pool, 2).await);
    let snapshot = Monitor::new(pool.clone()).snapshot().await;
    let missing: Vec<_> = snapshot.missing.keys().copied().collect();
    assert_eq!(missing, ["statements"], "{:#?}", snapshot.missing);
    let sessions = several(&pool, 2).await;
    for session in &sessions {
        let sql = Sql::raw("select current_setting('statement_timeout')");
        assert_eq!(session.ask(&sql).await.unwrap()[0][0].as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn errors_are_counted_by_their_class_and_latencies_by_their_length() {
    let database = database().await;
    let pool = pool(&database.url, settings(1, 0));
    let session = pool.acquire().await.unwrap();
    session.ping().await.unwrap();
    for sql in ["select 1/0", "select 1/0", "select nothing"] {
        session.ask(&Sql::raw(sql)).await.unwrap_err();
    }
    let counts = pool.counts();
    assert_eq!((counts.errors["22"], counts.errors["42"]), (2, 1));
    assert_eq!(counts.queries.count, 4);
    assert!(counts.queries.sum > 0.0);
    let away = self::pool("postgresql://a@127.0.0.1:1/b?sslmode=disable", settings(1, 0));
    away.acquire_at_once(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(away.counts().errors[NO_CONNECTION], 1);
}
