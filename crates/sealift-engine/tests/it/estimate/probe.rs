//! The short look at a server.

use super::{predict, predict_alone};
use sealift_engine::ErrorKind;
use sealift_engine::ops::Cancel;
use sealift_testkit::{Database, Server, ServerSettings, TempSqlite, database, sqlite_file};
use std::time::Duration;

const SOURCE: &str = "
    create table notes (id integer primary key, text text not null);
    insert into notes values (1, 'one'), (2, 'two');";

fn file() -> TempSqlite {
    sqlite_file(SOURCE)
}

/// Everything that has a name in a database.
const CATALOG: &str = "
    select 'relation', oid::text, relname::text from pg_class
    union all select 'schema', oid::text, nspname from pg_namespace
    union all select 'type', oid::text, typname from pg_type
    union all select 'function', oid::text, proname from pg_proc
    union all select 'large object', oid::text, '' from pg_largeobject_metadata
    order by 1, 2";

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_leaves_nothing_behind_and_finds_every_rate() {
    let database = database().await;
    let before = database.query_text(CATALOG).await;
    let file = file();
    let (_, prediction) = predict(file.path(), &database.url, &Cancel::new()).await.unwrap();
    assert_eq!(database.query_text(CATALOG).await, before);
    assert!(prediction.probed, "{prediction:?}");
    let rates = prediction.rates.unwrap();
    let all = [
        rates.round_trip,
        rates.statement,
        rates.copy_row,
        rates.copy_byte,
        rates.integer_key,
        rates.text_key,
        rates.hash_row,
    ];
    assert!(all.iter().all(|rate| *rate > 0.0 && *rate < 1.0), "{rates:?}");
    assert!(prediction.estimate.seconds > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_disk_is_the_same_and_the_rates_are_the_usual() {
    let (database, file) = (database().await, file());
    let (_, asked) = predict(file.path(), &database.url, &Cancel::new()).await.unwrap();
    let alone = predict_alone(file.path()).await;
    assert!(!alone.probed);
    assert_eq!(alone.not_probed.as_deref(), Some("not wanted"));
    assert_eq!(alone.estimate.disk.bytes, asked.estimate.disk.bytes);
    assert_eq!(
        alone.estimate.disk.backup_bytes,
        Some(std::fs::metadata(file.path()).unwrap().len())
    );
    assert_eq!(asked.estimate.disk.backup_bytes, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_temporary_tables_gets_an_estimate_without_a_probe() {
    let database = database().await;
    let role = format!("{}_role", database.name);
    let name = &database.name;
    database
        .execute(&format!(
            "create role {role} login; revoke temporary on database {name} from public"
        ))
        .await;
    let url = database.url.replacen("postgres@", &format!("{role}@"), 1);
    let predicted = predict(file().path(), &url, &Cancel::new()).await;
    database.execute(&format!("drop role {role}")).await;
    let (_, prediction) = predicted.unwrap();
    assert!(!prediction.probed);
    let reason = prediction.not_probed.unwrap();
    assert!(reason.contains("the role may not make temporary tables"), "{reason}");
}

async fn reason_of(database: &Database) -> String {
    let (_, prediction) = predict(file().path(), &database.url, &Cancel::new()).await.unwrap();
    assert!(!prediction.probed, "{prediction:?}");
    assert!(prediction.estimate.disk.bytes > 0);
    prediction.not_probed.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_not_measured() {
    let primary = Server::start();
    let standby = primary.standby();
    let url = standby.url("postgres");
    let (_, prediction) = predict(file().path(), &url, &Cancel::new()).await.unwrap();
    let reason = prediction.not_probed.unwrap();
    assert!(reason.contains("takes no writes"), "{reason}");
    let read_only = ServerSettings::new().configure("default_transaction_read_only = on\n").start();
    let (_, prediction) =
        predict(file().path(), &read_only.url("postgres"), &Cancel::new()).await.unwrap();
    assert!(!prediction.probed, "{prediction:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_a_reason_and_no_error() {
    let mut database = database().await;
    database.url = "postgresql://postgres@127.0.0.1:1/nothing".to_owned();
    let reason = reason_of(&database).await;
    assert!(reason.contains("127.0.0.1:1"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_stop_ends_the_probe_and_what_it_made() {
    let database = database().await;
    let before = database.query_text(CATALOG).await;
    let holder = database.connect().await;
    // Lets everybody read the catalog and nobody make a table.
    holder.batch_execute("begin; lock table pg_depend in exclusive mode").await.unwrap();
    let cancel = Cancel::new();
    let (url, stop) = (database.url.clone(), cancel.clone());
    let planning = tokio::spawn(async move { predict(file().path(), &url, &stop).await });
    let waits = "select count(*)::text from pg_locks l join pg_stat_activity a using (pid)
         where not l.granted and l.relation = 'pg_depend'::regclass and a.application_name = 'sealift plan'";
    let waiting = async {
        while database.query_value(waits).await.as_deref() != Some("1") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
    cancel.cancel();
    let stopped = planning.await.unwrap().unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Stopped, "{stopped}");
    holder.batch_execute("rollback").await.unwrap();
    let there =
        "select count(*)::text from pg_stat_activity where application_name = 'sealift plan'
         and datname = current_database()";
    let gone = async {
        while database.query_value(there).await.as_deref() != Some("0") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    assert_eq!(database.query_text(CATALOG).await, before);
}
