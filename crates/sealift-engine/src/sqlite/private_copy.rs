//! A private copy of a database and its write-ahead log, for read-only media.

use super::known;
use crate::disk;
use crate::error::Result;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest database that is copied unasked: half a gigabyte fits every temporary folder that a
/// migration of it could live with.
const LIMIT_BYTES: u64 = 512 << 20;

/// The copy, in a folder that only this user may enter. It is removed when dropped.
#[derive(Debug)]
pub(super) struct PrivateCopy {
    folder: PathBuf,
    path: PathBuf,
}

impl PrivateCopy {
    /// Copies a database and its log. Both lie on a read-only medium, so neither changes meanwhile.
    pub(super) fn of(path: &Path, wal: &Path) -> Result<Self> {
        let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let refused = |message: String| {
            known::READ_ONLY_LOG.saying(message).hinted(format!(
                "copy both files to a folder that can be written to, and migrate the copy: \
                 cp {} {} FOLDER/",
                path.display(),
                wal.display()
            ))
        };
        if length(path).saturating_add(length(wal)) > LIMIT_BYTES {
            return Err(refused(
                "the database lies on a read-only medium together with a write-ahead log that \
                 cannot be read there, and is too large to be copied unasked"
                    .to_owned(),
            ));
        }
        Self::make(path, wal).map_err(|error| {
            refused(format!(
                "the database lies on a read-only medium together with a write-ahead log, and could \
                 not be copied: {error}"
            ))
        })
    }

    fn make(path: &Path, wal: &Path) -> io::Result<Self> {
        let name = format!("sealift-{:032x}", rand::random::<u128>());
        let folder = std::env::temp_dir().join(name);
        disk::private().create(&folder)?;
        let copy = Self { path: folder.join("source.db"), folder };
        fs::copy(path, &copy.path)?;
        fs::copy(wal, super::folder::beside(&copy.path, "-wal"))?;
        Ok(copy)
    }

    /// Returns the copied database.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateCopy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), error = %error,
                "could not remove the temporary copy of the source");
        }
    }
}
