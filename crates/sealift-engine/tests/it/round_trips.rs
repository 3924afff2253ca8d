//! What a run costs on a long line: answers that are waited for, one after the other.

use crate::support::{assert_equal, options, run};
use sealift_engine::config::{MigrateOptions, VerifyLevel};
use sealift_testkit::{Database, Fault, Proxy, TempSqlite, database, server_url, sqlite_file};
use std::fmt::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Returns so many tables with a key and an index, of which each refers to the one before.
fn tables(count: usize, rows: usize) -> TempSqlite {
    let mut script = String::from("begin;");
    for number in 0..count {
        let parent = number.saturating_sub(1);
        write!(
            script,
            "create table t{number} (id integer primary key, name text not null,
                                     parent integer references t{parent}(id));
             create index i{number} on t{number}(name);
             with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
             insert into t{number} select i, 'name ' || i, i from n;"
        )
        .unwrap();
    }
    script.push_str("commit;");
    sqlite_file(&script)
}

fn server() -> SocketAddr {
    let url = server_url();
    let (_, place) = url.rsplit_once('@').unwrap();
    let (address, _) = place.split_once('/').unwrap();
    address.to_socket_addrs().unwrap().next().unwrap()
}

fn through(proxy: &Proxy, file: &TempSqlite, database: &Database) -> MigrateOptions {
    let target = crate::support::endpoint(&proxy.url(&database.url));
    let mut options = MigrateOptions { target, ..options(file.path(), database) };
    options.plan_options.jobs = 2;
    options
}

/// They took 485 when each statement and each receipt was waited for by itself. A line without delay
/// counts an answer that comes while something is still being sent, so that the bound is a wide one.
#[tokio::test]
async fn twenty_tables_take_few_round_trips() {
    let (file, database) = (tables(20, 50), database().await);
    let proxy = Proxy::start(server());
    let options = through(&proxy, &file, &database);
    let report = run(MigrateOptions { verify: VerifyLevel::None, ..options }).await.unwrap();
    assert_eq!(report.tables.len(), 20);
    let trips = proxy.strikes().round_trips;
    assert!((30..=250).contains(&trips), "{trips} round trips");
}

/// So many that they share transactions, and that not all are tried beforehand.
#[tokio::test]
async fn many_small_tables_arrive_whole_over_a_slow_line() {
    let (file, database) = (tables(150, 20), database().await);
    let proxy = Proxy::start(server());
    proxy.inject(Fault::Latency(Duration::from_millis(2)));
    let report = run(through(&proxy, &file, &database)).await.unwrap();
    assert_equal(&report);
    let trips = proxy.strikes().round_trips;
    assert!(trips < 150 * 7, "{trips} round trips");
}
