//! A log file that never grows beyond its bounds, and whose troubles are nobody's.
//!
//! Not `file-rotate`: it asserts that its folder stays as it left it, so a second process that rotates
//! the same log would end a migration. Not `tracing-appender`: it rotates by time, which bounds nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// How long a file may be. A table is about 300 bytes, a range none: thousands of tables fit.
const LONGEST: u64 = 1 << 20;

/// How many files there are: `log`, `log.1`, … `log.4`, the youngest first.
const FILES: usize = 5;

/// The file, once it is open. Clones write to the same.
#[derive(Debug, Clone, Default)]
pub(super) struct LogFile(Arc<Mutex<Option<Rotating>>>);

#[derive(Debug)]
struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
}

impl LogFile {
    /// Opens the file to append to it.
    pub(super) fn open(&self, path: &Path) -> io::Result<()> {
        let opened = Rotating::open(path)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        Ok(())
    }
}

impl Write for LogFile {
    /// Writes one event as one line. Never fails: a full disk must not end a migration, nor fill the
    /// terminal with words about the log.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = one_line(event);
        let written = file.take().and_then(|file| file.write(&line).ok());
        *file = written;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogFile {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Rotating {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, length })
    }

    /// Writes a line, into a new file where this one is full; gives the log up when that fails.
    fn write(mut self, line: &[u8]) -> io::Result<Self> {
        let length = u64::try_from(line.len()).unwrap_or(LONGEST);
        if self.length > 0 && self.length.saturating_add(length) > LONGEST {
            rotate(&self.path)?;
            self = Self::open(&self.path)?;
        }
        self.file.write_all(line)?;
        self.length = self.length.saturating_add(length);
        Ok(self)
    }
}

/// Gives each file the next one's name; the last is overwritten.
fn rotate(path: &Path) -> io::Result<()> {
    for number in (0..FILES - 1).rev() {
        match fs::rename(numbered(path, number), numbered(path, number + 1)) {
            // There are fewer so far, or another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            renamed => renamed?,
        }
    }
    Ok(())
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// Returns an event with the breaks inside it replaced, so that names cannot forge lines, nor write to
/// the terminal of whoever reads them.
fn one_line(event: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(event);
    let mut line = String::with_capacity(text.len());
    for character in text.trim_end_matches('\n').chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> (tempfile::TempDir, PathBuf, LogFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = LogFile::default();
        log.open(&path).unwrap();
        (folder, path, log)
    }

    #[test]
    fn five_files_of_a_megabyte_are_kept() {
        let (folder, path, mut log) = opened();
        let event = "x".repeat(1 << 18);
        for number in 0..40 {
            log.write_all(format!("{number} {event}\n").as_bytes()).unwrap();
        }
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(files.len(), FILES);
        assert!(files.iter().all(|file| file.metadata().unwrap().len() <= LONGEST));
        assert!(fs::read_to_string(&path).unwrap().contains("39 x"));
        assert!(fs::read_to_string(numbered(&path, 4)).unwrap().contains("27 x"));
    }

    #[test]
    fn a_log_goes_on_where_the_last_run_ended() {
        let (_folder, path, mut log) = opened();
        log.write_all(b"one\n").unwrap();
        let mut next = LogFile::default();
        next.open(&path).unwrap();
        next.write_all(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let (_folder, path, mut log) = opened();
        log.write_all(b"table a\nINFO b\x1b[2J\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "table a\\nINFO b\\u{1b}[2J\n");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path, _log) = opened();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_written_before_it_is_open_and_after_its_folder_is_gone_is_lost() {
        let mut log = LogFile::default();
        log.write_all(b"early\n").unwrap();
        let (folder, _, mut log) = opened();
        drop(folder);
        for _ in 0..3 {
            log.write_all("x".repeat(1 << 20).as_bytes()).unwrap();
        }
    }
}
