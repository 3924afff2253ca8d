//! [`Source`]: a SQLite file, opened without creating or changing anything.

use super::facts::SourceFacts;
use super::fault;
use super::folder::{Folder, beside};
use super::header::{self, Header};
use super::known;
use super::private_copy::PrivateCopy;
use super::session::{self, Access};
use super::watch::Watch;
use crate::error::Result;
use rusqlite::Connection;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a lock of another program is waited for.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(10);

/// A SQLite file that can be read.
#[derive(Debug, Clone)]
pub struct Source {
    file: Arc<SourceFile>,
    facts: SourceFacts,
}

/// The file behind a [`Source`] and all its connections. When the last of them is gone, the folder
/// looks as before.
#[derive(Debug)]
pub(super) struct SourceFile {
    path: PathBuf,
    access: Access,
    wait: Duration,
    watch: Watch,
    // Declared in the order in which they are to be dropped.
    _folder: Option<Folder>,
    _copy: Option<PrivateCopy>,
}

impl SourceFile {
    /// Returns what became of the file since it was opened.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Returns a new read-only connection.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        session::connect(&self.path, self.access, self.wait)
    }

    /// Returns a connection for holding writers off, which itself writes nothing.
    pub(super) fn connect_for_lock(&self) -> rusqlite::Result<Connection> {
        session::connect_for_lock(&self.path, self.wait)
    }
}

impl Source {
    /// Opens the SQLite file at `path` and reads what it says about itself.
    ///
    /// Nothing is created or changed. While it is open, a database with write-ahead log may have a
    /// `-shm` file (and an empty `-wal`) beside it that was not there; they are removed at the end.
    ///
    /// The process must not have other connections to the same file: SQLite's locks belong to the
    /// process, and reading the header drops them (`sqlite.org/howtocorrupt.html`, section 2.2).
    ///
    /// # Errors
    /// When the file is missing, empty, unreadable, no database, encrypted, truncated or damaged,
    /// when an unfinished transaction would have to be rolled back, and when another program keeps
    /// it locked for longer than ten seconds. All have kind [`crate::ErrorKind::Source`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_within(path, BUSY_WAIT)
    }

    /// Opens the file like [`Source::open`], waiting at most `wait` for another program's lock.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open_within(path: &Path, wait: Duration) -> Result<Self> {
        open(path, wait).map_err(|error| error.context(format!("open {}", path.display())))
    }

    /// Returns what the file says about itself.
    #[must_use]
    pub fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    /// Returns a new read-only connection, which is in no transaction.
    ///
    /// # Errors
    /// When SQLite cannot open the file any more.
    pub fn connect(&self) -> Result<Connection> {
        self.file.connect().map_err(|error| fault::fault("open the SQLite file again", error))
    }

    /// Returns the file, for those that keep connections to it.
    pub(super) fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }
}

fn open(shown: &Path, wait: Duration) -> Result<Source> {
    let path = locate(shown)?;
    let header = Header::read(&path)?;
    if header.is_wal {
        header::refuse_foreign_log(&beside(&path, "-wal"), header.page_size)?;
    }
    let folder = Folder::note(&path);
    let shared = SourceFile {
        path: path.clone(),
        access: Access::Shared,
        wait,
        watch: Watch::begin(&path),
        _folder: Some(folder),
        _copy: None,
    };
    match gather(&shared, &header, shown, &path) {
        Ok(facts) => Ok(Source { file: Arc::new(shared), facts }),
        Err(error) if header.is_wal && fault::lacks_shared_memory(&error) => {
            drop(shared);
            open_without_shared_memory(shown, &path, &header, wait)
        }
        Err(error) => {
            let file_bytes = fs::metadata(&path).map_or(0, |found| found.len());
            let damaged = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt);
            if damaged && header.exceeds(file_bytes) {
                return Err(header::truncated().caused_by(error));
            }
            Err(fault::fault("read the schema", error))
        }
    }
}

/// Returns the real path: side files lie beside the file that a symbolic link points to.
fn locate(shown: &Path) -> Result<PathBuf> {
    let missing = |error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound {
            known::MISSING.error()
        } else {
            header::unreadable(error)
        }
    };
    let path = fs::canonicalize(shown).map_err(missing)?;
    let kind = fs::metadata(&path).map_err(missing)?.file_type();
    if kind.is_dir() {
        return Err(known::FOLDER.saying("this is a directory, not an ordinary file"));
    }
    if !kind.is_file() {
        return Err(known::FOLDER.saying("this is not an ordinary file"));
    }
    Ok(path)
}

