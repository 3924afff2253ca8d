//! The snippet for sqlx: `pool_of_sqlx.rs` is what `tune` prints, letter by letter, and is compiled here.

use super::Small;
use sqlx_core::executor::Executor;
use std::io::Read;
use std::process::Command;

/// `sqlx` itself names its SQLite half, which cannot stand beside rusqlite: here are the parts that it would
/// name.
mod facade {
    pub(super) mod postgres {
        pub(crate) use sqlx_postgres::{PgPool, PgPoolOptions};
    }
    pub(super) use sqlx_core::Error;
}

#[expect(
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "an application's lines, as they stand"
)]
mod snippet {
    use super::facade as sqlx;
    include!("pool_of_sqlx.rs");
}

/// Says to a process of this program that it is a worker.
const WORKER: &str = "SEALIFT_TEST_WORKER";

#[test]
fn every_worker_of_sqlx_gets_its_connections() {
    let small = Small::start();
    let advice = small.tune(&["--framework", "sqlx", "--workers", "2", "--instances", "2"]);
    assert_eq!(advice["snippet"]["text"], include_str!("pool_of_sqlx.rs"));
    let program = std::env::current_exe().unwrap();
    small.bears(&advice, |connections| {
        let mut command = Command::new(&program);
        command.args(["tune::rust::a_worker", "--exact", "--ignored", "--nocapture"]);
        command.env("DATABASE_URL", small.url()).env(WORKER, connections.to_string());
        command
    });
}

/// A worker: works with the pool, takes all of its connections at once, says so, and holds them until its standard
/// input ends.
#[tokio::test]
#[ignore = "a process of the test above, which starts it"]
async fn a_worker() {
    let count = std::env::vars().find(|(name, _)| name == WORKER).expect("started by the test").1;
    let count: usize = count.parse().unwrap();
    let pool = snippet::pool().await.unwrap();
    let work = |pool: facade::postgres::PgPool| async move {
        for _ in 0..20 {
            pool.acquire().await.unwrap().execute("select 1").await.unwrap();
        }
    };
    let tasks: Vec<_> = (0..count + 3).map(|_| tokio::spawn(work(pool.clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..count {
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("select 1").await.unwrap();
        held.push(connection);
    }
    println!("holding {count}");
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_string(&mut String::new()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(held.len(), count);
}
