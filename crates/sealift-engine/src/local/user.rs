//! Who the server runs as: PostgreSQL refuses to be root.

use crate::{Error, ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

/// The users that root becomes for the server: the one that PostgreSQL's packages make, then the one
/// that every system has.
const UNPRIVILEGED: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Who runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServerUser {
    /// Whoever runs Sealift.
    Caller,
    /// Somebody else, since Sealift runs as root.
    Other { name: String, uid: u32, gid: u32 },
}

impl ServerUser {
    /// Decides who runs the server.
    pub(super) fn choose() -> Result<Self> {
        if own_uid()? != 0 {
            return Ok(Self::Caller);
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        UNPRIVILEGED.iter().find_map(|name| find(&users, name)).ok_or_else(|| {
            Error::new(
                ErrorKind::Local,
                "PostgreSQL does not run as root, and no other user is known",
            )
            .hinted("make one: useradd --system postgres")
        })
    }

    /// Makes a command run as this user.
    pub(super) fn apply(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        match self {
            Self::Caller => {}
            // Root's other groups are given up as well (std::os::unix::process::CommandExt::uid).
            Self::Other { uid, gid, .. } => {
                command.uid(*uid).gid(*gid);
            }
        }
    }

    /// Gives a file or folder to this user.
    pub(super) fn own(&self, path: &Path) -> Result<()> {
        match self {
            Self::Caller => Ok(()),
            Self::Other { name, uid, gid } => {
                std::os::unix::fs::chown(path, Some(*uid), Some(*gid)).map_err(|error| {
                    let doing = format!("give {} to user {name}", path.display());
                    Error::new(ErrorKind::Local, doing).caused_by(error)
                })
            }
        }
    }

    /// Returns whether this user gets through all folders above `path`.
    pub(super) fn reaches(&self, path: &Path) -> bool {
        let Self::Other { uid, gid, .. } = self else {
            return true;
        };
        path.ancestors().skip(1).all(|folder| {
            folder.metadata().is_ok_and(|metadata| {
                let class = match (metadata.uid() == *uid, metadata.gid() == *gid) {
                    (true, _) => 0o100,
                    (false, true) => 0o010,
                    (false, false) => 0o001,
                };
                metadata.permissions().mode() & class != 0
            })
        })
    }
}

/// Returns the user id of this process. The standard library has no call for it.
fn own_uid() -> Result<u32> {
    if let Ok(metadata) = std::fs::metadata("/proc/self") {
        return Ok(metadata.uid());
    }
    let output = Command::new("id").arg("-u").output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    text.and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| Error::new(ErrorKind::Local, "cannot tell who runs this program (`id -u`)"))
}

/// Finds a user in the text of `/etc/passwd`: `name:password:uid:gid:…`
fn find(users: &str, wanted: &str) -> Option<ServerUser> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
        let gid = fields.next()?.parse().ok()?;
        Some(ServerUser::Other { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0:root:/root:/bin/bash\n\
                         nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
                         toor:x:0:0::/:\nbroken:x\n";

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let nobody = ServerUser::Other { name: "nobody".to_owned(), uid: 65534, gid: 65533 };
        assert_eq!(find(USERS, "nobody"), Some(nobody));
        assert_eq!(find(USERS, "nobod"), None);
        assert_eq!(find(USERS, "broken"), None);
    }

    #[test]
    fn another_name_of_root_is_not_taken() {
        assert_eq!(find(USERS, "toor"), None);
    }

    #[test]
    fn a_folder_closed_to_others_is_not_reached() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("closed/pg");
        std::fs::create_dir_all(&inside).unwrap();
        let open = |mode| {
            for path in [folder.path(), inside.parent().unwrap()] {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        let user = ServerUser::Other { name: "nobody".to_owned(), uid: 65534, gid: 65533 };
        open(0o711);
        assert!(user.reaches(&inside));
        open(0o700);
        assert!(!user.reaches(&inside));
        assert!(ServerUser::Caller.reaches(&inside));
    }
}
