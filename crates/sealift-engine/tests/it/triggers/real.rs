//! Triggers of well-known databases.

use super::Both;
use crate::support::{options, run};
use sealift_testkit::{database, shared_data};
use std::path::{Path, PathBuf};

/// Migrates a copy of a file; returns both sides of it.
async fn both(path: &Path) -> Both {
    let file = sealift_testkit::sqlite_file("create table replaced (a)");
    std::fs::copy(path, file.path()).unwrap();
    Both::on(crate::support::tried_file(file, |options| options).await).await
}

fn left(both: &Both) -> Vec<String> {
    both.tried.findings().into_iter().filter(|finding| finding.contains("trigger")).collect()
}

#[tokio::test]
async fn the_triggers_of_sakila_do_the_same() {
    let Some(path) = shared_data("sakila.db") else { return };
    let both = both(&path).await;
    assert_eq!(left(&both), Vec::<String>::new());
    let film = "insert into film (film_id, title, description, language_id, rental_duration, rental_rate, replacement_cost, last_update) values";
    both.takes_without_comparing(&[
        &format!("{film} (9001, 'A', 'first', 1, 3, 4.99, 19.99, '2026-01-01 00:00:00')"),
        &format!("{film} (9002, 'B', null, 1, 3, 4.99, 19.99, '2026-01-01 00:00:00'), (9003, 'C', 'x', 1, 3, 4.99, 19.99, '2026-01-01 00:00:00')"),
        "update film set title = 'Z' where film_id >= 9002",
        "update film set rental_rate = 1 where film_id = 9001",
        "delete from film where film_id = 9003",
    ])
    .await;
    both.same("select film_id, title, description from film_text order by 1").await;
    assert_eq!(
        both.rows("select film_id, title from film_text where film_id > 9000 order by 1"),
        ["9001 | A", "9002 | Z"]
    );
}

#[tokio::test]
async fn the_trigger_of_mlflow_refuses_the_same() {
    let Some(path) = shared_data("mlflow.db") else { return };
    let both = both(&path).await;
    assert_eq!(left(&both), Vec::<String>::new());
    let columns = both.rows("select name || ' ' || type from pragma_table_info('secrets') where \"notnull\" = 1 or pk = 1");
    let names: Vec<&str> = columns.iter().map(|it| it.split(' ').next().unwrap()).collect();
    let values: Vec<&str> = columns
        .iter()
        .map(|it| match it.split_once(' ').unwrap().1 {
            kind if kind.contains("INT") => "1",
            kind if kind.contains("BLOB") => "''",
            kind if kind.contains("JSON") => "'{}'",
            _ => "'s'",
        })
        .collect();
    let insert =
        format!("insert into secrets ({}) values ({})", names.join(", "), values.join(", "));
    both.takes_without_comparing(&[
        &insert,
        "update secrets set secret_name = secret_name",
        "update secrets set secret_id = 's'",
    ])
    .await;
    both.refuses_without_comparing(&[
        "update secrets set secret_name = 'other'",
        "update secrets set secret_id = 'other'",
    ])
    .await;
}

#[tokio::test]
async fn wagtails_triggers_wait_for_their_full_text_table() {
    let Some(path) = shared_data("wagtail.db") else { return };
    let both = both(&path).await;
    let messages: Vec<&str> = both
        .tried
        .report()
        .findings
        .iter()
        .filter(|finding| finding.code == "trigger-not-carried")
        .map(|finding| finding.message.as_str())
        .collect();
    // All three, or none once full-text tables arrive.
    assert!(messages.is_empty() || messages.len() == 3, "{messages:?}");
    assert!(messages.iter().all(|message| message.contains("wagtailsearch_indexentry_fts")));
}

#[tokio::test]
async fn the_35_triggers_of_proj_refuse_the_same() {
    let path = PathBuf::from("/usr/share/proj/proj.db");
    if !path.exists() {
        return;
    }
    let both = both(&path).await;
    assert_eq!(left(&both), Vec::<String>::new());
    let ellipsoid = "insert into ellipsoid values ('TEST', 99001, 'an ellipsoid', null, 'PROJ', 'EARTH', 6378137.0, 'EPSG', UOM, 298.25, null, false)";
    let meridian =
        "insert into prime_meridian values ('TEST', 99001, 'a meridian', 1.5, 'EPSG', UOM, false)";
    let usage =
        "insert into usage values ('TEST', 99009, TABLE, AUTH, CODE, 'EPSG', 1262, 'EPSG', 1024)";
    both.takes_without_comparing(&[
        &ellipsoid.replace("UOM", "9001"),
        &meridian.replace("UOM", "9102"),
    ])
    .await;
    both.refuses_without_comparing(&[
        &ellipsoid.replace("UOM", "9102").replace("99001", "99002"),
        &meridian.replace("UOM", "9001").replace("99001", "99002"),
        &usage.replace("TABLE", "'ellipsoid'").replace("AUTH", "'EPSG'").replace("CODE", "99003"),
    ])
    .await;
    both.takes_without_comparing(&[&usage
        .replace("TABLE", "'geodetic_datum'")
        .replace("AUTH", "'EPSG'")
        .replace("CODE", "6326")])
        .await;
    // Rows of the file itself, under another authority: what the triggers say of each.
    for table in [
        "ellipsoid",
        "prime_meridian",
        "geodetic_datum",
        "axis",
        "geodetic_crs",
        "vertical_crs",
        "projected_crs",
        "helmert_transformation_table",
        "concatenated_operation",
        "compound_crs",
    ] {
        both.says_the_same_of_rows_of(table).await;
    }
}

#[tokio::test]
async fn a_migration_of_proj_ends_well_with_its_triggers() {
    let path = PathBuf::from("/usr/share/proj/proj.db");
    if !path.exists() {
        return;
    }
    let database = database().await;
    let report = run(options(&path, &database)).await.unwrap();
    assert_eq!(report.plan.triggers.len(), 35);
}
