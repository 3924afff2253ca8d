//! Standbys, read-only servers, and several hosts of which one is meant.

use crate::support::{check_options, connect, endpoint, run, value};
use sealift_core::sql::Sql;
use sealift_engine::check::{CheckStatus, check};
use sealift_engine::compare::{CompareOptions, compare};
use sealift_engine::config::{PlanOptions, VerifyLevel};
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::Session;
use sealift_engine::report::MatchStatus;
use sealift_engine::{Error, ErrorKind};
use sealift_testkit::{Server, database, sqlite_file};

async fn port(session: &Session) -> String {
    value(session, "select inet_server_port()::text").await
}

async fn migrated_to(target: &str) -> Error {
    let database = database().await;
    let file = sqlite_file("create table t (a);");
    let mut options = crate::support::options(file.path(), &database);
    options.target = endpoint(target);
    run(options).await.unwrap_err()
}

#[tokio::test]
async fn a_standby_is_refused_at_once_and_of_several_servers_the_primary_is_found() {
    let primary = Server::start();
    let standby = primary.standby();
    let (first, second) = (primary.port().to_string(), standby.port().to_string());

    let error = migrated_to(&standby.url("postgres")).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Permission, Some("25006")));
    assert!(error.to_string().contains("takes no writes: it is a standby"), "{error}");

    let both = |ports: &str, more: &str| {
        format!(
            "host=127.0.0.1,127.0.0.1 port={ports} user=postgres dbname=postgres \
             sslmode=disable {more}"
        )
    };
    let backward = format!("{second},{first}");
    for more in [
        "",
        "target_session_attrs=any",
        "target_session_attrs=read-write",
        "target_session_attrs=primary",
        "load_balance_hosts=random",
    ] {
        let session = connect(&both(&backward, more)).await.unwrap();
        assert_eq!(port(&session).await, first, "{more}");
    }
    let error = connect(&both(&backward, "target_session_attrs=standby")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);

    // Who only reads gets what was asked for.
    let forward = format!("{first},{second}");
    for (attributes, expected) in [
        ("any", &first),
        ("read-write", &first),
        ("primary", &first),
        ("read-only", &second),
        ("standby", &second),
        ("prefer-standby", &second),
    ] {
        let text = both(&forward, &format!("target_session_attrs={attributes}"));
        let session = endpoint(&text).for_reading().connect("sealift test").await.unwrap();
        assert_eq!(&port(&session).await, expected, "{attributes}");
    }
    let alone = format!("{} target_session_attrs=prefer-standby", both(&format!("{first},1"), ""));
    let session = endpoint(&alone).for_reading().connect("sealift test").await.unwrap();
    assert_eq!(port(&session).await, first);
    let alone = both(&format!("{first},1"), "target_session_attrs=standby");
    let error = endpoint(&alone).for_reading().connect("sealift test").await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("none of the servers will do: 127.0.0.1:"), "{said}");
    assert!(said.contains("of another kind than") && said.contains("nothing listens at"), "{said}");

    // `check` says it among the rest.
    let options = check_options(endpoint(&standby.url("postgres")));
    let report = check(&options, &Events::silent(), &Cancel::new()).await.unwrap();
    let writable = report.items.iter().find(|item| item.name == "writable").unwrap();
    assert_eq!(writable.status, CheckStatus::Failed);
}

#[tokio::test]
async fn a_standby_can_be_compared_with_the_file() {
    let primary = Server::start();
    let standby = primary.standby();
    let database = database().await;
    let file =
        sqlite_file("create table t (a integer primary key); insert into t values (1), (2);");
    let mut options = crate::support::options(file.path(), &database);
    options.target = endpoint(&primary.url("postgres"));
    run(options).await.unwrap();
    let reading = endpoint(&standby.url("postgres")).for_reading();
    let session = reading.connect("sealift test").await.unwrap();
    // Until what the primary wrote last has arrived.
    let there = Sql::raw("select count(*)::text from pg_class where relname = 't'");
    let gone = Sql::raw("select count(*)::text from pg_namespace where nspname = '_sealift'");
    let count = async |sql: &Sql| session.query_text(sql).await.unwrap()[0][0].clone().unwrap();
    while count(&there).await != "1" || count(&gone).await != "0" {}
    for level in [VerifyLevel::Digest, VerifyLevel::Cells] {
        let options = CompareOptions {
            source: file.path().to_path_buf(),
            target: endpoint(&standby.url("postgres")),
            plan_options: PlanOptions::default(),
            plan: None,
            remembered: None,
            level,
        };
        let report = compare(&options, &Events::silent(), &Cancel::new()).await.unwrap();
        assert!(report.tables.iter().all(|table| table.status == MatchStatus::Match), "{report:?}");
    }
}

#[tokio::test]
async fn a_database_that_is_read_only_by_default_is_refused_at_once() {
    let database = database().await;
    let name = &database.name;
    database
        .execute(&format!("alter database {name} set default_transaction_read_only = on"))
        .await;
    let error = migrated_to(&database.url).await;
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Permission, Some("25006")));
    assert!(error.to_string().contains("default_transaction_read_only is on"), "{error}");
    database
        .execute(&format!(
            "begin read write; alter database {name} reset default_transaction_read_only; commit"
        ))
        .await;
}

#[tokio::test]
async fn servers_that_do_not_answer_are_passed_over_and_a_refusal_is_not() {
    let database = database().await;
    let there = endpoint(&database.url).port();
    let text = |database: &str, ports: &str| {
        format!(
            "host=127.0.0.1,127.0.0.1,/no/such port={ports},{there} user=postgres \
             dbname={database}"
        )
    };
    let session = connect(&text(&database.name, &format!("1,{there}"))).await.unwrap();
    assert_eq!(port(&session).await, there.to_string());
    // libpq: when a login fails, the remaining hosts are not tried.
    let error = connect(&text("no_such_database", &format!("{there},1"))).await.unwrap_err();
    assert!(error.to_string().contains("there is no such database"), "{error}");
    let error = connect("host=127.0.0.1,/no/such port=1 user=u").await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("127.0.0.1:1: nothing listens at 127.0.0.1:1"), "{said}");
    assert!(said.contains("/no/such:1: nothing listens at Unix socket /no/such/"), "{said}");
}
