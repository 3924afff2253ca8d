//! This machine: disk, memory, open files, clock, `sealift local`, PostgreSQL's programs.

use crate::local::{LocalServer, LocalStatus, read_major, read_version};
use crate::{disk, memory};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The programs that people use beside Sealift: backups, and looking around.
const PROGRAMS: [&str; 2] = ["pg_dump", "psql"];

/// What is looked at on this machine.
#[derive(Debug, Clone)]
pub struct MachineAsked {
    /// Where Sealift keeps what it writes on this side.
    pub state_folder: PathBuf,
    /// The managed server.
    pub local: LocalServer,
    /// `PG_BINDIR`, which comes before `PATH` in the search for programs.
    pub program_folder: Option<PathBuf>,
    /// `PATH`
    pub path: Option<OsString>,
    /// The time.
    pub clock: Clock,
}

/// The time of day, read once and counted on from there.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Since 1970-01-01 UTC, when it was read.
    pub since_epoch: Duration,
    /// The moment at which it was read.
    pub read_at: Instant,
}

impl Clock {
    /// Returns the time since 1970-01-01 UTC.
    #[must_use]
    pub fn now(self) -> Duration {
        self.since_epoch.saturating_add(self.read_at.elapsed())
    }
}

/// What there is of this machine. `None` where the system does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct MachineFacts {
    pub(in crate::doctor) folder: FolderFacts,
    /// Bytes that programs may still take, of the machine or of the container.
    pub(in crate::doctor) memory: Option<u64>,
    /// Files and connections that one process may have open.
    pub(in crate::doctor) open_files: Option<u64>,
    /// The managed server, or why it cannot be told.
    pub(in crate::doctor) local: Result<LocalStatus, String>,
    pub(in crate::doctor) tools: Vec<Tool>,
}

/// The folder that Sealift writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct FolderFacts {
    pub(in crate::doctor) path: PathBuf,
    pub(in crate::doctor) writable: bool,
    pub(in crate::doctor) free: Option<u64>,
}

/// A program of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct Tool {
    pub(in crate::doctor) name: &'static str,
    /// Its version as it is printed, and the part before the point.
    pub(in crate::doctor) version: Option<(String, u32)>,
}

impl MachineFacts {
    /// Looks around. Programs are asked for their versions; nothing is changed.
    pub(in crate::doctor) fn look(asked: &MachineAsked) -> Self {
        let tools = PROGRAMS.map(|name| Tool { name, version: version(name, asked) });
        Self {
            folder: FolderFacts::look(&asked.state_folder),
            memory: memory::available(),
            open_files: fs::read_to_string("/proc/self/limits")
                .ok()
                .as_deref()
                .and_then(open_files),
            local: asked.local.status().map_err(|error| error.to_string()),
            tools: tools.to_vec(),
        }
    }
}

impl FolderFacts {
    /// Looks at the folder, or at the one that it would be made in.
    fn look(path: &Path) -> Self {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let there = if path.is_dir() { path } else { parent.unwrap_or(Path::new(".")) };
        Self { path: path.to_owned(), writable: is_writable(there), free: disk::free_bytes(there) }
    }
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|found| !found.permissions().readonly())
}

/// Reads the first number of `Max open files   1024   524288   files`.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn version(name: &str, asked: &MachineAsked) -> Option<(String, u32)> {
    let folders = asked.path.iter().flat_map(std::env::split_paths);
    let folders = asked.program_folder.clone().into_iter().chain(folders);
    let program = folders.map(|folder| folder.join(name)).find(|file| file.is_file())?;
    let mut command = Command::new(program);
    command.arg("--version").env_clear().env("LC_ALL", "C").stdin(Stdio::null());
    if let Some(path) = &asked.path {
        command.env("PATH", path);
    }
    let output = command.output().ok()?;
    let version = read_version(&String::from_utf8(output.stdout).ok()?)?;
    let major = read_major(&version)?;
    Some((version, major))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files("Max open files unlimited unlimited files"), None);
    }

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_where_it_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let facts = FolderFacts::look(&folder.path().join(".sealift"));
        assert!(facts.writable);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(!FolderFacts::look(&folder.path().join("no/where")).writable);
    }
}
