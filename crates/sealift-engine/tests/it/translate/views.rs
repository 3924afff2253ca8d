//! Views of well-known databases give the same rows on both sides.

use super::oracle::{Cell, ask_postgres, ask_sqlite, copy_tables, postgres, quote, translate};
use rusqlite::{Connection, OpenFlags};
use sealift_core::mapping::PgType;
use std::path::{Path, PathBuf};

/// Carries every view of a file over and compares its rows; returns the refused ones.
async fn refused_views(path: &Path, schema: &str) -> Vec<(String, String)> {
    let sqlite = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let client = postgres(schema).await;
    let mut catalogue = copy_tables(&sqlite, &client, schema).await;
    let mut statement =
        sqlite.prepare("select name, sql from sqlite_schema where type = 'view'").unwrap();
    let views: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(!views.is_empty());
    let mut refused = Vec::new();
    for (name, sql) in views {
        let names: Vec<String> = match sqlite.prepare(&format!("select * from {}", quote(&name))) {
            Ok(found) => found.column_names().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        };
        let translated = match translate(&sql, &names, &catalogue) {
            Ok(translated) => translated,
            Err(error) => {
                refused.push((name, error.reason));
                continue;
            }
        };
        let target = format!("{schema}.{}", quote(&name));
        let columns: Vec<String> =
            translated.columns.iter().map(|field| quote(field.target.as_str())).collect();
        let create =
            format!("create view {target} ({}) as {}", columns.join(", "), translated.query);
        if let Err(error) = client.batch_execute(&create).await {
            panic!("{name}: {error:?}\n{create}");
        }
        let mut expected = ask_sqlite(&sqlite, &format!("select * from {}", quote(&name))).unwrap();
        let query = format!("select * from {target}");
        let mut found = ask_postgres(&client, &query, &translated.columns).await.unwrap();
        for row in &mut expected {
            for (cell, field) in row.iter_mut().zip(&translated.columns) {
                // A column of texts and numbers became text.
                if let (Cell::Number(value), Some(PgType::Text)) = (&cell, field.data_type) {
                    *cell = Cell::Text(value.to_string());
                }
            }
        }
        sort(&mut expected);
        sort(&mut found);
        assert_eq!(expected.len(), found.len(), "{name}: rows\n{create}");
        for (left, right) in expected.iter().zip(&found) {
            for ((a, b), field) in left.iter().zip(right).zip(&translated.columns) {
                assert!(same(a, b), "{name}.{}: {a:?} {b:?}\n{create}", field.source_name);
            }
        }
        catalogue.relations.push(translated.relation(&name, sealift_core::name::fit(&name)));
    }
    let drop = format!("drop schema {schema} cascade");
    client.batch_execute(&drop).await.unwrap();
    refused
}

fn same(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        // The order of a group's members is open in both databases.
        (Cell::Text(a), Cell::Text(b)) if a.len() == b.len() && a.contains(", ") => {
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().collect();
                letters.sort_unstable();
                letters
            };
            letters(a) == letters(b)
        }
        _ => a.agrees(b),
    }
}

fn sort(rows: &mut [Vec<Cell>]) {
    rows.sort_by(|a, b| a.partial_cmp(b).expect("no value is not a number"));
}

pub(super) fn shared(file: &str) -> Option<PathBuf> {
    let base = match std::env::var_os("SEALIFT_SHARED") {
        Some(base) => PathBuf::from(base),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let path = base.join("data").join(file);
    path.exists().then_some(path)
}

#[tokio::test]
async fn every_view_of_northwind_gives_the_same_rows() {
    let Some(path) = shared("northwind_small.db") else { return };
    assert_eq!(refused_views(&path, "translate_northwind").await, []);
}

#[tokio::test]
async fn every_working_view_of_sakila_gives_the_same_rows() {
    let Some(path) = shared("sakila.db") else { return };
    let refused = refused_views(&path, "translate_sakila").await;
    let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
    // SQLite has no UCASE and LCASE, and refuses DISTINCT with a separator: it cannot run these
    // two either.
    assert_eq!(names, ["nicer_but_slower_film_list", "actor_info"], "{refused:?}");
}

#[tokio::test]
async fn every_view_of_proj_gives_the_same_rows() {
    let path = Path::new("/usr/share/proj/proj.db");
    if path.exists() {
        assert_eq!(refused_views(path, "translate_proj").await, []);
    }
}
