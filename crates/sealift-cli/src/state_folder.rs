//! The folder, below the working folder, where Sealift keeps what it writes on this side.

use crate::settings::STATE_FOLDER;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Makes the folder, if it is not there, and returns it.
pub(crate) fn make() -> io::Result<PathBuf> {
    let folder = Path::new(STATE_FOLDER);
    fs::create_dir_all(folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        // What is in the folder belongs to this machine: passwords of the local server, logs.
        fs::write(&ignore, b"*\n")?;
    }
    Ok(folder.to_owned())
}
