//! SQLite files made from a script, and the data that some tests read where it exists.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A SQLite file in a folder of its own; both go away with the value.
#[derive(Debug)]
pub struct TempSqlite {
    folder: TempDir,
    path: PathBuf,
}

impl TempSqlite {
    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder that the file is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the file to read and write.
    ///
    /// # Panics
    ///
    /// Panics when SQLite cannot open it.
    #[must_use]
    pub fn open(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).expect("open the SQLite file")
    }
}

/// Makes a SQLite file with a script. Foreign keys are off, as in SQLite's own shell, so that a
/// script can make orphans.
///
/// # Panics
///
/// Panics when the script fails.
#[must_use]
pub fn sqlite_file(sql: &str) -> TempSqlite {
    let folder = tempfile::tempdir().expect("make a temporary folder");
    let path = folder.path().join("source.db");
    let connection = rusqlite::Connection::open(&path).expect("make the SQLite file");
    connection.pragma_update(None, "foreign_keys", false).expect("turn foreign keys off");
    connection.execute_batch(sql).expect("run the script");
    connection.close().map_err(|(_, error)| error).expect("close the SQLite file");
    TempSqlite { folder, path }
}

/// Returns a file or folder of the data beside the project, `None` when it is not there:
/// `$SEALIFT_SHARED/data/NAME`, else `../shared/data/NAME` as seen from the project.
#[must_use]
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("SEALIFT_SHARED")
        .map_or_else(|| project_root().join("../shared"), PathBuf::from);
    let path = shared.join("data").join(name);
    path.exists().then_some(path)
}

/// Returns the folder of the workspace.
pub(crate) fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_may_leave_orphans() {
        let file = sqlite_file(
            "create table p (id integer primary key);
             create table c (p references p);
             insert into c values (7);",
        );
        let orphans: i64 =
            file.open().query_row("select count(*) from c", [], |row| row.get(0)).unwrap();
        assert_eq!(orphans, 1);
    }

    #[test]
    fn data_that_is_not_there_is_none() {
        assert_eq!(shared_data("no-such-thing"), None);
    }
}
