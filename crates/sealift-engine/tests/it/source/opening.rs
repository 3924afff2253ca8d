//! Opening: what is refused, with which words, and that the folder looks as before.

use super::{Fixture, contents};
use rusqlite::Connection;
use sealift_engine::ErrorKind;
use sealift_engine::sqlite::{Encoding, JournalMode, Source, integrity};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const ROWS: &str = "create table t (id integer primary key, x text);
    insert into t (x) values ('a'), ('b'), ('c');";

fn refusal(path: &Path) -> String {
    let error = Source::open_within(path, Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Source);
    assert!(error.hint().is_some(), "{error}");
    error.to_string()
}

/// Opens, takes a snapshot, reads through every connection, closes.
fn use_source(path: &Path) -> i64 {
    let source = Source::open(path).unwrap();
    let snapshot = source.snapshot(2).unwrap();
    let first = snapshot.take().unwrap();
    let second = snapshot.take().unwrap();
    let count = |connection: &Connection| -> i64 {
        connection.query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&first), count(&second));
    let rows = count(&snapshot.metadata());
    assert!(integrity(&snapshot.metadata(), &AtomicBool::new(false)).unwrap().is_empty());
    rows
}

#[test]
fn a_missing_file_is_refused_and_not_made() {
    let fixture = Fixture::new();
    assert!(refusal(&fixture.path()).contains("there is no such file"));
    assert!(fixture.contents().is_empty());
}

#[test]
fn a_directory_an_empty_file_and_a_text_file_are_refused() {
    let fixture = Fixture::new();
    assert!(refusal(fixture.folder.path()).contains("a directory"));
    fs::write(fixture.path(), "").unwrap();
    assert!(refusal(&fixture.path()).contains("empty"));
    fs::write(fixture.path(), "create table t (x);\n".repeat(50)).unwrap();
    assert!(refusal(&fixture.path()).contains("not a SQLite database, or encrypted"));
}

#[test]
fn a_truncated_file_is_refused_as_such() {
    let fixture = Fixture::with(
        "create table t (x); with recursive n(i) as (values (1) union all select i + 1 from n
         where i < 5000) insert into t select hex(i) || hex(i) || hex(i) from n;",
    );
    let bytes = fs::read(fixture.path()).unwrap();
    fs::write(fixture.path(), &bytes[..bytes.len() / 2]).unwrap();
    assert!(refusal(&fixture.path()).contains("truncated"), "{}", refusal(&fixture.path()));
}

#[test]
fn damage_inside_a_page_is_found_by_the_integrity_check() {
    let fixture = Fixture::with(ROWS);
    let mut bytes = fs::read(fixture.path()).unwrap();
    let page = usize::try_from(4096).unwrap();
    bytes[page + 3..page + 5].copy_from_slice(&[0x7f, 0xff]);
    fs::write(fixture.path(), bytes).unwrap();
    let source = Source::open(&fixture.path()).unwrap();
    assert!(!integrity(&source.connect().unwrap(), &AtomicBool::new(false)).unwrap().is_empty());
}

#[test]
fn a_hot_journal_is_refused_and_left_alone() {
    let fixture = Fixture::with(ROWS);
    let writer = fixture.writer();
    writer.pragma_update(None, "cache_size", 1).unwrap();
    writer.pragma_update(None, "cache_spill", 1).unwrap();
    writer
        .execute_batch(
            "begin; with recursive n(i) as (values (1) union all select i + 1 from n
             where i < 20000) insert into t (x) select hex(i) from n;",
        )
        .unwrap();
    let crashed = Fixture::new();
    for (name, bytes) in fixture.contents() {
        fs::write(crashed.folder.path().join(name), bytes).unwrap();
    }
    let before = crashed.contents();
    assert!(before.contains_key("app.db-journal"));
    assert!(refusal(&crashed.path()).contains("unfinished transaction"));
    assert_eq!(crashed.contents(), before);
}

#[test]
fn a_stale_journal_is_no_obstacle() {
    let fixture = Fixture::with(&format!("pragma journal_mode = persist; {ROWS}"));
    let before = fixture.contents();
    assert!(before.contains_key("app.db-journal"));
    assert_eq!(use_source(&fixture.path()), 3);
    assert_eq!(fixture.contents(), before);
}

#[test]
fn an_exclusive_writer_is_named_as_the_obstacle() {
    let fixture = Fixture::with(ROWS);
    let other = OtherProcess::start(&fixture.path(), "begin exclusive");
    assert!(refusal(&fixture.path()).contains("busy"));
    other.stop();
    assert_eq!(use_source(&fixture.path()), 3);
}

#[test]
fn the_folder_looks_as_before_with_a_rollback_journal() {
    let fixture = Fixture::with(ROWS);
    let before = fixture.contents();
    assert_eq!(use_source(&fixture.path()), 3);
    assert_eq!(fixture.contents(), before);
}

#[test]
fn the_folder_looks_as_before_with_a_clean_write_ahead_log() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let before = fixture.contents();
    assert_eq!(before.keys().collect::<Vec<_>>(), ["app.db"]);
    assert_eq!(use_source(&fixture.path()), 3);
    assert_eq!(fixture.contents(), before);
}

