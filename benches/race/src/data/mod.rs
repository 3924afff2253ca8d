//! The databases that are moved: the same bytes on every machine.

mod random;
mod shapes;
mod shop;

use anyhow::{Context, Result};
use clap::ValueEnum;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Raised with every change of what is made, so that a cached file is not taken for the new one.
const VERSION: u32 = 1;

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// Users, items, trades and messages; nine indexes, three foreign keys
    Shop,
    /// Rows of a few bytes
    Narrow,
    /// Rows of 40 columns
    Wide,
    /// Texts of some ten kilobytes
    Text,
    /// Blobs from a few bytes to a megabyte
    Blobs,
    /// A single blob of 500 MB
    Blob,
    /// A thousand tables of a thousand rows
    Tables,
    /// One huge table with two indexes
    One,
}

impl Shape {
    pub(crate) const ALL: [Self; 8] = [
        Self::Shop,
        Self::Narrow,
        Self::Wide,
        Self::Text,
        Self::Blobs,
        Self::Blob,
        Self::Tables,
        Self::One,
    ];

    /// Returns its word on the command line and in file names.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Narrow => "narrow",
            Self::Wide => "wide",
            Self::Text => "text",
            Self::Blobs => "blobs",
            Self::Blob => "blob",
            Self::Tables => "tables",
            Self::One => "one",
        }
    }

    /// Returns its size where it has one of its own, in megabytes.
    fn own_size(self) -> Option<u32> {
        match self {
            Self::Blob => Some(500),
            Self::Tables => Some(shapes::A_THOUSAND_TABLES),
            Self::Shop | Self::Narrow | Self::Wide | Self::Text | Self::Blobs | Self::One => None,
        }
    }

    fn fill(self, connection: &Connection, megabytes: u32) -> rusqlite::Result<()> {
        match self {
            Self::Shop => shop::fill(connection, megabytes),
            Self::Narrow => shapes::narrow(connection, megabytes),
            Self::Wide => shapes::wide(connection, megabytes),
            Self::Text => shapes::text(connection, megabytes),
            Self::Blobs => shapes::blobs(connection, megabytes),
            Self::Blob => shapes::blob(connection, megabytes),
            Self::Tables => shapes::tables(connection, megabytes),
            Self::One => shapes::one(connection, megabytes),
        }
    }
}

/// A database of a shape and a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dataset {
    pub(crate) shape: Shape,
    /// About so many megabytes in SQLite.
    pub(crate) megabytes: u32,
}

impl Dataset {
    pub(crate) fn new(shape: Shape, megabytes: u32) -> Self {
        Self { shape, megabytes: shape.own_size().unwrap_or(megabytes) }
    }

    /// Returns its name for people.
    pub(crate) fn title(self) -> String {
        format!("{}, {} MB", self.shape.word(), self.megabytes)
    }

    /// Returns its file in `folder`, made if it is not there yet.
    pub(crate) fn file(self, folder: &Path) -> Result<PathBuf> {
        std::fs::create_dir_all(folder).context("make a folder for the databases")?;
        let path = folder.join(format!("{}-{}mb-v{VERSION}.db", self.shape.word(), self.megabytes));
        if !path.exists() {
            println!("  making {} …", path.display());
            self.make(&path).with_context(|| format!("make {}", path.display()))?;
        }
        Ok(path)
    }

    fn make(self, path: &Path) -> Result<()> {
        let unfinished = path.with_extension("unfinished");
        if unfinished.exists() {
            std::fs::remove_file(&unfinished).context("remove a half-made database")?;
        }
        let connection = Connection::open(&unfinished)?;
        connection.execute_batch(
            "pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive;
             pragma cache_size = -262144; pragma threads = 2; begin",
        )?;
        self.shape.fill(&connection, self.megabytes)?;
        // Left exclusive, the connection would keep the file's log to itself.
        connection.execute_batch(
            "commit; pragma locking_mode = normal; select 1 from sqlite_schema limit 1;
             pragma journal_mode = wal",
        )?;
        drop(connection);
        std::fs::rename(&unfinished, path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(shape: Shape) -> String {
        let connection = Connection::open_in_memory().unwrap();
        shape.fill(&connection, 1).unwrap();
        let mut tables = connection
            .prepare("select name from sqlite_schema where type = 'table' order by name limit 5")
            .unwrap();
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut text = String::new();
        for table in tables {
            let mut rows = connection.prepare(&format!("select * from {table} limit 50")).unwrap();
            let columns = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for at in 0..columns {
                    text.push_str(&format!("{:?} ", row.get_ref(at).unwrap()));
                }
            }
        }
        text
    }

    #[test]
    fn the_same_database_is_made_twice() {
        for shape in Shape::ALL {
            assert_eq!(content(shape), content(shape), "{shape:?}");
        }
    }

    #[test]
    fn a_database_is_about_as_large_as_was_asked() {
        let folder = tempfile::tempdir().unwrap();
        let sized = Shape::ALL.into_iter().filter(|shape| shape.own_size().is_none());
        for shape in sized {
            let file = Dataset::new(shape, 4).file(folder.path()).unwrap();
            let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / f64::from(1 << 20);
            assert!((3.0..=5.5).contains(&megabytes), "{shape:?}: {megabytes} MB");
        }
    }

    #[test]
    fn a_database_that_is_there_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = Dataset::new(Shape::Narrow, 1);
        let first = std::fs::metadata(dataset.file(folder.path()).unwrap()).unwrap();
        let second = std::fs::metadata(dataset.file(folder.path()).unwrap()).unwrap();
        assert_eq!(first.modified().unwrap(), second.modified().unwrap());
    }
}
