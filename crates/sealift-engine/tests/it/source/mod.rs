//! Reading real SQLite files: nothing beside them changes, and nothing in them is missed.

mod disturbed;
mod opening;
mod reading;
mod snapshot;
mod whole;

use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A database in a folder of its own.
struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn with(sql: &str) -> Self {
        let fixture = Self::new();
        fixture.writer().execute_batch(sql).unwrap();
        fixture
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn writer(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Every file's bytes, by name.
    fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        contents(self.folder.path())
    }
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}
