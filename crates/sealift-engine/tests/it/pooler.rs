//! Behind a real PgBouncer: session mode does, transaction mode is refused before it harms anybody.

use crate::support::{assert_equal, check_options, endpoint, run};
use sealift_core::sql::Sql;
use sealift_engine::ErrorKind;
use sealift_engine::check::{CheckReport, CheckStatus, check};
use sealift_engine::config::MigrateOptions;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::{Endpoint, Pooling};
use sealift_testkit::{Database, PgBouncer, database, sqlite_file};

const SOURCE: &str = "create table t (id integer primary key, a text);
                      insert into t (a) values ('x'), ('y'), ('z');";

fn bouncer(database: &Database, mode: &str, settings: &str) -> (PgBouncer, Endpoint) {
    let bouncer = PgBouncer::start(endpoint(&database.url).port(), mode, settings);
    let endpoint = endpoint(&bouncer.url(&database.name));
    (bouncer, endpoint)
}

fn options(source: &std::path::Path, database: &Database, target: &Endpoint) -> MigrateOptions {
    MigrateOptions { target: target.clone(), ..crate::support::options(source, database) }
}

async fn checked(target: &Endpoint) -> CheckReport {
    let options = check_options(target.clone());
    check(&options, &Events::silent(), &Cancel::new()).await.unwrap()
}

#[tokio::test]
async fn no_pooler_is_no_pooler() {
    let database = database().await;
    assert_eq!(endpoint(&database.url).pooling().await.unwrap(), Pooling::Direct);
}

#[tokio::test]
async fn a_migration_goes_through_a_pooler_in_session_mode() {
    let database = database().await;
    let (_bouncer, target) = bouncer(&database, "session", "");
    assert_eq!(target.pooling().await.unwrap(), Pooling::Session);
    let file = sqlite_file(SOURCE);
    assert_equal(&run(options(file.path(), &database, &target)).await.unwrap());
    let report = checked(&target).await;
    let pooler = report.items.iter().find(|item| item.name == "pooler").unwrap();
    assert_eq!(pooler.status, CheckStatus::Ok, "{pooler:?}");
    assert!(pooler.found.contains("session mode"), "{pooler:?}");
}

#[tokio::test]
async fn a_pooler_that_loses_sessions_is_refused_and_leaves_no_setting_behind() {
    for (mode, settings) in [
        ("transaction", ""),
        ("statement", ""),
        // Several processes in turn, with one of them busy elsewhere.
        ("transaction", "server_round_robin = 1\nmin_pool_size = 3"),
    ] {
        let database = database().await;
        let (_bouncer, target) = bouncer(&database, mode, settings);
        let file = sqlite_file(SOURCE);
        let error = run(options(file.path(), &database, &target)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{mode}: {error}");
        let said = error.to_string();
        assert!(said.contains("a connection pooler in transaction mode"), "{mode}: {said}");
        assert!(error.hint().unwrap().contains("pool_mode = session"), "{error:?}");

        let report = checked(&target).await;
        assert_eq!(report.status, CheckStatus::Failed);
        let failed: Vec<_> =
            report.items.iter().filter(|item| item.status == CheckStatus::Failed).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0].name, "pooler");

        // What the application gets from the pool afterwards is as it was.
        let application = target.connect_untouched("the application").await.unwrap();
        let sql =
            Sql::raw("select current_setting('search_path'), current_setting('row_security')");
        let rows = application.query_text(&sql).await.unwrap();
        let cells: Vec<_> = rows[0].iter().flatten().map(String::as_str).collect();
        assert_eq!(cells, ["\"$user\", public", "on"], "{mode}");
    }
}

#[tokio::test]
async fn a_startup_parameter_that_the_pooler_refuses_is_named() {
    let database = database().await;
    let (bouncer, _) = bouncer(&database, "session", "");
    let url = format!("{}&options=-c%20geqo%3Doff", bouncer.url(&database.name));
    let error = endpoint(&url).connect("sealift test").await.unwrap_err();
    assert!(error.to_string().contains("a pooler refuses a startup parameter"), "{error}");
    assert!(error.hint().unwrap().contains("ignore_startup_parameters"), "{error:?}");
}

#[tokio::test]
async fn a_pooler_without_tls_says_that_it_has_none() {
    let database = database().await;
    let (bouncer, _) = bouncer(&database, "session", "");
    let url = bouncer.url(&database.name).replace("sslmode=disable", "sslmode=require");
    let error = endpoint(&url).connect("sealift test").await.unwrap_err();
    assert!(error.to_string().contains("the server does not offer TLS"), "{error}");
    let url = bouncer.url(&database.name).replace("sslmode=disable", "sslmode=prefer");
    endpoint(&url).connect("sealift test").await.unwrap();
}

#[test]
fn known_poolers_are_told_apart_by_their_addresses() {
    for (url, way) in [
        ("postgresql://u@aws-0-eu.pooler.supabase.com:6543/postgres", "port 5432 instead of 6543"),
        ("postgresql://u@ep-x-pooler.eu.aws.neon.tech/d", "ep-x.eu.aws.neon.tech"),
    ] {
        let way_around = endpoint(url).way_around();
        assert!(way_around.contains(way), "{way_around}");
    }
}
