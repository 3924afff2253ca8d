//! Room and rights on our own disks.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Returns the bytes that are free to us on the disk of a folder.
#[cfg(unix)]
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Elsewhere it is not known.
#[cfg(not(unix))]
pub(crate) fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Returns what makes folders that only this user may enter.
#[cfg(unix)]
pub(crate) fn private() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Elsewhere folders are as the system makes them.
#[cfg(not(unix))]
pub(crate) fn private() -> DirBuilder {
    DirBuilder::new()
}

/// Makes a file in a folder and removes it again.
///
/// # Errors
/// When the system refuses.
pub(crate) fn can_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".sealift-{:032x}", rand::random::<u128>()));
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_takes_files_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        can_write(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(can_write(&folder.path().join("nowhere")).is_err());
        assert!(free_bytes(folder.path()).is_none_or(|bytes| bytes > 0));
    }
}
