//! What is asked of a server for `tune`, on each version, through poolers, and by roles that see little.

use crate::support::endpoint;
use sealift_core::name::Ident;
use sealift_core::sql::Sql;
use sealift_core::tune::pool::Route;
use sealift_core::tune::settings::{self, Todo};
use sealift_core::tune::{grants, indexes};
use sealift_engine::tune::{apply, indexes as index_facts, look, role};
use sealift_testkit::{PgBouncer, Server, ServerSettings};

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn public() -> Ident {
    ident("public")
}

/// A server of a version with a role `app`, an index that is missing and one that is there twice.
async fn server(major: u32) -> Server {
    let server = ServerSettings::new().version(major).start();
    let database = server.database();
    database.execute("create role app login; create role reader login").await;
    let owner = database.connect().await;
    owner.batch_execute("create database shop owner app").await.unwrap();
    let shop = endpoint(&server.url("shop")).connect("sealift test").await.unwrap();
    shop.batch(&Sql::raw(
        "set search_path = public;
         grant create on schema public to public;
         create table users (id bigint primary key);
         create table orders (id serial primary key, user_id bigint references users, at date);
         create index orders_at on orders (at);
         create index orders_at_again on orders (at);
         alter table orders set (autovacuum_vacuum_scale_factor = 0.01)",
    ))
    .await
    .unwrap();
    drop(database);
    server
}

async fn everything_is_answered(major: u32) {
    let server = server(major).await;
    let target = endpoint(&server.url("shop"));
    let seen = look(&target, &public(), None).await.unwrap();
    assert!(seen.version.starts_with(&major.to_string()), "{}", seen.version);
    assert_eq!((seen.connections.max, seen.connections.superuser_reserved), (100, 3));
    assert_eq!((seen.route, seen.framework), (Route::Direct, None));
    assert!(seen.server.may_alter_system && seen.server.owns_database);
    assert!(seen.server.checkpoints.is_some());
    // It runs on this machine, which has some memory.
    assert!(seen.server.memory.unwrap() > 64 << 20);
    let advice = settings::settings(&seen.server);
    assert_eq!(
        advice.len(),
        seen.server.settings.len(),
        "a rule for each setting that is asked for"
    );
    assert_eq!(advice.len(), 13);
    assert!(advice.iter().all(|one| one.todo != Todo::Unknown), "{advice:?}");

    let facts = index_facts(&target, &public()).await.unwrap();
    let kinds: Vec<indexes::Kind> =
        indexes::indexes(&facts).iter().map(|advice| advice.kind).collect();
    let unused = indexes::Kind::Unused;
    assert_eq!(kinds, [indexes::Kind::ForeignKey, indexes::Kind::Duplicate, unused]);

    let found = role(&target, &public(), &ident("reader")).await.unwrap();
    assert_eq!(found.facts.owners, [ident("postgres")]);
    let statements = grants::grants(&found.facts);
    apply(&target, &found, &statements).await.unwrap();
    let reader = server.url("shop").replacen("postgres@", "reader@", 1);
    let reader = endpoint(&reader).connect("sealift test").await.unwrap();
    reader.batch(&Sql::raw("insert into public.orders (at) values (now())")).await.unwrap();
    let refused = reader.batch(&Sql::raw("create table public.mine (id int)")).await.unwrap_err();
    assert_eq!(refused.sqlstate(), Some("42501"));
}

#[tokio::test]
async fn everything_is_answered_by_14() {
    everything_is_answered(14).await;
}

#[tokio::test]
async fn everything_is_answered_by_15() {
    everything_is_answered(15).await;
}

#[tokio::test]
async fn everything_is_answered_by_16() {
    everything_is_answered(16).await;
}

#[tokio::test]
async fn everything_is_answered_by_17() {
    everything_is_answered(17).await;
}

#[tokio::test]
async fn everything_is_answered_by_18() {
    everything_is_answered(18).await;
}

