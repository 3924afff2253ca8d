//! Whom servers of tests run as: PostgreSQL and PgBouncer refuse to be root.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The longest folder that a Unix socket fits into: `sun_path` has 108 bytes on Linux and 104 on
/// macOS, of which the socket's name takes 16.
const LONGEST_FOLDER: usize = 86;

/// The user whom root becomes for a server; nobody where we are not root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerUser(Option<Ids>);

/// A user and its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ids {
    user: u32,
    group: u32,
}

impl ServerUser {
    /// Finds it as `scripts/pg` does: `postgres`, else `nobody`.
    pub(crate) fn find() -> Self {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
        Self(is_root.then(|| {
            let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
            let found = ["postgres", "nobody"].iter().find_map(|name| find_user(&users, name));
            found.expect("run as root, but there is neither a user postgres nor nobody")
        }))
    }

    /// Returns a program, to be run by the user.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some(ids) = self.0 {
            command.uid(ids.user).gid(ids.group);
        }
        command
    }

    /// Gives a file or a folder with all that is in it to the user.
    pub(crate) fn own(self, path: &Path) {
        let Some(ids) = self.0 else { return };
        chown(path, Some(ids.user), Some(ids.group)).expect("give a file to the server's user");
        if path.is_dir() {
            for entry in std::fs::read_dir(path).expect("read a folder").flatten() {
                self.own(&entry.path());
            }
        }
    }

    /// Makes a folder of the user's that everybody may look into, and whose path leaves room for a
    /// socket's name.
    pub(crate) fn folder(self, prefix: &str) -> TempDir {
        let usual = std::env::temp_dir();
        let parent =
            if usual.as_os_str().len() + 20 > LONGEST_FOLDER { Path::new("/tmp") } else { &usual };
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .expect("make a temporary folder");
        self.own(folder.path());
        folder
    }

    /// Writes a file that only the user can read: PostgreSQL takes no other key.
    pub(crate) fn write(self, file: &Path, text: &str) {
        std::fs::write(file, text).expect("write a file of a server");
        std::fs::set_permissions(file, Permissions::from_mode(0o600)).expect("close the file");
        self.own(file);
    }
}

/// Finds a user in the text of `/etc/passwd`: `name:password:uid:gid:…`
fn find_user(users: &str, wanted: &str) -> Option<Ids> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        fields.next().filter(|name| *name == wanted)?;
        let user = fields.nth(1)?.parse().ok()?;
        Some(Ids { user, group: fields.next()?.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let users = "root:x:0:0::/:\nnobody:x:65534:65533::/:\n";
        assert_eq!(find_user(users, "nobody"), Some(Ids { user: 65534, group: 65533 }));
        assert_eq!(find_user(users, "nobod"), None);
    }
}
