//! The file itself.

use crate::support::{assert_equal, moved, options, run, tried_file};
use sealift_engine::ErrorKind;
use sealift_testkit::{database, sqlite_file};

#[tokio::test]
async fn utf16_databases_arrive() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let moved = moved(&format!(
            "pragma encoding = '{encoding}'; create table \"tä\" (\"spälte\" text default 'ü');
             insert into \"tä\" values ('é😀'), ('');"
        ))
        .await;
        assert_eq!(moved.rows("select * from \"tä\" order by 1").await, ["", "é😀"]);
    }
}

#[tokio::test]
async fn a_file_in_write_ahead_mode_arrives_with_what_is_only_in_its_log() {
    let file = sqlite_file("pragma journal_mode = wal; create table t (a int)");
    let writer = file.open();
    writer.execute_batch("insert into t values (1), (2)").unwrap();
    let database = database().await;
    let report = run(options(file.path(), &database)).await.unwrap();
    assert_equal(&report);
    assert_eq!(report.rows, 2);
    drop(writer);
}

#[tokio::test]
async fn the_file_stays_as_it_is() {
    let file = sqlite_file("create table t (a int); insert into t values (1)");
    let before = std::fs::read(file.path()).unwrap();
    let tried = tried_file(file, |options| options).await;
    assert_equal(tried.report());
    assert_eq!(std::fs::read(tried.file.path()).unwrap(), before);
    let names: Vec<_> = std::fs::read_dir(tried.file.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["source.db"]);
}

#[tokio::test]
async fn no_file_no_database_and_a_damaged_one_are_refused() {
    let file = sqlite_file(
        "create table t (a text unique);
         with recursive n(i) as (values (1) union all select i + 1 from n where i < 3000)
         insert into t select hex(i) || hex(i * 7919) from n;",
    );
    let database = database().await;
    let missing = options(&file.folder().join("missing.db"), &database);
    assert_eq!(run(missing).await.unwrap_err().kind(), ErrorKind::Source);
    assert!(!file.folder().join("missing.db").exists());

    let text = file.folder().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be read as one".repeat(40)).unwrap();
    assert_eq!(run(options(&text, &database)).await.unwrap_err().kind(), ErrorKind::Source);

    let mut bytes = std::fs::read(file.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9000].fill(0x5a);
    let damaged = file.folder().join("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    let error = run(options(&damaged, &database)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source, "{error}");
}

#[tokio::test]
async fn an_empty_database_is_a_migration_of_nothing() {
    let moved = moved("create table t (a int); drop table t").await;
    assert_eq!(moved.relations().await, Vec::<String>::new());
    assert_eq!(moved.report().tables.len(), 0);
}
