//! Running PostgreSQL's programs.

use super::files::Place;
use super::find::{BinSearch, Programs};
use super::user::ServerUser;
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns a command as the server's user, with almost no environment: a server that runs on for
/// days must not carry the caller's secrets, and `PG…` variables would change what it does.
pub(super) fn command(program: &Path, search: &BinSearch, user: &ServerUser) -> Command {
    let mut command = Command::new(program);
    // English messages: the log's last lines go into errors.
    command.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
    if let Some(path) = &search.path {
        command.env("PATH", path);
    }
    if let Some(path) = &search.library_path {
        command.env("LD_LIBRARY_PATH", path);
    }
    // The caller's working folder may be closed to the server's user.
    command.current_dir("/");
    user.apply(&mut command);
    command
}

/// Runs a program of a server to its end; its words go into the error.
pub(super) fn run(command: &mut Command) -> Result<()> {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| {
        Error::new(ErrorKind::Local, format!("run {}", program.display())).caused_by(error)
    })?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words: Vec<&str> = words.lines().rev().take(5).collect();
    let words: Vec<&str> = words.into_iter().rev().collect();
    Err(Error::new(ErrorKind::Local, format!("{name} failed: {}", words.join("; "))))
}

impl Programs {
    /// Returns a command of this server that works in `place`. Its files are to be named relative to
    /// that: `pg_ctl` hands their names to a shell, which would carry out a `$(…)` in them.
    pub(super) fn command(
        &self,
        name: &str,
        search: &BinSearch,
        user: &ServerUser,
        place: &Place,
    ) -> Command {
        let mut command = command(&self.folder.join(name), search, user);
        command.current_dir(&place.folder);
        command
    }
}
