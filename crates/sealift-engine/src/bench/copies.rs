//! [`Copies`]: two copies of the file, in a folder of their own that is removed again.

use crate::disk;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::sqlite::{Application, JournalMode, Source, backup, is_in_memory};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the folders' names begin with; 16 hexadecimal digits follow.
const PREFIX: &str = "bench-";

/// A file in each folder that is locked as long as its process lives.
const LOCK: &str = "lock";

/// Copies and what is written to them: two, and as much again for the rows that are inserted and the journals.
const ROOM: u64 = 3;

/// Nobody else uses the copies while they are made.
const WAIT: Duration = Duration::from_secs(1);

/// A copy with a rollback journal and one with a write-ahead log. Dropping it removes both.
#[derive(Debug)]
pub(super) struct Copies {
    folder: PathBuf,
    rollback: PathBuf,
    wal: PathBuf,
    bytes: u64,
    in_memory: bool,
    _lock: File,
}

impl Copies {
    /// Copies one committed state of a file into a new folder within `place`, after removing what killed processes
    /// have left there.
    ///
    /// # Errors
    /// When the file cannot be read or its copies not be written.
    pub(super) fn make(
        source: &Path,
        place: &Path,
        events: &Events,
        stop: &Cancel,
    ) -> Result<Self> {
        let (folder, lock) = folder(place, events).map_err(|error| unwritable(place, error))?;
        let mut copies = Self {
            rollback: folder.join("rollback.db"),
            wal: folder.join("wal.db"),
            in_memory: is_in_memory(&folder),
            folder,
            bytes: 0,
            _lock: lock,
        };
        copies.fill(source, stop)?;
        if copies.in_memory {
            events.notice(format!(
                "{} lies in memory, where SQLite's commits cost no disk: --copies DIR names a folder on one",
                place.display()
            ));
        }
        Ok(copies)
    }

    fn fill(&mut self, source: &Path, stop: &Cancel) -> Result<()> {
        let place = self.folder.clone();
        let opened = Source::open(source)?;
        let snapshot = opened.snapshot(1)?;
        self.require_room(snapshot.bytes()?)?;
        let reader = snapshot.take().ok_or_else(|| {
            Error::new(ErrorKind::Bug, "no reader is left for the copy of the SQLite file")
        })?;
        self.bytes = match backup(&reader, &self.rollback, stop.flag()) {
            Err(error) if error.kind() == ErrorKind::Io => {
                return Err(error.hinted("name a folder on a disk with room: --copies DIR"));
            }
            made => made?,
        };
        drop(reader);
        drop(snapshot);
        stop.check()?;
        fs::copy(&self.rollback, &self.wal).map_err(|error| unwritable(&place, error))?;
        for (path, mode) in [(&self.rollback, JournalMode::Rollback), (&self.wal, JournalMode::Wal)]
        {
            Application::open(path, WAIT)?.set_journal(mode)?;
        }
        Ok(())
    }

    fn require_room(&self, bytes: u64) -> Result<()> {
        let needed = bytes.saturating_mul(ROOM);
        match disk::free_bytes(&self.folder) {
            Some(free) if free < needed => Err(Error::new(
                ErrorKind::Io,
                format!(
                    "two copies of the file need {} MiB with what is written to them, and {} are free",
                    needed >> 20,
                    free >> 20
                ),
            )
            .hinted("name a folder on a disk with more room: --copies DIR")),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the copy with a rollback journal.
    pub(super) fn rollback(&self) -> &Path {
        &self.rollback
    }

    /// Returns the copy with a write-ahead log.
    pub(super) fn wal(&self) -> &Path {
        &self.wal
    }

    /// Returns the bytes of one copy as it was made.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns whether they lie in memory instead of on a disk.
    pub(super) fn in_memory(&self) -> bool {
        self.in_memory
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), error = %error,
                "could not remove the copies of the source");
        }
    }
}

/// Makes a folder that nobody else may enter, and the file in it whose lock says that it is in use.
fn folder(place: &Path, events: &Events) -> io::Result<(PathBuf, File)> {
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if is_left(&path) {
            fs::remove_dir_all(&path)?;
            events.notice(format!("removed {}, which a killed benchmark had left", path.display()));
        }
    }
    let folder = place.join(format!("{PREFIX}{:016x}", rand::random::<u64>()));
    disk::private().create(&folder)?;
    let lock = File::create(folder.join(LOCK))?;
    lock.try_lock()?;
    Ok((folder, lock))
}

/// Returns whether a folder is one of ours whose process is gone: the system has let go of its lock.
fn is_left(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(digits) = name.strip_prefix(PREFIX) else { return false };
    let ours = digits.len() == 16 && digits.chars().all(|c| c.is_ascii_hexdigit());
    let lock = File::open(folder.join(LOCK));
    ours && lock.is_ok_and(|lock| lock.try_lock().is_ok())
}

fn unwritable(place: &Path, error: io::Error) -> Error {
    let message = format!("cannot copy the SQLite file to {}: {error}", place.display());
    Error::new(ErrorKind::Io, message)
        .caused_by(error)
        .hinted("name a folder that can be written to: --copies DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let entries = fs::read_dir(place).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_in_use_or_of_others_stays() {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join("bench-0123456789abcdef");
        let foreign = place.path().join("bench-results");
        for folder in [&left, &foreign] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(LOCK), "").unwrap();
        }
        let events = Events::silent();
        let (first, _lock) = folder(place.path(), &events).unwrap();
        let (second, _other) = folder(place.path(), &events).unwrap();
        assert!(!left.exists() && foreign.exists() && first.exists() && second.exists());
        assert_eq!(names(place.path()).len(), 3);
    }

    #[test]
    fn the_copies_are_of_both_kinds_and_go_with_the_value() {
        let place = tempfile::tempdir().unwrap();
        let source = sealift_testkit::sqlite_file("create table t (a); insert into t values (1)");
        let before = fs::read(source.path()).unwrap();
        let copies =
            Copies::make(source.path(), place.path(), &Events::silent(), &Cancel::new()).unwrap();
        let mode = |path: &Path| Source::open(path).unwrap().facts().journal_mode;
        assert_eq!(mode(copies.rollback()), JournalMode::Rollback);
        assert_eq!(mode(copies.wal()), JournalMode::Wal);
        assert!(copies.bytes() > 0);
        drop(copies);
        assert_eq!(names(place.path()), Vec::<String>::new());
        assert_eq!(fs::read(source.path()).unwrap(), before);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let source = sealift_testkit::sqlite_file("create table t (a)");
        let nowhere = source.folder().join("nowhere");
        let made = Copies::make(source.path(), &nowhere, &Events::silent(), &Cancel::new());
        let error = made.unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
        assert_eq!(error.hint(), Some("name a folder that can be written to: --copies DIR"));
    }
}
