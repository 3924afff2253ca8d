//! A read-only connection: how the file is named, and the settings that keep reading harmless.

use super::{fault, introspect};
use crate::error::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// What stays as it is in the path of a URI filename (`sqlite.org/uri.html`, section 3.1).
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'_').remove(b'-').remove(b'~');

/// Page cache of one connection in KiB. Scans never come back to a page, so little is enough.
const CACHE_KIB: i64 = 4096;

/// How often it is looked whether a lock is gone.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// With locks, beside other programs.
    Shared,
    /// Without locks and side files, because the medium is read-only (`immutable=1`).
    Immutable,
}

/// Returns a connection that can only read.
pub(super) fn connect(path: &Path, access: Access, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let query = match access {
        Access::Shared => "mode=ro",
        Access::Immutable => "mode=ro&immutable=1",
    };
    let connection = Connection::open_with_flags(uri(path, query), flags)?;
    // Some of the settings read the schema. SQLite's own waiting looks ten times a second; a writer that
    // commits without a pause leaves gaps of a millisecond, so that it has to be looked more often.
    connection.busy_timeout(Duration::ZERO)?;
    let began = Instant::now();
    while let Err(error) = settle(&connection) {
        if !fault::is_busy(&error) || began.elapsed() >= wait {
            return Err(error);
        }
        thread::sleep(LOOK_AGAIN);
    }
    connection.busy_timeout(wait)?;
    Ok(connection)
}

/// Returns a connection that may lock for writing but never folds the write-ahead log into the
/// file when it closes. It makes no file and is used for locks only.
pub(super) fn connect_for_lock(path: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(uri(path, "mode=rw"), flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.busy_timeout(wait)?;
    Ok(connection)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    // Schemas come from strangers: no side effects of functions in views or generated columns, no
    // direct access to shadow tables' internals.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    introspect::show_contents(connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // Not through mapped memory: each connection's pages would count as the process's own (a
    // gigabyte of them), a file cut short meanwhile would end the process with SIGBUS, and scans
    // are not faster for it.
    connection.pragma_update(None, "mmap_size", 0)?;
    // An application may have collations of its own. Rows are read in storage order, which no
    // collation changes; the stand-in only lets statements that name one be prepared.
    connection.collation_needed(|connection, name| {
        connection.create_collation(name, |left: &str, right: &str| left.cmp(right))
    })
}

/// Returns the collations of tables and indexes, and of what else `connection` met, that it does not know and has a
/// bytewise stand-in for.
///
/// # Errors
/// When SQLite refuses the pragma.
pub fn stand_in_collations(connection: &Connection) -> Result<Vec<String>> {
    list_stand_ins(connection).map_err(|error| fault::fault("list the collations", error))
}

fn list_stand_ins(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    // Who is about to check all tables and indexes meets their collations. It is not run; where it cannot be
    // made, because of a function of the application's, what was met so far is what is known.
    drop(connection.prepare("pragma main.quick_check"));
    let mut statement = connection.prepare("select name from pragma_collation_list order by 1")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let known = ["BINARY", "NOCASE", "RTRIM"];
    names.filter(|name| !matches!(name, Ok(name) if known.contains(&name.as_str()))).collect()
}

/// Returns a URI filename.
fn uri(path: &Path, query: &str) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    format!("file:{}?{query}", percent_encode(bytes, PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_not_mapped_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        Connection::open(&path).unwrap().execute_batch("create table t (x)").unwrap();
        let connection = connect(&path, Access::Shared, Duration::ZERO).unwrap();
        let mapped: i64 =
            connection.pragma_query_value(None, "mmap_size", |row| row.get(0)).unwrap();
        assert_eq!(mapped, 0);
    }

    #[test]
    fn a_path_cannot_become_a_parameter() {
        assert_eq!(
            uri(Path::new("/a b/c?mode=rwc#d%.db"), "mode=ro"),
            "file:/a%20b/c%3Fmode%3Drwc%23d%25.db?mode=ro"
        );
    }
}
