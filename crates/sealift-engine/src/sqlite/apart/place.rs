//! Where the keys of what is kept apart lie, for as long as the run lasts.

use super::filter::Filter;
use crate::disk;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ToSql};
use std::fs;
use std::io;
use std::path::PathBuf;

/// A database in a folder that only this user may enter. It is removed when dropped.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    path: PathBuf,
    /// The name under which connections attach it.
    alias: String,
}

impl Place {
    pub(super) fn make(alias: String) -> io::Result<Self> {
        let name = format!("sealift-{:032x}", rand::random::<u128>());
        let folder = std::env::temp_dir().join(name);
        disk::private().create(&folder)?;
        Ok(Self { path: folder.join("apart.db"), folder, alias })
    }

    /// Copies the tables of `filters` from the temporary ones of `from`.
    pub(super) fn fill<'f>(
        &self,
        from: &Connection,
        filters: impl Iterator<Item = &'f Filter>,
    ) -> rusqlite::Result<()> {
        let to = Connection::open(&self.path)?;
        to.execute_batch("pragma journal_mode = off; pragma synchronous = off; begin")?;
        for filter in filters {
            for table in filter.tables() {
                to.execute_batch(&table.create("main"))?;
                let mut write = to.prepare(&table.insert("main"))?;
                let mut read = from.prepare(&table.select("temp"))?;
                let mut rows = read.query([])?;
                while let Some(row) = rows.next()? {
                    let cells: Vec<rusqlite::types::Value> =
                        (0..table.width()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                    let cells: Vec<&dyn ToSql> =
                        cells.iter().map(|cell| -> &dyn ToSql { cell }).collect();
                    write.execute(cells.as_slice())?;
                }
            }
        }
        to.execute_batch("commit")
    }

    pub(super) fn attach(&self, connection: &Connection) -> rusqlite::Result<()> {
        let path = self.path.as_os_str().as_encoded_bytes();
        let uri = format!("file:{}?mode=ro&immutable=1", percent_encode(path, NON_ALPHANUMERIC));
        connection.execute(&format!("attach ?1 as {}", self.alias), [uri]).map(|_| ())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), error = %error,
                "could not remove the list of rows that were kept apart");
        }
    }
}
