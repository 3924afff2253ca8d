//! A copy of the source that SQLite itself makes and that is checked before anybody relies on it.

use super::fault;
use super::folder::beside;
use super::integrity::integrity;
use super::session::{self, Access};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Moment, Step};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Pages of one step: 10 MiB with the usual page size, so that a request to stop is heard soon.
const STEP_PAGES: i32 = 2560;

/// How often a step that met a lock is tried again, [`BUSY_PAUSE`] apart: ten seconds in all.
const BUSY_TRIES: u32 = 200;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Copies the database behind `connection` to a new file (`sqlite.org/backup.html`), checks it and
/// brings it to disk; returns its bytes.
///
/// Through a reader of a snapshot the copy is exactly that state, whatever the application commits
/// meanwhile. Through another connection SQLite begins again whenever the application commits.
///
/// # Errors
/// When the file exists, cannot be written or fails its check, when the source cannot be read, and
/// when `stop` is set. An unfinished file is removed.
pub fn backup(connection: &Connection, destination: &Path, stop: &AtomicBool) -> Result<u64> {
    let doing = || format!("back up to {}", destination.display());
    let partial = beside(destination, ".partial");
    let made = make(connection, destination, &partial, stop);
    if made.is_err()
        && let Err(error) = fs::remove_file(&partial)
    {
        tracing::debug!(file = %partial.display(), error = %error,
            "could not remove an unfinished backup");
    }
    made.map_err(|error| error.context(doing()))
}

/// Makes the copy under another name: what has the name of a backup is a whole one.
fn make(
    connection: &Connection,
    destination: &Path,
    partial: &Path,
    stop: &AtomicBool,
) -> Result<u64> {
    if destination.exists() {
        return Err(refused(io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    create(partial).map_err(refused)?;
    copy(connection, partial, stop)?;
    let bytes = check(partial)?;
    Step::Backup.reach(Moment::Before)?;
    fs::rename(partial, destination).map_err(refused)?;
    Step::Backup.reach(Moment::After)?;
    Ok(bytes)
}

/// Makes the empty file; what a killed run left of an unfinished one is replaced.
fn create(destination: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(destination).map(drop)
}

fn refused(error: io::Error) -> Error {
    let made = Error::new(ErrorKind::Io, error.to_string());
    let made = if error.kind() == io::ErrorKind::AlreadyExists {
        made.hinted("name another file; a backup is never overwritten")
    } else {
        made.hinted("name a folder that can be written to, or go without: --no-backup")
    };
    made.caused_by(error)
}

fn copy(connection: &Connection, destination: &Path, stop: &AtomicBool) -> Result<()> {
    let failed = |error| fault::fault("copy the pages", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(destination, flags).map_err(failed)?;
    // A half-made file is thrown away, so it needs neither journal nor syncing on the way.
    target.pragma_update(None, "journal_mode", "off").map_err(failed)?;
    target.pragma_update(None, "synchronous", "off").map_err(failed)?;
    let backup = Backup::new(connection, &mut target).map_err(failed)?;
    let mut tries = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Stopped, "stopped"));
        }
        match backup.step(STEP_PAGES).map_err(failed)? {
            StepResult::Done => break,
            StepResult::More => tries = 0,
            StepResult::Busy | StepResult::Locked | _ if tries < BUSY_TRIES => {
                tries += 1;
                thread::sleep(BUSY_PAUSE);
            }
            StepResult::Busy | StepResult::Locked | _ => return Err(fault::busy()),
        }
    }
    drop(backup);
    target.close().map_err(|(_, error)| failed(error))
}

/// Checks the finished file without making side files, and brings it and its name to disk.
fn check(destination: &Path) -> Result<u64> {
    let connection = session::connect(destination, Access::Immutable, Duration::ZERO)
        .map_err(|error| fault::fault("open the copy", error))?;
    let lines = integrity(&connection, &AtomicBool::new(false))?;
    connection.close().map_err(|(_, error)| fault::fault("close the copy", error))?;
    if let Some(line) = lines.first() {
        return Err(Error::new(ErrorKind::Source, format!("the copy is damaged: {line}"))
            .hinted("the source is probably damaged too; see `sealift inspect`"));
    }
    let sync = || -> io::Result<u64> {
        let file = File::open(destination)?;
        file.sync_all()?;
        #[cfg(unix)]
        if let Some(folder) = destination.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(file.metadata()?.len())
    };
    sync().map_err(refused)
}
