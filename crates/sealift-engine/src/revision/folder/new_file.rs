//! A file that nobody sees half written, and that takes the place of no other.

use crate::error::{Error, ErrorKind, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

pub(super) fn there_already(path: &Path) -> Error {
    Error::new(ErrorKind::Revision, format!("{} is there already", path.display()))
        .hinted("run the same command again; the number is that of the moment")
}

/// Writes it.
///
/// # Errors
/// When a file of the name is there, or the system refuses.
pub(super) fn write_new(path: &Path, text: &str) -> Result<()> {
    let refused = |error| {
        Error::new(ErrorKind::Io, format!("cannot write {}", path.display())).caused_by(error)
    };
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let draft = folder.join(format!(".sealift-{:032x}", rand::random::<u128>()));
    let written = File::create_new(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    // A link is refused where the name is taken; a rename would take it.
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no links.
        Err(_) => {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
        }
        Ok(()) => Ok(()),
    });
    let removed = fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(there_already(path)),
        Err(error) => Err(refused(error)),
        Ok(()) => removed.map_err(refused),
    }
}
