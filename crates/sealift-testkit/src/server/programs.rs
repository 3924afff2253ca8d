//! Where PostgreSQL's programs are.

use crate::fixture::project_root;
use crate::user::ServerUser;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The programs of a server.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
    user: ServerUser,
}

impl Programs {
    /// Finds those of the server that is installed.
    pub(super) fn installed() -> Self {
        Self::told_by("scripts/pg", &["programs"])
    }

    /// Finds those of a major version. One that was not fetched is a failure: a skipped test would be
    /// a failed test that nobody sees.
    pub(super) fn of_version(major: u32) -> Self {
        Self::told_by("scripts/servers", &["dir", &major.to_string()])
    }

    fn told_by(script: &str, arguments: &[&str]) -> Self {
        let output = run(Command::new(project_root().join(script)).args(arguments));
        let folder = String::from_utf8(output.stdout).expect("the folder is UTF-8");
        Self { folder: PathBuf::from(folder.trim()), user: ServerUser::find() }
    }

    /// Returns a program, to be run by the server's user.
    pub(super) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = self.user.command(&self.folder.join(program));
        command.current_dir(folder);
        command
    }

    /// Returns the user who runs them.
    pub(super) fn user(&self) -> ServerUser {
        self.user
    }

    /// Returns a name that differs between servers whose data differ.
    pub(super) fn fingerprint(&self) -> String {
        let output = run(self.command("postgres", Path::new("/")).arg("--version"));
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        let text = format!("{} {version}", self.folder.display());
        format!("{:016x}", crate::database::fnv1a(text.as_bytes()))
    }
}

/// Runs a command that must succeed.
#[expect(clippy::panic, reason = "a helper fails its test by panicking")]
#[track_caller]
pub(super) fn run(command: &mut Command) -> Output {
    let output = command.output().expect("run a program");
    if !output.status.success() {
        panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    output
}
