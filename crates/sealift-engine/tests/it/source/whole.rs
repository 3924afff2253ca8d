//! Backups, and what `inspect` tells.

use super::Fixture;
use rusqlite::Connection;
use sealift_engine::ErrorKind;
use sealift_engine::inspect::inspect;
use sealift_engine::ops::Events;
use sealift_engine::sqlite::{Source, backup};
use std::fs;
use std::sync::atomic::AtomicBool;

const ROWS: &str = "create table t (id integer primary key, x text);
    with recursive n(i) as (values (1) union all select i + 1 from n where i < 3000)
    insert into t (x) select hex(randomblob(100)) from n;";

fn count(connection: &Connection) -> i64 {
    connection.query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_backup_is_the_snapshot_although_the_application_went_on() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(1).unwrap();
    fixture.writer().execute_batch("delete from t where id > 10").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("app.db.backup");
    let reader = snapshot.take().unwrap();
    let bytes = backup(&reader, &copy, &AtomicBool::new(false)).unwrap();
    assert_eq!(fs::metadata(&copy).unwrap().len(), bytes);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "no side files");
    assert_eq!(count(&Connection::open(&copy).unwrap()), 3000);
    assert_eq!(count(&fixture.writer()), 10);
}

#[test]
fn a_backup_never_overwrites_and_leaves_nothing_half_made() {
    let fixture = Fixture::with(ROWS);
    let connection = Source::open(&fixture.path()).unwrap().connect().unwrap();
    let copy = fixture.folder.path().join("copy.db");
    fs::write(&copy, "precious").unwrap();
    let error = backup(&connection, &copy, &AtomicBool::new(false)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(fs::read(&copy).unwrap(), b"precious");
    let other = fixture.folder.path().join("other.db");
    let error = backup(&connection, &other, &AtomicBool::new(true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(!other.exists());
}

#[test]
fn inspect_tells_what_is_there_and_changes_nothing() {
    let fixture = Fixture::with(&format!(
        "pragma journal_mode = wal; pragma foreign_keys = off; {ROWS}
         create table child (id integer primary key, t integer references t, odd integer);
         insert into child values (1, 5, 1), (2, 70000, 'word');
         create unique index child_t on child (t) where t > 0;
         create view v as select id from child;"
    ));
    let before = fixture.contents();
    let stop = AtomicBool::new(false);
    let found = inspect(&fixture.path(), 2, &stop, &Events::silent()).unwrap();
    assert_eq!(fixture.contents(), before);
    assert_eq!(found.tables[0].rows, 3000);
    let odd = &found.tables[1].columns[2];
    assert_eq!(
        (odd.declared_type.as_str(), odd.holds.integers, odd.holds.texts),
        ("INTEGER", 1, 1)
    );
    assert!(found.tables[1].indexes[0].unique && found.tables[1].indexes[0].partial);
    assert!(found.integrity.is_empty());
    assert_eq!((found.orphans[0].count, found.orphans[0].keys[0].as_str()), (1, "id=2"));
    assert_eq!(found.views[0].columns, ["id"]);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["file"]["journal_mode"], "wal");
    assert_eq!(json["tables"][1]["columns"][2]["holds"]["texts"], 1);
}

#[test]
fn inspect_reads_real_applications() {
    for (name, framework) in [("wagtail.db", true), ("mlflow.db", true), ("sakila.db", false)] {
        let Some(path) = sealift_testkit::shared_data(name) else { continue };
        let found = inspect(&path, 2, &AtomicBool::new(false), &Events::silent()).unwrap();
        assert!(found.tables.iter().map(|table| table.rows).sum::<u64>() > 0, "{name}");
        assert_eq!(found.framework.is_some(), framework, "{name}");
        assert!(found.unreadable.is_empty(), "{name}: {:?}", found.unreadable);
    }
}
