//! The source is sacred: whatever becomes of a run, its folder is as it was.

use crate::crash::Running;
use crate::environment::TestEnvironment;
use rusqlite::Connection;
use sealift_testkit::Database;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// A file of the folder: its bytes, or that it is there (`-shm` is memory that all connections share).
type Folder = BTreeMap<String, Option<Vec<u8>>>;

const ROWS: &str = "
    create table people (id integer primary key, name text not null unique, boss integer references people);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
    insert into people select i, 'person ' || i, nullif(i / 10, 0) from n;
    create table notes (id integer primary key, body text);
    insert into notes select id, printf('%.*c', 4000, 'x') from people;";

/// How the database was left by the application, and how it writes.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Journal(&'static str),
    /// All is in the file.
    CheckpointedWal,
    /// A copy of both files, as after a crash.
    WalLeftBehind,
    /// The application has it open.
    LiveWal,
    /// A `-shm` without its log, as a crash of the machine leaves it.
    OrphanedShm,
}

/// Rollback journals of each kind.
const JOURNALS: &[Mode] = &[
    Mode::Journal("delete"),
    Mode::Journal("truncate"),
    Mode::Journal("persist"),
    Mode::Journal("memory"),
    Mode::Journal("off"),
];

/// Write-ahead logs in each condition.
const LOGS: &[Mode] =
    &[Mode::CheckpointedWal, Mode::WalLeftBehind, Mode::LiveWal, Mode::OrphanedShm];

/// How a run ends.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Success,
    Refused,
    NoServer,
    ServerFails,
    Killed,
    Interrupted,
}

/// A database beside nothing else, and what keeps it open.
struct Source {
    environment: TestEnvironment,
    _application: Option<Connection>,
}

fn source(mode: Mode) -> Source {
    let environment = TestEnvironment::new();
    let folder = environment.folder().join("data");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("app.db");
    let make = |path: &Path, journal: &str| {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(&format!("pragma journal_mode = {journal}; {ROWS}")).unwrap();
        connection
    };
    let mut application = None;
    match mode {
        Mode::Journal(journal) => drop(make(&path, journal)),
        Mode::CheckpointedWal => drop(make(&path, "wal")),
        Mode::LiveWal => application = Some(make(&path, "wal")),
        Mode::WalLeftBehind => {
            let elsewhere = tempfile::tempdir().unwrap();
            let live = elsewhere.path().join("app.db");
            let connection = make(&live, "wal");
            std::fs::copy(&live, &path).unwrap();
            std::fs::copy(elsewhere.path().join("app.db-wal"), folder.join("app.db-wal")).unwrap();
            drop(connection);
        }
        Mode::OrphanedShm => {
            drop(make(&path, "wal"));
            std::fs::write(folder.join("app.db-shm"), vec![0; 32768]).unwrap();
        }
    }
    Source { environment, _application: application }
}

impl Source {
    fn look(&self) -> Folder {
        let entries = std::fs::read_dir(self.environment.folder().join("data")).unwrap();
        let files = entries.map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let bytes = (!name.ends_with("-shm")).then(|| std::fs::read(entry.path()).unwrap());
            (name, bytes)
        });
        files.collect()
    }

    /// Runs a migration to its end and returns its status.
    fn run(&self, database: &Database, outcome: Outcome) -> Option<i32> {
        let base = ["migrate", "data/app.db", "--no-backup", "--jobs", "2", "--to"];
        let to = |url: &str, more: &[&str]| {
            let arguments = [&base[..], &[url], more].concat();
            Some(self.environment.run(&arguments).status)
        };
        let begun = |event: &serde_json::Value| {
            event["event"] == "phase_started" && event["phase"] == "copy"
        };
        let start = || {
            let arguments = [&base[..], &[&database.url]].concat();
            let mut running = Running::start(&self.environment, &arguments);
            running.until("the copy begins", begun);
            running
        };
        match outcome {
            Outcome::Success => to(&database.url, &["--into", "recreate", "--yes"]),
            Outcome::Refused => to(&database.url, &["--cast", "people.name=integer"]),
            Outcome::NoServer => to("postgresql://postgres@127.0.0.1:9/nowhere", &[]),
            Outcome::ServerFails => {
                let running = start();
                database.execute_blocking(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and application_name like 'sealift%'",
                );
                running.end().status
            }
            Outcome::Killed => {
                start().kill();
                None
            }
            Outcome::Interrupted => {
                let running = start();
                running.signal("INT");
                running.end().status
            }
        }
    }
}

