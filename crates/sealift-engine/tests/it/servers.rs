//! The whole journey on each version that is supported.

use crate::support::{assert_equal, endpoint, run};
use sealift_core::sql::Sql;
use sealift_engine::config::VerifyLevel;
use sealift_testkit::{ServerSettings, database, sqlite_file};

/// A little of everything.
const SOURCE: &str = "
    create table customer (
        id integer primary key autoincrement,
        email text not null collate nocase unique,
        name varchar(80) not null default 'nobody',
        balance numeric not null default 0 check (balance >= -100),
        born date,
        settings json,
        photo blob,
        label text generated always as (name || ' <' || email || '>') stored
    );
    create table orders (
        id integer primary key,
        customer_id integer not null references customer (id) on delete cascade,
        placed datetime not null default current_timestamp,
        is_paid boolean not null default 0,
        total real
    );
    create index orders_unpaid on orders (placed) where is_paid = 0;
    create index customer_lower on customer (lower(name));
    create view debt as select c.name, sum(o.total) as owed from customer c
        join orders o on o.customer_id = c.id where o.is_paid = 0 group by c.name;
    insert into customer (email, name, balance, born, settings, photo) values
        ('a@example.org', 'Ann', 12.5, '1990-02-28', '{\"a\": [1, 2]}', x'00ff'),
        ('b@example.org', 'Bób', -3, null, null, null);
    insert into orders values (1, 1, '2024-01-01 10:00:00', 0, 9.75), (7, 2, '2024-02-01', 1, 1e300);";

async fn journey(major: u32) {
    let server = ServerSettings::new().version(major).start();
    let database = database().await;
    let file = sqlite_file(SOURCE);
    for (name, verify) in [("digest", VerifyLevel::Digest), ("cells", VerifyLevel::Cells)] {
        let admin = endpoint(&server.url("postgres"));
        let session = admin.connect("sealift test").await.unwrap();
        assert_eq!(session.server_version().major(), major);
        session.batch(&Sql::raw("create database ").push(name)).await.unwrap();
        let mut options = crate::support::options(file.path(), &database);
        options.target = admin.with_database(name);
        options.verify = verify;
        let target = options.target.clone();
        assert_equal(&run(options).await.unwrap());
        let session = target.connect("sealift test").await.unwrap();
        let sql = Sql::raw(
            "insert into public.customer (email) values ('c@example.org') returning id::text",
        );
        assert_eq!(session.query_text(&sql).await.unwrap()[0][0].as_deref(), Some("3"));
        let sql = Sql::raw("select owed::text from public.debt");
        assert_eq!(session.query_text(&sql).await.unwrap()[0][0].as_deref(), Some("9.75"));
    }
}

#[tokio::test]
async fn the_whole_journey_on_postgresql_14() {
    Box::pin(journey(14)).await;
}

#[tokio::test]
async fn the_whole_journey_on_postgresql_15() {
    Box::pin(journey(15)).await;
}

#[tokio::test]
async fn the_whole_journey_on_postgresql_16() {
    Box::pin(journey(16)).await;
}

#[tokio::test]
async fn the_whole_journey_on_postgresql_17() {
    Box::pin(journey(17)).await;
}

#[tokio::test]
async fn the_whole_journey_on_postgresql_18() {
    Box::pin(journey(18)).await;
}
