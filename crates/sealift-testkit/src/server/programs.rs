//! Where PostgreSQL's programs are, and who runs them.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The programs of a server, and the user whom root becomes for it.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    user: Option<User>,
}

/// Somebody other than root: PostgreSQL refuses to be root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

impl Programs {
    /// Finds them where `scripts/pg` does: `$PG_BINDIR`, pg_config, PATH, Debian's folder.
    pub(super) fn find() -> Self {
        let folder = candidates()
            .into_iter()
            .find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file()))
            .expect("no PostgreSQL server found; install one, or set PG_BINDIR");
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = is_root.then(|| {
            let found = ["postgres", "nobody"].iter().find_map(|name| find_user(&users, name));
            found.expect("run as root, but there is neither a user postgres nor nobody")
        });
        Self { folder, user }
    }

    /// Returns a program, to be run by the server's user.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Gives a file or a folder with all that is in it to the server's user.
    pub(super) fn own(&self, path: &Path) {
        let Some(user) = self.user else { return };
        chown(path, Some(user.uid), Some(user.gid)).expect("give a file to the server's user");
        if path.is_dir() {
            for entry in std::fs::read_dir(path).expect("read a folder").flatten() {
                self.own(&entry.path());
            }
        }
    }

    /// Returns a name that differs between servers whose data differ.
    pub(super) fn fingerprint(&self) -> String {
        let output = run(self.command("postgres").arg("--version").current_dir("/"));
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        let text = format!("{} {version}", self.folder.display());
        format!("{:016x}", crate::database::fnv1a(text.as_bytes()))
    }
}

/// Runs a command that must succeed.
#[expect(clippy::panic, reason = "a helper fails its test by panicking")]
pub(super) fn run(command: &mut Command) -> Output {
    let output = command.output().expect("run a program of PostgreSQL");
    if !output.status.success() {
        panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    output
}

fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> =
        std::env::var_os("PG_BINDIR").map(PathBuf::from).into_iter().collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path) {
        let program = folder.join("pg_ctl").canonicalize().ok();
        candidates.extend(program.and_then(|program| Some(program.parent()?.to_owned())));
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    candidates.extend(versions.into_iter().rev());
    candidates
}

/// Finds a user in the text of `/etc/passwd`: `name:password:uid:gid:…`
fn find_user(users: &str, wanted: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        Some(User { uid, gid: fields.next()?.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let users = "root:x:0:0::/:\nnobody:x:65534:65533::/:\n";
        assert_eq!(find_user(users, "nobody"), Some(User { uid: 65534, gid: 65533 }));
        assert_eq!(find_user(users, "nobod"), None);
    }
}
