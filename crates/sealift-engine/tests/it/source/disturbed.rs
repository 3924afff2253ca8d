//! What other programs do to the file, and names that are hard to write.

use super::Fixture;
use sealift_engine::ErrorKind;
use sealift_engine::sqlite::{Source, integrity};
use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const ROWS: &str = "create table t (id integer primary key, x text);
    with recursive n(i) as (values (1) union all select i + 1 from n where i < 3000)
    insert into t (x) select hex(randomblob(100)) from n;";

#[test]
fn a_file_that_was_deleted_or_replaced_is_read_to_its_end_and_noticed() {
    let fixture = Fixture::with(ROWS);
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(1).unwrap();
    assert!(snapshot.disturbance().is_none());
    fs::remove_file(fixture.path()).unwrap();
    assert!(snapshot.disturbance().unwrap().says.contains("deleted"));
    fs::write(fixture.path(), "another one").unwrap();
    assert!(snapshot.disturbance().unwrap().says.contains("another file"));
    let reader = snapshot.take().unwrap();
    let rows: i64 = reader.query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3000);
}

#[test]
fn a_file_that_was_cut_short_is_not_called_damaged() {
    let fixture = Fixture::with(ROWS);
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(1).unwrap();
    fs::OpenOptions::new().write(true).open(fixture.path()).unwrap().set_len(8192).unwrap();
    let reader = snapshot.take().unwrap();
    let found = reader.query_row("select sum(length(x)) from t", [], |row| row.get::<_, i64>(0));
    assert!(found.is_err() || !integrity(&reader, &AtomicBool::new(false)).unwrap().is_empty());
    let error = sealift_engine::Error::new(ErrorKind::Source, "damaged");
    let explained = snapshot.explain(error);
    assert!(explained.to_string().contains("cut short while it was read"), "{explained}");
    let other = snapshot.explain(sealift_engine::Error::new(ErrorKind::Unreachable, "gone"));
    assert_eq!(other.to_string(), "gone");
}

#[test]
fn a_log_of_another_database_is_refused_and_both_stay_as_they_are() {
    let small =
        Fixture::with(&format!("pragma page_size = 1024; pragma journal_mode = wal; {ROWS}"));
    let writer = small.writer();
    writer.execute_batch("delete from t where id = 1").unwrap();
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let log = small.contents().remove("app.db-wal").unwrap();
    fs::write(fixture.folder.path().join("app.db-wal"), log).unwrap();
    let before = fixture.contents();
    let error = Source::open_within(&fixture.path(), Duration::ZERO).unwrap_err();
    assert!(error.to_string().contains("belongs to another database"), "{error}");
    assert!(fixture.contents() == before);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_opens_the_right_file() {
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::with(ROWS);
    let odd = fixture.folder.path().join(std::ffi::OsStr::from_bytes(b"a\xff?#%.db"));
    fs::rename(fixture.path(), &odd).unwrap();
    let source = Source::open(&odd).unwrap();
    let snapshot = source.snapshot(1).unwrap();
    let rows: i64 =
        snapshot.metadata().query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3000);
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_connection_that_never_lets_go_is_busy() {
    let fixture = Fixture::with(ROWS);
    for hold in [
        "begin exclusive",
        "pragma locking_mode = exclusive; update t set x = 1 where id = 1",
        "pragma journal_mode = wal; pragma locking_mode = exclusive; update t set x = 2 where id = 1",
    ] {
        let other = super::opening::OtherProcess::start(&fixture.path(), hold);
        let error = Source::open_within(&fixture.path(), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("busy"), "{hold}: {error}");
        assert!(error.hint().is_some());
        other.stop();
    }
}