/// Reads the facts inside one transaction, which also makes SQLite look at locks and journals.
fn gather(
    file: &SourceFile,
    header: &Header,
    shown: &Path,
    path: &Path,
) -> rusqlite::Result<SourceFacts> {
    let connection = file.connect()?;
    // As in `session::connect`: SQLite's own waiting looks too seldom.
    connection.busy_timeout(Duration::ZERO)?;
    let began = Instant::now();
    loop {
        connection.execute_batch("begin")?;
        match connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(())) {
            Ok(()) => break,
            Err(error) if fault::is_busy(&error) && began.elapsed() < file.wait => {
                connection.execute_batch("rollback")?;
                thread::sleep(session::LOOK_AGAIN);
            }
            Err(error) => return Err(error),
        }
    }
    let facts = SourceFacts::gather(&connection, header, shown, path)?;
    connection.execute_batch("rollback")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(facts)
}

/// Opens a database with write-ahead log where the `-shm` file can neither be found nor made.
fn open_without_shared_memory(
    shown: &Path,
    path: &Path,
    header: &Header,
    wait: Duration,
) -> Result<Source> {
    let wal = beside(path, "-wal");
    let wal_bytes = fs::metadata(&wal).map_or(0, |found| found.len());
    if !is_read_only_medium(path) {
        return Err(known::NO_SHARED_MEMORY.saying(
            "the database uses a write-ahead log, and its `-shm` file cannot be made: this user \
             may not write to the folder",
        ));
    }
    // Without locks SQLite would not look for a journal.
    if fs::metadata(beside(path, "-journal")).is_ok_and(|found| found.len() > 0) {
        return Err(fault::unfinished_transaction());
    }
    let file = if wal_bytes == 0 {
        SourceFile {
            path: path.to_owned(),
            access: Access::Immutable,
            wait,
            watch: Watch::begin(path),
            _folder: None,
            _copy: None,
        }
    } else {
        let copy = PrivateCopy::of(path, &wal)?;
        SourceFile {
            path: copy.path().to_owned(),
            access: Access::Shared,
            wait,
            watch: Watch::begin(path),
            _folder: None,
            _copy: Some(copy),
        }
    };
    let facts = gather(&file, header, shown, path)
        .map_err(|error| fault::fault("read the schema", error))?;
    Ok(Source { file: Arc::new(file), facts })
}

/// Returns whether the file lies on a medium that nobody can write to. Opening for writing without
/// truncating changes nothing.
fn is_read_only_medium(path: &Path) -> bool {
    OpenOptions::new()
        .write(true)
        .open(path)
        .is_err_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a database in WAL mode; with `crashed`, its rows are in the log only.
    fn fixture(crashed: bool) -> (tempfile::TempDir, PathBuf) {
        let (live, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, path) = (live.path().join("app.db"), folder.path().join("app.db"));
        let writer = Connection::open(&from).unwrap();
        writer.pragma_update(None, "journal_mode", "wal").unwrap();
        writer.execute_batch("create table t (x); insert into t values (1), (2)").unwrap();
        if crashed {
            fs::copy(beside(&from, "-wal"), beside(&path, "-wal")).unwrap();
        } else {
            writer.close().unwrap();
        }
        fs::copy(&from, &path).unwrap();
        (folder, path)
    }

    fn rows(file: &SourceFile) -> i64 {
        let connection = file.connect().unwrap();
        connection.query_row("select count(*) from t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_read_only_medium_is_read_without_side_files() {
        let (folder, path) = fixture(false);
        let file = SourceFile {
            access: Access::Immutable,
            wait: BUSY_WAIT,
            watch: Watch::begin(&path),
            path,
            _folder: None,
            _copy: None,
        };
        assert_eq!(rows(&file), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_log_on_a_read_only_medium_is_read_through_a_copy_that_goes_away() {
        let (folder, path) = fixture(true);
        let copy = PrivateCopy::of(&path, &beside(&path, "-wal")).unwrap();
        let place = copy.path().to_owned();
        let file = SourceFile {
            access: Access::Shared,
            wait: BUSY_WAIT,
            watch: Watch::begin(&path),
            path: place.clone(),
            _folder: None,
            _copy: Some(copy),
        };
        assert_eq!(rows(&file), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        drop(file);
        assert!(!place.parent().unwrap().exists());
    }
}
