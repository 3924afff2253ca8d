//! What SQLite's result codes mean to a person (`sqlite.org/rescode.html`).

use super::known;
use crate::error::{Error, ErrorKind};
use rusqlite::ffi;

/// Returns the extended result code of an error that SQLite raised.
pub(super) fn code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|failure| failure.extended_code)
}

/// Returns the primary result code, which is the low byte of the extended one.
fn primary(error: &rusqlite::Error) -> Option<i32> {
    code(error).map(|code| code & 0xff)
}

/// Returns whether somebody else's lock is in the way, so that waiting may help.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(primary(error), Some(ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED))
}

/// Returns whether a cell was larger than the connection's `SQLITE_LIMIT_LENGTH`.
pub(super) fn is_too_big(error: &rusqlite::Error) -> bool {
    primary(error) == Some(ffi::SQLITE_TOOBIG)
}

/// Returns whether a write-ahead log cannot be used because its `-shm` file can neither be found
/// nor made (`sqlite.org/wal.html`, "Read-Only Databases").
pub(super) fn lacks_shared_memory(error: &rusqlite::Error) -> bool {
    matches!(primary(error), Some(ffi::SQLITE_CANTOPEN))
        || matches!(
            code(error),
            Some(
                ffi::SQLITE_READONLY_CANTINIT
                    | ffi::SQLITE_READONLY_RECOVERY
                    | ffi::SQLITE_READONLY_DIRECTORY
                    | ffi::SQLITE_READONLY_CANTLOCK
            )
        )
}

/// Returns the engine's error for a failure while reading the source. `doing` is a verb phrase.
pub(super) fn fault(doing: &str, error: rusqlite::Error) -> Error {
    let made = match primary(&error) {
        Some(ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => busy(),
        Some(ffi::SQLITE_CORRUPT) => known::DAMAGED.error(),
        Some(ffi::SQLITE_NOTADB) => not_a_database(),
        Some(ffi::SQLITE_READONLY) if code(&error) == Some(ffi::SQLITE_READONLY_ROLLBACK) => {
            unfinished_transaction()
        }
        Some(ffi::SQLITE_INTERRUPT) => Error::new(ErrorKind::Stopped, "stopped"),
        Some(_) | None => Error::new(ErrorKind::Source, error.to_string()),
    };
    made.caused_by(error).context(doing)
}

/// Returns the error for a file that another connection keeps locked.
pub(super) fn busy() -> Error {
    known::BUSY.saying("the SQLite file is busy: another program keeps it locked")
}

/// Returns the error for a file that does not begin as SQLite files do.
pub(super) fn not_a_database() -> Error {
    known::NOT_A_DATABASE.error()
}

/// Returns the error for a file beside which a rollback journal waits to be played back.
pub(super) fn unfinished_transaction() -> Error {
    known::UNFINISHED_TRANSACTION.saying(
        "an unfinished transaction must be rolled back first: a hot rollback journal lies beside \
         the SQLite file, and playing it back would change the file",
    )
}