#[track_caller]
fn is_as_before(source: &Source, before: &Folder, what: &str) {
    let after = source.look();
    let names = |folder: &Folder| folder.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(before), "{what}");
    // Not assert_eq!: the bytes would be printed.
    assert!(after == *before, "{what}: a file has other bytes");
}

#[test]
fn the_folder_is_as_before_whatever_the_outcome_with_a_rollback_journal() {
    stays_as_before(JOURNALS);
}

#[test]
fn the_folder_is_as_before_whatever_the_outcome_with_a_write_ahead_log() {
    stays_as_before(LOGS);
}

fn stays_as_before(modes: &[Mode]) {
    let database = sealift_testkit::database_blocking();
    for mode in modes.iter().copied() {
        let source = source(mode);
        let before = source.look();
        for (outcome, status) in [
            (Outcome::Refused, 1),
            (Outcome::NoServer, 3),
            (Outcome::ServerFails, 0),
            (Outcome::Interrupted, 4),
            (Outcome::Success, 0),
        ] {
            let ended = source.run(&database, outcome);
            let what = format!("{mode:?}, {outcome:?}");
            // What fails late may have come through, or be told as half done.
            match outcome {
                Outcome::Interrupted => {
                    assert!(matches!(ended, Some(0 | 4)), "{what}: {ended:?}");
                }
                Outcome::Success
                | Outcome::Refused
                | Outcome::NoServer
                | Outcome::ServerFails
                | Outcome::Killed => {
                    assert_eq!(ended, Some(status), "{what}");
                }
            }
            is_as_before(&source, &before, &what);
            clear(&database);
        }
    }
}

fn clear(database: &Database) {
    database.execute_blocking(
        "drop schema if exists _sealift cascade; drop schema public cascade; create schema public",
    );
}

/// A killed process cannot tidy up: with a write-ahead log, an empty `-wal` and the `-shm` may stay
/// (`sqlite.org/wal.html`); the next program that opens the database uses or removes them.
#[test]
fn a_killed_run_leaves_the_bytes_as_they_were_with_a_rollback_journal() {
    keeps_its_bytes(JOURNALS);
}

#[test]
fn a_killed_run_leaves_the_bytes_as_they_were_with_a_write_ahead_log() {
    keeps_its_bytes(LOGS);
}

fn keeps_its_bytes(modes: &[Mode]) {
    let database = sealift_testkit::database_blocking();
    for mode in modes.iter().copied() {
        let source = source(mode);
        let before = source.look();
        source.run(&database, Outcome::Killed);
        let after = source.look();
        for (name, bytes) in &after {
            match before.get(name) {
                Some(known) => assert!(known == bytes, "{mode:?}: {name}"),
                None if name.ends_with("-shm") => {}
                None => assert_eq!(bytes.as_deref(), Some(&[][..]), "{mode:?}: {name}"),
            }
        }
        assert_eq!(source.run(&database, Outcome::Success), Some(0), "{mode:?}");
        let file = source.environment.folder().join("data/app.db");
        assert!(before["app.db"] == Some(std::fs::read(file).unwrap()), "{mode:?}");
        clear(&database);
    }
}

/// Writes without a pause, with so much patience, until told to stop; returns how often, how often it was
/// refused, and the longest time that it was refused on end.
fn write(
    (path, patience): (&Path, Duration),
    stop: &AtomicBool,
    begun: &std::sync::mpsc::Sender<()>,
) -> (u32, u32, Duration) {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(patience).unwrap();
    connection.pragma_update(None, "synchronous", "off").unwrap();
    let (mut written, mut refused, mut longest) = (0, 0, Duration::ZERO);
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        match connection.execute_batch("insert into notes (body) values ('y')") {
            Ok(()) => {
                written += 1;
                longest = std::cmp::max(longest, last.elapsed());
                last = Instant::now();
            }
            Err(error) => {
                assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
                refused += 1;
            }
        }
        if written == 10 {
            begun.send(()).unwrap();
        }
    }
    (written, refused, longest)
}

