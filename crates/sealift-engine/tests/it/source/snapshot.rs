//! Snapshots: all readers see one committed state.

use super::Fixture;
use rusqlite::Connection;
use sealift_engine::sqlite::Source;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const ACCOUNTS: &str = "create table a (id integer primary key, sum integer not null);
    create table b (id integer primary key, sum integer not null);
    create table moves (id integer primary key);
    insert into a values (1, 1000000);
    insert into b values (1, 0);";

/// Moves money from `a` to `b` until told to stop; returns the number of commits.
fn mover(path: std::path::PathBuf, stop: Arc<AtomicBool>, commits: Arc<AtomicU64>) {
    let writer = Connection::open(path).unwrap();
    writer.busy_timeout(Duration::from_secs(10)).unwrap();
    writer.pragma_update(None, "synchronous", "off").unwrap();
    while !stop.load(Ordering::Relaxed) {
        writer
            .execute_batch(
                "begin immediate; update a set sum = sum - 1; update b set sum = sum + 1;
                 insert into moves default values; commit;",
            )
            .unwrap();
        commits.fetch_add(1, Ordering::Relaxed);
    }
}

/// A thread that moves sums until it is told to end.
struct Moving {
    stop: Arc<AtomicBool>,
    commits: Arc<AtomicU64>,
    thread: thread::JoinHandle<()>,
}

impl Moving {
    /// Starts it, and waits for its first commit.
    fn start(fixture: &Fixture) -> Self {
        let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = {
            let (path, stop, commits) = (fixture.path(), Arc::clone(&stop), Arc::clone(&commits));
            thread::spawn(move || mover(path, stop, commits))
        };
        let moving = Self { stop, commits, thread };
        while moving.commits() == 0 {
            thread::yield_now();
        }
        moving
    }

    fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn state(connection: &Connection) -> (i64, i64, i64) {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).unwrap();
    (number("select sum from a"), number("select sum from b"), number("select count(*) from moves"))
}

#[test]
fn four_readers_see_one_state_while_a_writer_goes_on() {
    let fixture = Fixture::with(&format!("pragma journal_mode = wal; {ACCOUNTS}"));
    let source = Source::open(&fixture.path()).unwrap();
    let moving = Moving::start(&fixture);
    for _ in 0..5 {
        let snapshot = source.snapshot(4).unwrap();
        assert!(snapshot.cost().is_none());
        let seen = state(&snapshot.metadata());
        assert_eq!(seen.0 + seen.1, 1_000_000);
        let start = moving.commits();
        let readers: Vec<_> = std::iter::from_fn(|| snapshot.take()).collect();
        assert_eq!(readers.len(), 4);
        thread::scope(|scope| {
            for reader in readers {
                let moving = &moving;
                scope.spawn(move || {
                    while moving.commits() < start + 20 {
                        assert_eq!(state(&reader), seen);
                    }
                    assert_eq!(state(&reader), seen);
                });
            }
        });
        assert!(snapshot.take().is_some(), "a reader comes back when it is dropped");
    }
    moving.end();
}

#[test]
fn a_rollback_journal_keeps_commits_away_and_says_so() {
    let fixture = Fixture::with(ACCOUNTS);
    let source = Source::open(&fixture.path()).unwrap();
    let snapshot = source.snapshot(3).unwrap();
    assert!(snapshot.cost().unwrap().contains("database is locked"));
    let writer = fixture.writer();
    writer.busy_timeout(Duration::ZERO).unwrap();
    let error = writer.execute_batch("update a set sum = 0").unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
    drop(snapshot);
    writer.execute_batch("update a set sum = 0").unwrap();
}

#[test]
fn a_snapshot_is_found_between_the_commits_of_a_rollback_journal() {
    let fixture = Fixture::with(ACCOUNTS);
    let source = Source::open(&fixture.path()).unwrap();
    let moving = Moving::start(&fixture);
    let snapshot = source.snapshot(4).unwrap();
    let readers: Vec<_> = std::iter::from_fn(|| snapshot.take()).collect();
    let seen = state(&readers[0]);
    assert_eq!(seen.0 + seen.1, 1_000_000);
    assert!(readers.iter().all(|reader| state(reader) == seen));
    drop(readers);
    drop(snapshot);
    moving.end();
}