/// A database whose committed rows are in the log only, as after a crash.
fn left_behind(with_shm: bool) -> Fixture {
    let fixture = Fixture::with("pragma journal_mode = wal; create table t (id integer, x text);");
    let writer = fixture.writer();
    writer.execute_batch("insert into t values (1, 'a'), (2, 'b'), (3, 'c');").unwrap();
    let crashed = Fixture::new();
    for (name, bytes) in fixture.contents() {
        if with_shm || !name.ends_with("-shm") {
            fs::write(crashed.folder.path().join(name), bytes).unwrap();
        }
    }
    crashed
}

#[test]
fn the_folder_looks_as_before_with_a_log_left_behind() {
    let fixture = left_behind(false);
    let before = fixture.contents();
    assert_eq!(before.keys().collect::<Vec<_>>(), ["app.db", "app.db-wal"]);
    assert_eq!(use_source(&fixture.path()), 3);
    assert_eq!(fixture.contents(), before);
}

#[test]
fn a_log_left_behind_with_its_index_keeps_both() {
    let fixture = left_behind(true);
    let before = fixture.contents();
    assert_eq!(use_source(&fixture.path()), 3);
    let after = fixture.contents();
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(after["app.db"], before["app.db"]);
    assert_eq!(after["app.db-wal"], before["app.db-wal"]);
}

#[test]
fn a_live_writer_keeps_its_log() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let other =
        OtherProcess::start(&fixture.path(), "insert into t (x) values ('d'); select * from t");
    let before = fixture.contents();
    assert!(!before["app.db-wal"].is_empty());
    assert_eq!(use_source(&fixture.path()), 4);
    let after = fixture.contents();
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(after["app.db"], before["app.db"]);
    assert_eq!(after["app.db-wal"], before["app.db-wal"]);
    other.stop();
}

#[test]
fn side_files_stay_when_the_application_came_meanwhile() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(1).unwrap();
    let other = OtherProcess::start(&fixture.path(), "insert into t (x) values ('d')");
    drop((source, snapshot));
    let after = fixture.contents();
    assert_eq!(after.keys().collect::<Vec<_>>(), ["app.db", "app.db-shm", "app.db-wal"]);
    other.stop();
    assert_eq!(use_source(&fixture.path()), 4);
}

#[test]
fn facts_are_read_through_the_log() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ROWS}"));
    let writer = fixture.writer();
    writer.execute_batch("pragma user_version = 7; pragma application_id = 42").unwrap();
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in contents(fixture.folder.path()) {
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    let source = Source::open(&copy.path().join("app.db")).unwrap();
    let facts = source.facts();
    assert_eq!((facts.user_version, facts.application_id), (7, 42));
    assert_eq!(facts.journal_mode, JournalMode::Wal);
    assert_eq!(facts.encoding, Encoding::Utf8);
    assert!(facts.wal_bytes > 0);
    assert_eq!(facts.written_by.as_deref(), Some(rusqlite::version()));
}

#[test]
fn utf16_databases_are_read() {
    for (name, encoding) in [("UTF-16le", Encoding::Utf16Le), ("UTF-16be", Encoding::Utf16Be)] {
        let fixture = Fixture::with(&format!("pragma encoding = '{name}'; {ROWS}"));
        let before = fixture.contents();
        assert_eq!(use_source(&fixture.path()), 3);
        assert_eq!(fixture.contents(), before);
        assert_eq!(Source::open(&fixture.path()).unwrap().facts().encoding, encoding);
    }
}

#[test]
fn a_name_full_of_syntax_opens_the_right_file() {
    let fixture = Fixture::with(ROWS);
    let odd = fixture.folder.path().join("a b?mode=rwc&x#y%41;é.db");
    fs::copy(fixture.path(), &odd).unwrap();
    let before = fixture.contents();
    assert_eq!(use_source(&odd), 3);
    assert_eq!(fixture.contents(), before);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_leads_to_the_log_of_the_real_file() {
    let fixture = left_behind(false);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(fixture.path(), &link).unwrap();
    let before = fixture.contents();
    assert_eq!(use_source(&link), 3);
    assert_eq!(fixture.contents(), before);
}

/// This test binary once more, holding a connection: SQLite's locks belong to a process.
pub(super) struct OtherProcess {
    child: std::process::Child,
}

impl OtherProcess {
    pub(super) fn start(path: &Path, sql: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "source::opening::holds_a_connection", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.as_mut().unwrap();
        writeln!(stdin, "{}\n{sql}", path.display()).unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        assert!(lines.any(|line| line.ends_with("ready")));
        Self { child }
    }

    pub(super) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
#[ignore = "the other process of the tests above"]
fn holds_a_connection() {
    let mut lines = std::io::stdin().lines().map(Result::unwrap);
    let (Some(path), Some(sql)) = (lines.next(), lines.next()) else { return };
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(&sql).unwrap();
    println!("ready");
    assert!(lines.next().is_none());
}