/// Migrates while the application writes; returns what the writer met, and what was said.
fn beside_a_writer(journal: &'static str, patience: Duration) -> (u32, u32, Duration, String) {
    let source = source(Mode::Journal(journal));
    let database = sealift_testkit::database_blocking();
    let path = source.environment.folder().join("data/app.db");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sender, begun) = channel();
        let (stop, path) = (&stop, &path);
        let writer = scope.spawn(move || write((path, patience), stop, &sender));
        begun.recv_timeout(Duration::from_secs(60)).expect("the writer does not write");
        let output = source.environment.run(&[
            "migrate",
            "data/app.db",
            "--no-backup",
            "--to",
            &database.url,
        ]);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(output.status, 0, "{output}");
        let (written, refused, longest) = writer.join().unwrap();
        (written, refused, longest, output.stderr)
    })
}

/// With the shortest time-out that anybody sets. Without any, a reader that begins while the index of the log
/// is being written takes the writer's lock for microseconds (see design 008).
#[test]
fn with_a_write_ahead_log_the_application_never_sees_an_error() {
    let (written, refused, _, said) = beside_a_writer("wal", Duration::from_millis(20));
    assert_eq!(refused, 0, "of {written}");
    assert!(written > 100, "{written}");
    assert!(!said.contains("rollback journal"), "{said}");
}

#[test]
fn with_a_rollback_journal_it_waits_for_the_run_and_is_told() {
    let (written, refused, longest, said) = beside_a_writer("delete", Duration::ZERO);
    assert!(refused > 0 && written > 10);
    assert!(said.contains("writes of the application wait"), "{said}");
    println!("the longest wait: {longest:?}");
}

#[test]
fn a_path_that_is_not_utf8_is_refused_in_words() {
    use std::os::unix::ffi::OsStrExt;
    let environment = TestEnvironment::new();
    let mut command = environment.command(&["inspect"]);
    command.arg(std::ffi::OsStr::from_bytes(b"a\xff.db"));
    let output = environment.output(command.output().unwrap());
    assert_eq!(output.status, 2, "{output}");
    assert!(output.stderr.contains("UTF-8"), "{output}");
}

/// Runs a command with its folder `data` mounted read-only, in a name space of its own; `None` where the
/// system lets nobody have one.
fn on_a_read_only_medium(
    source: &Source,
    arguments: &[&str],
) -> Option<crate::environment::Output> {
    let available = std::process::Command::new("unshare").args(["-rm", "true"]).status();
    if !available.is_ok_and(|status| status.success()) {
        return None;
    }
    let sealift = env!("CARGO_BIN_EXE_sealift");
    let script = format!(
        "mount --bind data data && mount -o remount,bind,ro data && exec '{sealift}' \"$@\""
    );
    let command = source.environment.command(&[]);
    let mut inside = std::process::Command::new("unshare");
    inside.args(["-rm", "sh", "-c", &script, "sealift"]).args(arguments);
    inside.current_dir(source.environment.folder()).env_clear();
    inside.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(source.environment.output(inside.output().unwrap()))
}

#[test]
fn a_read_only_medium_is_read_and_one_without_right_to_write_is_explained() {
    for mode in JOURNALS.iter().chain(LOGS).copied() {
        let source = source(mode);
        let before = source.look();
        let Some(output) = on_a_read_only_medium(&source, &["inspect", "data/app.db", "--json"])
        else {
            return closed_folder();
        };
        assert_eq!(output.status, 0, "{mode:?}: {output}");
        assert_eq!(output.json()["tables"][1]["rows"], 4000, "{mode:?}");
        is_as_before(&source, &before, &format!("{mode:?}"));
    }
}

/// The same where nobody can mount: a folder that this user may not write to.
fn closed_folder() {
    use std::os::unix::fs::PermissionsExt;
    let source = source(Mode::CheckpointedWal);
    let folder = source.environment.folder().join("data");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    let output = source.environment.run(&["inspect", "data/app.db"]);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("its `-shm` file cannot be made"), "{output}");
}

#[test]
fn a_folder_that_takes_no_backup_is_found_before_the_tables_are_made() {
    let source = source(Mode::Journal("delete"));
    let database = sealift_testkit::database_blocking();
    let run = ["migrate", "data/app.db", "--to", &database.url];
    let Some(output) = on_a_read_only_medium(&source, &run) else { return };
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("the backup cannot be written to"), "{output}");
    assert!(output.stderr.contains("--no-backup"), "{output}");
    let left =
        database.query_text_blocking("select count(*) from pg_class where relname = 'people'");
    assert_eq!(left, [[Some("0".to_owned())]]);
}
