//! From any schema to any other and back, by property.

mod world;

use super::way::{make, there_and_back};
use super::{found, left, model, request, titles};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use sealift_core::revision::diff::compare;
use sealift_core::revision::file::{Id, Parents, Script};
use sealift_engine::revision::wanted::{Source, SqlFile, UpFile};
use sealift_testkit::{Database, database};
use std::cell::Cell;
use world::{World, pairs};

/// How many pairs are tried where nobody says otherwise (`PROPTEST_CASES`).
const CASES: u32 = 24;

fn config(cases: u32) -> Config {
    let asked = std::env::var_os("PROPTEST_CASES").and_then(|cases| cases.to_str()?.parse().ok());
    Config {
        cases: asked.unwrap_or(cases),
        max_shrink_iters: 300,
        failure_persistence: None,
        ..Config::default()
    }
}

#[test]
fn a_difference_leads_to_the_wanted_schema_and_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(database());
    let kept = Cell::new(0);
    let tried = TestRunner::new(config(CASES)).run(&pairs(), |(base, wanted)| {
        let (from, to, rows) = (base.sql(), wanted.sql(), base.rows());
        let way = runtime.block_on(there_and_back(&database, &from, &to, &rows));
        kept.set(kept.get() + u32::from(way.map_err(TestCaseError::fail)?.rows_stay));
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
    // Otherwise the test would say nothing about rows.
    assert!(kept.get() > 0);
}

/// Fewer: each makes two schemas and three scratch schemas.
const FEWER_CASES: u32 = 8;

#[test]
fn files_make_in_a_scratch_schema_what_they_make_in_a_database() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(database());
    let tried = TestRunner::new(config(FEWER_CASES)).run(&pairs(), |(base, wanted)| {
        runtime.block_on(replayed(&database, &base, &wanted)).map_err(TestCaseError::fail)
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
}

/// Compares a database with the SQL that made it, and with a first revision and those that lead on from there.
async fn replayed(database: &Database, base: &World, wanted: &World) -> Result<(), String> {
    let (base_sql, wanted_sql) = (base.sql(), wanted.sql());
    make(database, "target", &base_sql).await;
    let base = model(database, "target").await;
    make(database, "target", &wanted_sql).await;
    let wanted = model(database, "target").await;
    let difference = compare(&base, &wanted, &[]).map_err(|error| error.to_string())?;
    let first = Id::new("20260101000000").unwrap();
    let first_file = UpFile { name: "first".to_owned(), script: Script::parse(&base_sql).unwrap() };
    let mut files = vec![first_file];
    files.extend(
        difference
            .revisions(&first, Parents::None, "change")
            .into_iter()
            .map(|revision| UpFile { name: revision.id.to_string(), script: revision.up }),
    );
    let file = SqlFile { name: "schema.sql".to_owned(), text: wanted_sql.clone() };
    for source in [Source::Sql(file), Source::Revisions(files)] {
        let found = found(&request(database, "target", source)).await;
        let found = found
            .map_err(|error| format!("{error}\n--- from\n{base_sql}\n--- to\n{wanted_sql}"))?;
        if !found.difference.is_empty() {
            return Err(format!(
                "{:?}\n--- from\n{base_sql}\n--- to\n{wanted_sql}",
                titles(&found)
            ));
        }
    }
    assert_eq!(left(database).await, "0");
    Ok(())
}