/// A role that may not see what others do counts them all the same.
#[tokio::test]
async fn connections_of_others_are_counted_by_everybody() {
    let server = Server::start();
    let database = server.database();
    database.execute("create role app login; create role other login").await;
    let url = |role: &str| database.url.replacen("postgres@", &format!("{role}@"), 1);
    let mut held = vec![endpoint(&url("app")).connect("the application").await.unwrap()];
    for role in ["other", "other", "postgres"] {
        held.push(endpoint(&url(role)).connect("somebody").await.unwrap());
    }
    let elsewhere = server.url("postgres").replacen("postgres@", "app@", 1);
    held.push(endpoint(&elsewhere).connect("somebody").await.unwrap());
    let target = endpoint(&url("app"));
    // Those of the test's making end a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let seen = loop {
        let seen = look(&target, &public(), Some(8 << 30)).await.unwrap();
        if seen.connections.others == 4 || std::time::Instant::now() > deadline {
            break seen;
        }
    };
    let counted = seen.connections;
    assert_eq!((counted.own, counted.others), (1, 4), "{counted:?}");
    assert_eq!((counted.others_of_role, counted.others_in_database), (1, 3), "{counted:?}");
    assert_eq!(counted.free(), 93);
    assert_eq!(seen.server.memory, Some(8 << 30));
    assert!(!seen.server.may_alter_system && !seen.server.owns_database);
    drop(held);
}

#[tokio::test]
async fn poolers_are_recognised_and_looked_through() {
    let server = Server::start();
    let database = server.database();
    for (mode, route) in
        [("session", Route::SessionPooler), ("transaction", Route::TransactionPooler)]
    {
        let pooler = PgBouncer::start(server.port(), mode, "");
        let target = endpoint(&pooler.url(&database.name));
        let seen = look(&target, &public(), None).await.unwrap();
        assert_eq!(seen.route, route);
        assert_eq!(seen.connections.max, 100);
    }
}

#[tokio::test]
async fn a_standby_is_looked_at_too() {
    let server = Server::start();
    let standby = server.standby();
    let seen = look(&endpoint(&standby.url("postgres")), &public(), None).await.unwrap();
    assert_eq!(seen.connections.max, 100);
}

#[tokio::test]
async fn what_the_provider_keeps_to_itself_is_known_by_its_role() {
    let server = Server::start();
    let database = server.database();
    database.execute("create role rds_superuser; create role app login").await;
    let url = database.url.replacen("postgres@", "app@", 1);
    let seen = look(&endpoint(&url), &public(), Some(8 << 30)).await.unwrap();
    assert_eq!(seen.server.provider, Some(settings::Provider::Rds));
    let advice = settings::settings(&seen.server);
    let buffers = advice.iter().find(|one| one.name == "shared_buffers").unwrap();
    assert_eq!(buffers.by, Some("the DB parameter group of the instance"));
}

#[tokio::test]
async fn a_table_of_millions_is_named_and_one_that_is_set_is_not() {
    let server = Server::start();
    let database = server.database();
    // A row takes a few bytes only where it has no column.
    database
        .execute(
            "create table events (); create table seen () with (autovacuum_vacuum_scale_factor = 0.01,
                 autovacuum_analyze_scale_factor = 0.01);
             insert into events select from generate_series(1, 1100000);
             insert into seen select from generate_series(1, 1000);
             analyze events",
        )
        .await;
    let seen = look(&endpoint(&database.url), &public(), None).await.unwrap();
    let advice = settings::tables(&seen.server.large_tables);
    assert_eq!(advice.len(), 1, "{advice:?}");
    // ANALYZE estimates.
    assert!((1_000_000..1_200_000).contains(&advice[0].rows), "{advice:?}");
    let session = endpoint(&database.url).connect("sealift test").await.unwrap();
    session.batch(&advice[0].sql).await.unwrap();
    let seen = look(&endpoint(&database.url), &public(), None).await.unwrap();
    assert_eq!(settings::tables(&seen.server.large_tables), []);
}
