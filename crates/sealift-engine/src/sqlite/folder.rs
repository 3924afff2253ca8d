//! Leaves the source's folder as it was found.
//!
//! A read-only connection to a database with write-ahead log makes the `-shm` file and, where it is
//! missing, an empty `-wal` file, and leaves both behind (tried with SQLite 3.54; only a connection
//! that may write removes them). What was not there before goes again, when nobody else uses it.

use super::session;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The side files of a database before we came. Dropped after the last connection is closed.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    wal: PathBuf,
    shm: PathBuf,
    had_wal: bool,
    had_shm: bool,
}

impl Folder {
    /// Notes what lies beside `path`.
    pub(super) fn note(path: &Path) -> Self {
        let wal = beside(path, "-wal");
        let shm = beside(path, "-shm");
        let (had_wal, had_shm) = (wal.exists(), shm.exists());
        Self { path: path.to_owned(), wal, shm, had_wal, had_shm }
    }

    /// Removes the side files that we brought about.
    ///
    /// In WAL mode every connection holds a shared lock on the database file from its first read
    /// until it closes. `locking_mode=exclusive` asks for the exclusive lock, so once that is
    /// granted nobody else has the side files open, and nobody can open them until we let go. It
    /// also keeps our own index of the log in memory, so that no `-shm` comes back.
    fn restore(&self) -> rusqlite::Result<()> {
        let stray_shm = !self.had_shm && self.shm.exists();
        let stray_wal = !self.had_wal && self.wal.exists();
        if !stray_shm && !stray_wal {
            return Ok(());
        }
        let connection = session::connect_for_lock(&self.path, Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
        let wal_is_empty = fs::metadata(&self.wal).is_ok_and(|found| found.len() == 0);
        if stray_wal && wal_is_empty {
            remove(&self.wal);
        }
        if stray_shm {
            remove(&self.shm);
        }
        connection.close().map_err(|(_, error)| error)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = self.restore() {
            // Left-over side files are harmless: the next program that opens the database uses
            // them or removes them.
            tracing::debug!(error = %error, "left side files of the source in place");
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(path = %path.display(), error = %error, "could not remove a side file");
    }
}

/// Returns the path of a side file: SQLite appends to the whole name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
