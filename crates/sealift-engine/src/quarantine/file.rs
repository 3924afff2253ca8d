//! The file on this side: a line of JSON for each row, whole or as it was before.

use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::KeptRow;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written under another name.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl Draft {
    pub(super) fn begin(path: PathBuf) -> Result<Self> {
        let partial = beside(&path, ".partial");
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        let file = private(&partial).map_err(|error| failed(&partial, error))?;
        Ok(Self { file: BufWriter::new(file), path, partial })
    }

    pub(super) fn add(&mut self, row: &KeptRow) -> Result<()> {
        let mut line = serde_json::to_vec(row).map_err(|error| {
            Error::new(ErrorKind::Bug, "a row cannot be written as JSON").caused_by(error)
        })?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|error| failed(&self.partial, error))
    }

    /// Gives the file its name.
    pub(super) fn keep(self) -> Result<()> {
        let Self { path, partial, file } = self;
        let whole = || -> std::io::Result<()> {
            let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&partial, &path)
        };
        whole().map_err(|error| failed(&path, error))
    }
}

/// Gives a file of an earlier run another name: no row is kept apart any more.
pub(super) fn set_aside(path: &Path) -> Result<()> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::rename(path, beside(path, ".old")) {
        Err(error) if !matches!(error.kind(), NotFound | NotADirectory) => Err(failed(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads the rows of a file, which a person may have mended.
///
/// # Errors
/// When the file cannot be read, naming the line that is not of its form.
pub fn read_file(path: &Path) -> Result<Vec<KeptRow>> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    let mut rows = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| failed(path, error))?;
        if line.trim().is_empty() {
            continue;
        }
        rows.push(serde_json::from_str(&line).map_err(|error| {
            // The error's own words may quote a cell.
            let message = format!(
                "{} line {}, column {}: not a row of the quarantine",
                path.display(),
                number + 1,
                error.column()
            );
            Error::new(ErrorKind::Usage, message)
        })?);
    }
    Ok(rows)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write or read {}", path.display())).caused_by(error)
}
