//! Files of real applications into the tables that the same applications make on PostgreSQL.

use super::{Case, done, on_conflict};
use sealift_core::plan::Severity;
use sealift_engine::compare::{CompareOptions, compare};
use sealift_engine::config::{Conflict, Into, PlanOptions, VerifyLevel};
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::report::{MatchStatus, VerifyReport};
use sealift_testkit::shared_data;

/// Returns a case of an application's file and its own schema, with the migrations that it has noted;
/// `None` where the files are not there.
async fn application(name: &str, books: &str) -> Option<Case> {
    let file = shared_data(&format!("{name}.db"))?;
    let dump =
        std::fs::read_to_string(shared_data(&format!("{name}.native-postgres.sql"))?).unwrap();
    // psql's own commands are none of the server's.
    let native: Vec<&str> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
    let case = Case::new("select 1", &native.join("\n")).await;
    std::fs::copy(&file, case.source.path()).unwrap();
    case.database.execute(books).await;
    Some(case)
}

async fn wagtail() -> Option<Case> {
    let file = rusqlite::Connection::open(shared_data("wagtail.db")?).unwrap();
    let rows =
        "select group_concat(format('(%d,%Q,%Q,now())', id, app, name)) from django_migrations";
    let values: String = file.query_row(rows, [], |row| row.get(0)).unwrap();
    let books = format!("insert into public.django_migrations values {values}");
    application("wagtail", &books).await
}

async fn mlflow() -> Option<Case> {
    let file = rusqlite::Connection::open(shared_data("mlflow.db")?).unwrap();
    let head: String =
        file.query_row("select version_num from alembic_version", [], |row| row.get(0)).unwrap();
    application("mlflow", &format!("insert into public.alembic_version values ('{head}')")).await
}

/// Compares both sides as `sealift verify` does in the folder of the last run.
async fn verified(case: &Case) -> VerifyReport {
    let options = CompareOptions {
        source: case.source.path().to_path_buf(),
        target: case.target(),
        plan_options: PlanOptions::default(),
        plan: None,
        remembered: case.plan.lock().unwrap().clone(),
        level: VerifyLevel::Cells,
    };
    compare(&options, &Events::silent(), &Cancel::new()).await.unwrap()
}

#[tokio::test]
async fn wagtail_goes_into_its_own_schema_but_for_its_search_index() {
    let Some(mut case) = wagtail().await else { return };
    let report = done(case.run().await);
    let told: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note)
        .map(|finding| format!("{} {}", finding.code, finding.object))
        .collect();
    assert!(told.contains(&"search-index-not-carried table wagtailsearch_indexentry".to_owned()));
    assert!(
        told.contains(&"virtual-table-not-carried table wagtailsearch_indexentry_fts".to_owned())
    );
    assert_eq!(case.value("select count(*) from wagtailsearch_indexentry").await, "0");
    let verified = verified(&case).await;
    assert_eq!(verified.status, MatchStatus::Match, "{verified:#?}");
    assert!(
        verified.notes.iter().any(|note| note.contains(
            "not compared, since the migration left them in SQLite or the target keeps its own: \
             table django_migrations"
        ) && note.contains("table wagtailsearch_indexentry")),
        "{:?}",
        verified.notes
    );
    case.database
        .execute("insert into auth_group (name) values ('new'); insert into taggit_tag (name, slug) values ('n', 'n')")
        .await;
    // Its search index refers to a table that is emptied, and has no row.
    case.into = Into::ExistingTruncate;
    done(case.run().await);
}

#[tokio::test]
async fn mlflow_goes_into_its_own_schema_again_and_again() {
    let Some(mut case) = mlflow().await else { return };
    done(case.run().await);
    // Its `duration_ns` is computed on both sides, by an expression of the target's own.
    assert!(case.is_equal(VerifyLevel::Cells).await);
    case.into = Into::ExistingTruncate;
    done(case.run().await);
    case.into = Into::Existing;
    for how in [Conflict::Skip, Conflict::Update] {
        case.conflicts = vec![on_conflict("*", how)];
        done(case.run().await);
    }
    assert_eq!(
        case.value(
            "select string_agg(tgname || tgenabled::text, ',') from pg_trigger where not tgisinternal"
        )
        .await,
        "prevent_secrets_aad_mutationO"
    );
}
