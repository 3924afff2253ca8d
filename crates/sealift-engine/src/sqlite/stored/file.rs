//! The file itself, where it holds all that a connection sees.

use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The most that is read at once, where pages that follow each other are wanted.
const WINDOW_BYTES: usize = 256 << 10;

/// Files by device and number. They stay open until the process ends: closing any descriptor of a file
/// drops the locks that SQLite's connections hold on it (`sqlite.org/howtocorrupt.html`, section 2.2).
static OPEN: Mutex<BTreeMap<(u64, u64), &'static File>> = Mutex::new(BTreeMap::new());

/// Pages by number, read in runs.
#[derive(Debug)]
pub(super) struct PageFile {
    file: &'static File,
    page_bytes: usize,
    /// A run of pages, of which the first `held` bytes are there.
    window: Vec<u8>,
    held: usize,
    /// The number of its first page.
    first: u32,
    /// How many pages are read at once: more while most of them are wanted, else fewer.
    run: usize,
    /// How many pages of the window were wanted.
    wanted: usize,
}

impl PageFile {
    /// Returns the file that a connection reads, if it holds all that the connection's transaction sees;
    /// `page` is the first page as SQLite gives it.
    ///
    /// With a rollback journal a reader's lock keeps the file as it is. With a write-ahead log only what a
    /// reader sees already is written to the file while it reads, and an empty log has nothing that the
    /// file has not (`sqlite.org/wal.html`, section 2.2 and 2.3).
    pub(super) fn of(connection: &Connection, page: &[u8]) -> Option<Self> {
        let path = connection.path().filter(|path| !path.is_empty())?;
        let log = fs::metadata(format!("{path}-wal"));
        if connection.is_autocommit() || page.is_empty() || log.is_ok_and(|log| log.len() > 0) {
            return None;
        }
        let file = keep_open(Path::new(path)).ok()?;
        let page_bytes = page.len();
        let mut found =
            Self { file, page_bytes, window: Vec::new(), held: 0, first: 1, run: 1, wanted: 0 };
        let is_same = found.page(1)? == page;
        is_same.then_some(found)
    }

    /// Returns a page; `None` where the file ends before it, or cannot be read.
    pub(super) fn page(&mut self, number: u32) -> Option<&[u8]> {
        if self.place(number).is_none() {
            self.read(number)?;
        }
        self.wanted += 1;
        let at = self.place(number)?;
        self.window.get(at..at + self.page_bytes)
    }

    /// Returns where in the window a page stands.
    fn place(&self, number: u32) -> Option<usize> {
        let ahead = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let at = ahead.checked_mul(self.page_bytes)?;
        (at < self.held).then_some(at)
    }

    /// Reads a run of pages from `number` on.
    fn read(&mut self, number: u32) -> Option<()> {
        let most = std::cmp::max(WINDOW_BYTES / self.page_bytes, 1);
        self.run = if self.wanted * 2 > self.run { self.run * 2 } else { self.run / 2 };
        self.run = self.run.clamp(1, most);
        self.wanted = 0;
        self.held = 0;
        self.first = number;
        let bytes = self.run * self.page_bytes;
        if self.window.len() < bytes {
            self.window.resize(bytes, 0);
        }
        let at = u64::from(number.checked_sub(1)?) * u64::try_from(self.page_bytes).ok()?;
        let read = read_at(self.file, self.window.get_mut(..bytes)?, at).ok()?;
        // A page that is not all there is none.
        self.held = read - read % self.page_bytes;
        (self.held > 0).then_some(())
    }
}

/// Fills `buffer` from `at` on, or as much of it as the file has; returns how much.
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + u64::try_from(done).map_err(io::Error::other)?) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Opens a file that stays open.
fn keep_open(path: &Path) -> io::Result<&'static File> {
    let known = |found: &fs::Metadata| (found.dev(), found.ino());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = open.get(&known(&fs::metadata(path)?)) {
        return Ok(file);
    }
    let file: &'static File = Box::leak(Box::new(File::open(path)?));
    open.insert(known(&file.metadata()?), file);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with `rows` rows of about a page each, and a connection to it.
    fn fixture(mode: &str, rows: u32) -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("app.db")).unwrap();
        connection
            .execute_batch(&format!(
                "pragma page_size = 4096; pragma journal_mode = {mode}; create table t (a);
                 with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows})
                 insert into t select zeroblob(3000) from n"
            ))
            .unwrap();
        (folder, connection)
    }

    fn first_page(connection: &Connection) -> Vec<u8> {
        let read = "select data from sqlite_dbpage('main') where pgno = 1";
        connection.query_row(read, [], |row| row.get(0)).unwrap()
    }

    fn of(connection: &Connection) -> Option<PageFile> {
        PageFile::of(connection, &first_page(connection))
    }

    #[test]
    fn outside_of_a_transaction_the_file_is_not_read() {
        let (_folder, connection) = fixture("delete", 1);
        assert!(of(&connection).is_none());
        connection.execute_batch("begin").unwrap();
        assert!(of(&connection).is_some());
    }

    #[test]
    fn what_stands_in_the_log_is_not_looked_for_in_the_file() {
        let (_folder, writer) = fixture("wal", 1);
        writer.execute_batch("begin").unwrap();
        assert!(of(&writer).is_none());
        writer.execute_batch("commit; pragma wal_checkpoint(truncate); begin").unwrap();
        assert!(of(&writer).is_some());
    }

    #[test]
    fn a_database_in_memory_has_no_file() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("create table t (a); begin").unwrap();
        assert!(of(&connection).is_none());
    }

    #[test]
    fn a_page_is_the_same_however_many_were_read_with_it() {
        let (folder, connection) = fixture("delete", 300);
        connection.execute_batch("begin").unwrap();
        let mut file = of(&connection).unwrap();
        let bytes = fs::read(folder.path().join("app.db")).unwrap();
        let pages: Vec<&[u8]> = bytes.chunks(4096).collect();
        let count = u32::try_from(pages.len()).unwrap();
        let forward = 1..=count;
        let apart = (1..=count).step_by(7).chain((1..=count).rev().step_by(3));
        for number in forward.clone().chain(apart).chain(forward) {
            let expected = pages[usize::try_from(number).unwrap() - 1];
            assert!(file.page(number).unwrap() == expected, "page {number}");
        }
        assert!(file.page(count + 1).is_none());
        assert!(file.page(0).is_none());
    }

    #[test]
    fn only_as_much_is_read_as_is_wanted() {
        let (_folder, connection) = fixture("delete", 300);
        connection.execute_batch("begin").unwrap();
        let mut file = of(&connection).unwrap();
        for number in 1..200 {
            file.page(number).unwrap();
        }
        assert_eq!(file.run, WINDOW_BYTES / 4096);
        for number in (1..200).rev() {
            file.page(number).unwrap();
        }
        assert!(file.run <= 2, "{}", file.run);
    }
}
