//! [`SourceFacts`]: what the file says about itself.

use super::file_system;
use super::folder::beside;
use super::header::Header;
use rusqlite::Connection;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// How commits reach the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalMode {
    /// Write-ahead log: readers and a writer do not wait for each other.
    Wal,
    /// Rollback journal (`delete`, `truncate` or `persist`; the file does not say which): a writer
    /// waits for the readers.
    Rollback,
}

/// How texts are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, little endian.
    #[serde(rename = "UTF-16le")]
    Utf16Le,
    /// UTF-16, big endian.
    #[serde(rename = "UTF-16be")]
    Utf16Be,
}

impl Encoding {
    /// Returns the encoding that `PRAGMA encoding` names.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "UTF-16le" => Self::Utf16Le,
            "UTF-16be" => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }
}

/// What the file says about itself, as committed when it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFacts {
    /// The path as given.
    pub path: String,
    /// The SQLite library that wrote last, such as `3.45.1`; absent where it is not recorded.
    pub written_by: Option<String>,
    /// How commits reach the file.
    pub journal_mode: JournalMode,
    /// The kind of network file system that it lies on, such as `NFS`; absent where it lies on none that
    /// is known.
    pub network: Option<&'static str>,
    /// How texts are stored.
    pub encoding: Encoding,
    /// Bytes of a page.
    pub page_size: u64,
    /// Pages, those in the write-ahead log included.
    pub page_count: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the write-ahead log beside it.
    pub wal_bytes: u64,
    /// Pages that hold nothing.
    pub free_pages: u64,
    /// `PRAGMA user_version`
    pub user_version: i64,
    /// `PRAGMA application_id`
    pub application_id: i64,
    /// `PRAGMA schema_version`
    pub schema_version: i64,
    /// `PRAGMA auto_vacuum`: 0 none, 1 full, 2 incremental.
    pub auto_vacuum: i64,
}

impl SourceFacts {
    /// Asks a connection and the file system.
    pub(super) fn gather(
        connection: &Connection,
        header: &Header,
        shown: &Path,
        path: &Path,
    ) -> rusqlite::Result<Self> {
        let number = |name: &str| -> rusqlite::Result<i64> {
            connection.pragma_query_value(None, name, |row| row.get(0))
        };
        let count = |name: &str| number(name).map(|value| u64::try_from(value).unwrap_or(0));
        let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        Ok(Self {
            path: shown.display().to_string(),
            written_by: version_text(header.writer_version),
            journal_mode: if header.is_wal { JournalMode::Wal } else { JournalMode::Rollback },
            network: file_system::network(path),
            encoding: Encoding::named(&encoding),
            page_size: count("page_size")?,
            page_count: count("page_count")?,
            file_bytes: length(path),
            wal_bytes: length(&beside(path, "-wal")),
            free_pages: count("freelist_count")?,
            user_version: number("user_version")?,
            application_id: number("application_id")?,
            schema_version: number("schema_version")?,
            auto_vacuum: number("auto_vacuum")?,
        })
    }
}

/// Returns `SQLITE_VERSION_NUMBER` as people write it (`sqlite.org/c3ref/c_source_id.html`).
fn version_text(number: u32) -> Option<String> {
    (number > 0)
        .then(|| format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_numbers_read_as_people_write_them() {
        assert_eq!(version_text(3_045_001).as_deref(), Some("3.45.1"));
        assert_eq!(version_text(0), None);
    }
}
