//! What an application makes itself on PostgreSQL, beside what Sealift makes of its SQLite file: two
//! servers' catalogs, column by column. docs/reference/frameworks.md says of each line that is left
//! why it is.

mod others;

use crate::support::{assert_equal, options, run};
use sealift_testkit::{Database, database, shared_data, sqlite_file};
use std::collections::BTreeMap;
use std::path::Path;

/// Columns of both sides that differ, as `table.column: theirs | ours`; `-` where one is missing.
async fn differences(native: &str, source: &Path) -> String {
    let target = database().await;
    // One database a test: the application's schema first, then its tables give way.
    target.execute(native).await;
    let theirs = columns(&target).await;
    target.execute("drop schema public cascade; create schema public").await;
    let report = run(options(source, &target)).await.unwrap();
    assert_equal(&report);
    let ours = columns(&target).await;
    let names: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let shown = |columns: &BTreeMap<String, String>, name: &String| {
        columns.get(name).cloned().unwrap_or_else(|| "-".to_owned())
    };
    let differing = names.into_iter().filter(|name| theirs.get(*name) != ours.get(*name));
    let lines: Vec<String> = differing
        .map(|name| format!("{name}: {} | {}", shown(&theirs, name), shown(&ours, name)))
        .collect();
    format!("{} of {} columns\n{}", lines.len(), theirs.len(), lines.join("\n"))
}

async fn columns(database: &Database) -> BTreeMap<String, String> {
    let rows = database.query_text(include_str!("columns.sql")).await;
    rows.into_iter()
        .map(|row| {
            let mut cells = row.into_iter().flatten();
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect()
}

/// Returns what the real application wrote, where that lies beside the project.
fn shared(name: &str) -> Option<(String, std::path::PathBuf)> {
    let dump =
        std::fs::read_to_string(shared_data(&format!("{name}.native-postgres.sql"))?).unwrap();
    // psql's own commands are none of the server's.
    let native: Vec<&str> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
    Some((native.join("\n"), shared_data(&format!("{name}.db"))?))
}

#[tokio::test]
async fn a_django_file_becomes_what_django_makes() {
    let file = sqlite_file(include_str!("django.sqlite.sql"));
    let found = differences(include_str!("django.postgres.sql"), file.path()).await;
    insta::assert_snapshot!(found);
}

#[tokio::test]
async fn an_alembic_file_becomes_what_sqlalchemy_makes() {
    let file = sqlite_file(include_str!("alembic.sqlite.sql"));
    let found = differences(include_str!("alembic.postgres.sql"), file.path()).await;
    insta::assert_snapshot!(found);
}

#[tokio::test]
async fn wagtails_file_becomes_what_wagtail_makes() {
    let Some((native, file)) = shared("wagtail") else { return };
    insta::assert_snapshot!(differences(&native, &file).await);
}

#[tokio::test]
async fn mlflows_file_becomes_what_mlflow_makes() {
    let Some((native, file)) = shared("mlflow") else { return };
    insta::assert_snapshot!(differences(&native, &file).await);
}

#[test]
fn every_difference_is_explained_in_the_reference() {
    let page = include_str!("../../../../../docs/reference/frameworks.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/frameworks/snapshots");
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let shown = text.lines().filter(|line| line.contains(" | "));
        for line in shown {
            let (column, _) = line.split_once(": ").unwrap();
            assert!(page.contains(&format!("`{column}`")), "{column} is not explained");
            lines += 1;
        }
    }
    assert!(lines > 10, "{lines}");
}
