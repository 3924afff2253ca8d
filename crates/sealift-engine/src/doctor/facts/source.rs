//! The SQLite file: what it says, whether it is sound, who has it open, when it was written to.

use crate::ops::Cancel;
use crate::sqlite::{self, Source, SourceFacts, beside};
use crate::{ErrorKind, Result, disk};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// What the last migration of this folder has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierMove {
    /// The server, its password as `***`.
    pub target: String,
    /// When it ended, since 1970-01-01 UTC.
    pub at: Duration,
}

/// The file, or why it cannot be read.
#[derive(Debug)]
pub(in crate::doctor) struct SourceState {
    pub(in crate::doctor) path: PathBuf,
    pub(in crate::doctor) opened: Result<OpenedSource>,
}

/// A file that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct OpenedSource {
    pub(in crate::doctor) facts: SourceFacts,
    /// Lines about damage; empty where it is sound.
    pub(in crate::doctor) damage: Vec<String>,
    /// Who has it open, as far as this user may see.
    pub(in crate::doctor) holders: Vec<Holder>,
    /// Bytes that are free on its disk.
    pub(in crate::doctor) free: Option<u64>,
    /// When it or its log was written to, since 1970-01-01 UTC.
    pub(in crate::doctor) written: Option<Duration>,
}

/// A process that has the file open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::doctor) struct Holder {
    pub(in crate::doctor) pid: u32,
    pub(in crate::doctor) name: String,
}

impl SourceState {
    /// Looks at the file, and reads each page once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Stopped`] on request.
    pub(in crate::doctor) fn look(path: &Path, cancel: &Cancel) -> Result<Self> {
        let opened = match OpenedSource::look(path, cancel) {
            Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
            opened => opened,
        };
        Ok(Self { path: path.to_owned(), opened })
    }
}

impl OpenedSource {
    fn look(path: &Path, cancel: &Cancel) -> Result<Self> {
        // Before it is opened here: what we do to it is not the application's doing.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let written = written(&real);
        let holders = holders(&real);
        let source = Source::open(path)?;
        let damage = sqlite::integrity(&source.connect()?, cancel.flag())?;
        let folder = real.parent().unwrap_or(Path::new("."));
        Ok(Self {
            facts: source.facts().clone(),
            damage,
            holders,
            free: disk::free_bytes(folder),
            written,
        })
    }
}

/// Returns when the file or what holds its latest rows was written to. A log without contents tells nothing:
/// readers make one.
fn written(path: &Path) -> Option<Duration> {
    // The index of the log (`-shm`) is written to by readers too.
    let times = ["", "-wal", "-journal"].map(|suffix| beside(path, suffix));
    let times = times.into_iter().filter_map(|file| {
        let found = fs::metadata(&file).ok().filter(|found| found.len() > 0)?;
        found.modified().ok()?.duration_since(UNIX_EPOCH).ok()
    });
    times.reduce(std::cmp::max)
}

/// Returns the other processes that have the file or one beside it open, as far as the system tells: on
/// Linux those of this user, for root all.
fn holders(path: &Path) -> Vec<Holder> {
    let files = ["", "-wal", "-shm", "-journal"].map(|suffix| beside(path, suffix));
    let own = std::process::id();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut holders: Vec<Holder> = processes
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let open = fs::read_dir(entry.path().join("fd")).ok()?.flatten();
            let holds = open
                .filter_map(|file| fs::read_link(file.path()).ok())
                .any(|target| files.contains(&target));
            if pid == own || !holds {
                return None;
            }
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            Some(Holder { pid, name: name.trim().to_owned() })
        })
        .collect();
    holders.sort();
    holders
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_program_that_has_the_file_open_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        fs::write(&path, "x").unwrap();
        let path = fs::canonicalize(path).unwrap();
        assert_eq!(holders(&path), []);
        let input = fs::File::open(&path).unwrap();
        let mut other = Command::new("sleep").arg("60").stdin(Stdio::from(input)).spawn().unwrap();
        let found = holders(&path);
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(found, [Holder { pid: other.id(), name: "sleep".to_owned() }]);
    }

    #[test]
    fn the_log_counts_when_it_holds_something() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        assert_eq!(written(&path), None);
        fs::write(&path, "x").unwrap();
        let first = written(&path);
        fs::write(folder.path().join("app.db-wal"), "").unwrap();
        assert_eq!(written(&path), first);
        let log = fs::File::create(folder.path().join("app.db-wal")).unwrap();
        log.set_len(1).unwrap();
        log.set_modified(UNIX_EPOCH + first.unwrap() + Duration::from_secs(5)).unwrap();
        assert_eq!(written(&path), first.map(|time| time + Duration::from_secs(5)));
    }
}
