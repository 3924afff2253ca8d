//! [`Watch`]: what others do to the file behind SQLite's back while it is read.

use super::known;
use crate::error::{Error, Known};
use std::fs;
use std::path::{Path, PathBuf};

/// The file as it was opened.
#[derive(Debug)]
pub(super) struct Watch {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    bytes: u64,
}

impl Watch {
    /// Notes which file it is. Only its name is asked about: opening and closing it would drop SQLite's
    /// locks.
    pub(super) fn begin(path: &Path) -> Self {
        let found = fs::metadata(path);
        let bytes = found.as_ref().map_or(0, fs::Metadata::len);
        Self { path: path.to_owned(), identity: found.as_ref().ok().and_then(identity), bytes }
    }

    /// Returns what has happened to the file, if something has.
    pub(super) fn look(&self) -> Option<&'static Known> {
        let Ok(found) = fs::metadata(&self.path) else { return Some(&known::DELETED) };
        if identity(&found) != self.identity {
            return Some(&known::REPLACED);
        }
        // `vacuum` makes a file shorter too, but waits for readers.
        (found.len() < self.bytes).then_some(&known::CUT_SHORT)
    }

    /// Returns the error by which a failure is explained, if the file was changed.
    pub(super) fn explain(&self, error: Error) -> Error {
        match self.look() {
            Some(known) => known.error().caused_by(error),
            None => error,
        }
    }
}

#[cfg(unix)]
fn identity(found: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}
