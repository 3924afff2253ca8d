//! The first 100 bytes of a SQLite file (`sqlite.org/fileformat.html`, section 1.3).

use super::fault;
use super::known;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The first 16 bytes of every SQLite 3 file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The header's length.
const LENGTH: usize = 100;

/// What the header says, as it is in the file itself; a write-ahead log may hold newer values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of a page.
    pub(super) page_size: u64,
    /// Read version 2 means write-ahead log.
    pub(super) is_wal: bool,
    /// The pages the file should have, where the header is sure of it.
    pub(super) page_count: Option<u64>,
    /// `SQLITE_VERSION_NUMBER` of the library that wrote last; 0 when never recorded.
    pub(super) writer_version: u32,
}

impl Header {
    /// Returns the header of a file.
    ///
    /// Closing a file drops every POSIX lock that this process has on it
    /// (`sqlite.org/howtocorrupt.html`, section 2.2), so this runs before any connection of ours
    /// exists and never after.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut bytes = Vec::with_capacity(LENGTH);
        let limit = u64::try_from(LENGTH).unwrap_or(u64::MAX);
        File::open(path)
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.is_empty() {
            return Err(known::EMPTY.error());
        }
        Self::parse(&bytes)
    }

    /// Returns the header in `bytes`, the beginning of a file.
    fn parse(bytes: &[u8]) -> Result<Self> {
        let Some(header) = bytes.get(..LENGTH) else {
            return Err(if MAGIC.starts_with(bytes.get(..16).unwrap_or(bytes)) {
                truncated()
            } else {
                fault::not_a_database()
            });
        };
        if !header.starts_with(MAGIC) {
            return Err(fault::not_a_database());
        }
        // "The database page size in bytes. Must be a power of two between 512 and 32768
        // inclusive, or the value 1 representing a page size of 65536."
        let page_size = match be16(header, 16) {
            1 => 65_536,
            size => u64::from(size),
        };
        // "The in-header database size is only considered to be valid if it is non-zero and if the
        // 4-byte change counter at offset 24 exactly matches the 4-byte version-valid-for number
        // at offset 92": SQLite before 3.7.0 did not keep it.
        let pages = be32(header, 28);
        let sure = pages != 0 && be32(header, 24) == be32(header, 92);
        Ok(Self {
            page_size,
            is_wal: header.get(19) == Some(&2),
            page_count: sure.then_some(u64::from(pages)),
            writer_version: be32(header, 96),
        })
    }

    /// Returns whether the file is shorter than its header says. Only a suspicion while a writer
    /// is at work, because header and length do not change in the same instant.
    pub(super) fn exceeds(&self, file_bytes: u64) -> bool {
        self.page_count.is_some_and(|pages| pages.saturating_mul(self.page_size) > file_bytes)
    }
}

/// Returns the error for a file that ends too early.
pub(super) fn truncated() -> Error {
    known::TRUNCATED.saying("the SQLite file is truncated: it is shorter than its own header says")
}

/// Returns the error for a file that the system refuses to show.
pub(super) fn unreadable(error: io::Error) -> Error {
    known::UNREADABLE.saying(format!("the SQLite file cannot be read: {error}")).caused_by(error)
}

/// Refuses a write-ahead log whose pages have another size than the database's: SQLite would take its
/// word for it. Its header holds the size at byte 8 (`sqlite.org/fileformat.html`, section 4.1). Closing
/// the log drops no locks: those are on the other two files.
///
/// That a log of the same page size belongs to another file cannot be known: nothing in it names one.
pub(super) fn refuse_foreign_log(wal: &Path, page_size: u64) -> Result<()> {
    let mut bytes = Vec::with_capacity(12);
    let read = File::open(wal).and_then(|file| file.take(12).read_to_end(&mut bytes));
    let is_log = read.is_ok() && matches!(be32(&bytes, 0), 0x377F_0682 | 0x377F_0683);
    let size = match be32(&bytes, 8) {
        1 => 65_536,
        size => u64::from(size),
    };
    if is_log && bytes.len() == 12 && size != page_size {
        return Err(known::FOREIGN_LOG.error());
    }
    Ok(())
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>());
    found.map_or(0, |chunk| u16::from_be_bytes(*chunk))
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    found.map_or(0, |chunk| u32::from_be_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pages: u32, counter: u32, valid_for: u32) -> Vec<u8> {
        let mut bytes = vec![0; LENGTH];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..18].copy_from_slice(&1_u16.to_be_bytes());
        bytes[24..28].copy_from_slice(&counter.to_be_bytes());
        bytes[28..32].copy_from_slice(&pages.to_be_bytes());
        bytes[92..96].copy_from_slice(&valid_for.to_be_bytes());
        bytes
    }

    #[test]
    fn page_size_1_means_65536() {
        assert_eq!(Header::parse(&header(1, 0, 0)).unwrap().page_size, 65_536);
    }

    #[test]
    fn a_page_count_of_an_old_writer_proves_nothing() {
        assert!(!Header::parse(&header(9, 5, 4)).unwrap().exceeds(1));
        assert!(!Header::parse(&header(0, 5, 5)).unwrap().exceeds(1));
        assert!(Header::parse(&header(9, 5, 5)).unwrap().exceeds(1));
    }

    #[test]
    fn random_bytes_may_be_an_encrypted_file() {
        let error = Header::parse(&[0xa7; LENGTH]).unwrap_err();
        assert_eq!(error.to_string(), "not a SQLite database, or encrypted (SQLCipher)");
        let error = Header::parse(b"hello").unwrap_err();
        assert_eq!(error.to_string(), "not a SQLite database, or encrypted (SQLCipher)");
    }

    #[test]
    fn a_file_that_ends_within_the_header_is_truncated() {
        assert!(Header::parse(&MAGIC[..]).unwrap_err().to_string().contains("truncated"));
    }
}
