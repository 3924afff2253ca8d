//! [`Snapshot`]: one committed state, seen by several connections.
//!
//! ```text
//! control   data_version = 7 ............................ data_version = 7  → nothing was committed
//! reader 1         begin, select ─────────────────────────────────────────→
//! reader 2                 begin, select ─────────────────────────────────→  all see the same state
//! ```
//!
//! `PRAGMA data_version` changes exactly when another connection commits (`sqlite.org/pragma.html`).
//! No lock for writing is needed. With a rollback journal the readers' shared locks keep commits
//! away from the first one on.

use super::apart::{Apart, Filter};
use super::facts::JournalMode;
use super::fault;
use super::open::{Source, SourceFile};
use crate::error::{Error, ErrorKind, Known, Result};
use rusqlite::Connection;
use rusqlite::limits::Limit;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a gap between two commits is looked for before writers are held off. Measured: a writer that
/// commits without a pause leaves one within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest pause between two rounds.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How long one round waits for a lock. With a rollback journal a writer that wants to commit waits
/// for our first reader while our second waits for the writer; letting go at once lets it commit.
const ROUND_WAIT: Duration = Duration::from_millis(250);
const ROUND_WAIT_ROLLBACK: Duration = Duration::from_millis(3);

/// All rounds together.
const TOTAL_WAIT: Duration = Duration::from_secs(30);

/// One committed state of the source, held by read transactions until it is dropped.
#[derive(Debug)]
pub struct Snapshot {
    metadata: Mutex<Connection>,
    pool: Arc<Pool>,
    journal_mode: JournalMode,
}

/// The readers that are not in use. Connections are declared before the file, so that they close
/// before the folder is tidied.
#[derive(Debug)]
struct Pool {
    idle: Mutex<Vec<Pooled>>,
    /// What is kept apart, the newest last: a connection cannot let go of what it has seen of those
    /// before.
    apart: Mutex<Vec<Arc<Apart>>>,
    file: Arc<SourceFile>,
}

/// A connection and how many lists of what is kept apart it sees.
#[derive(Debug)]
struct Pooled {
    connection: Connection,
    attached: usize,
}

/// A connection of the snapshot, lent to one thread. It goes back when dropped.
#[derive(Debug)]
pub struct Reader {
    // Present until drop.
    connection: Option<Pooled>,
    pool: Arc<Pool>,
}

impl Source {
    /// Returns a snapshot with `readers` connections to lend and one for metadata.
    ///
    /// # Errors
    /// When the file cannot be read, or a writer keeps it locked.
    pub fn snapshot(&self, readers: usize) -> Result<Snapshot> {
        let connections = gather(self, readers.saturating_add(1))
            .map_err(|error| fault::fault("open a snapshot of the SQLite file", error))?;
        let mut connections = connections.into_iter();
        let Some(metadata) = connections.next() else {
            return Err(fault::busy());
        };
        Ok(Snapshot {
            metadata: Mutex::new(metadata),
            pool: Arc::new(Pool {
                idle: Mutex::new(
                    connections.map(|connection| Pooled { connection, attached: 0 }).collect(),
                ),
                apart: Mutex::default(),
                file: Arc::clone(self.file()),
            }),
            journal_mode: self.facts().journal_mode,
        })
    }
}

impl Snapshot {
    /// Returns a reader that nobody uses, or `None` when all are lent.
    #[must_use]
    pub fn take(&self) -> Option<Reader> {
        let mut pooled = lock(&self.pool.idle).pop()?;
        let lists = lock(&self.pool.apart);
        while let Some(list) = lists.get(pooled.attached) {
            if let Err(error) = list.attach(&pooled.connection) {
                // Without the list it would read rows that are kept apart.
                tracing::warn!(error = %error, "a reader cannot see which rows are kept apart");
                return None;
            }
            pooled.attached += 1;
        }
        drop(lists);
        Some(Reader { connection: Some(pooled), pool: Arc::clone(&self.pool) })
    }

    /// Returns the connection kept for the schema and for small questions.
    pub fn metadata(&self) -> MutexGuard<'_, Connection> {
        lock(&self.metadata)
    }

    /// Keeps the connection for small questions from loading a cell of more than `bytes`.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn bound_cells(&self, bytes: u64) -> Result<()> {
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        let set = self.metadata().set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes);
        set.map(drop).map_err(|error| fault::fault("bound the length of cells", error))
    }

    /// Keeps rows apart, and cells NULL, from now on: for every reader taken after this.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn keep_apart(&self, apart: Apart) -> Result<Arc<Apart>> {
        let apart = Arc::new(apart);
        apart
            .attach(&self.metadata())
            .map_err(|error| fault::fault("attach the list of rows that are kept apart", error))?;
        lock(&self.pool.apart).push(Arc::clone(&apart));
        Ok(apart)
    }

    /// Returns what is kept apart, once that is decided.
    #[must_use]
    pub fn apart(&self) -> Option<Arc<Apart>> {
        lock(&self.pool.apart).last().cloned()
    }

    /// Returns the name under which the next list is attached.
    #[must_use]
    pub fn next_apart(&self) -> String {
        format!("sealift_apart_{}", lock(&self.pool.apart).len())
    }

    /// Returns how a table is read, where something of it is kept apart.
    #[must_use]
    pub fn filter(&self, table: &str) -> Option<Filter> {
        self.apart().and_then(|apart| apart.filter(table).cloned())
    }

    /// Returns how many rows of a table are kept apart.
    #[must_use]
    pub fn rejected(&self, table: &str) -> u64 {
        self.apart().map_or(0, |apart| apart.rows(table))
    }

    /// Returns the bytes of the whole database in this state.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> Result<u64> {
        let connection = self.metadata();
        let number = |name: &str| -> rusqlite::Result<u64> {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .map(|value| u64::try_from(value).unwrap_or(0))
        };
        let bytes = || Ok(number("page_count")?.saturating_mul(number("page_size")?));
        bytes().map_err(|error| fault::fault("measure the SQLite file", error))
    }

    /// Returns what others did to the file since it was opened, not by way of SQLite.
    #[must_use]
    pub fn disturbance(&self) -> Option<&'static Known> {
        self.pool.file.watch().look()
    }

    /// Returns a failure with what others did to the file, if they did, as its explanation.
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        if error.kind() == ErrorKind::Source {
            self.pool.file.watch().explain(error)
        } else {
            error
        }
    }

    /// Returns what holding the snapshot costs the application, when it costs anything.
    #[must_use]
    pub fn cost(&self) -> Option<String> {
        match self.journal_mode {
            JournalMode::Wal => None,
            JournalMode::Rollback => Some(
                "this database uses a rollback journal: until its rows are copied and compared, writes of \
                 the application wait and may fail with \"database is locked\"; with `pragma \
                 journal_mode = wal`, set once, they go on"
                    .to_owned(),
            ),
        }
    }
}

impl Deref for Reader {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        let pooled = self.connection.as_ref();
        &pooled.expect("the connection leaves the reader only in drop").connection
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            lock(&self.pool.idle).push(connection);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns `count` connections inside read transactions on the same state.
fn gather(source: &Source, count: usize) -> rusqlite::Result<Vec<Connection>> {
    let file = source.file();
    let (patience, round_wait, longest_pause) = match source.facts().journal_mode {
        JournalMode::Wal => (PATIENCE, ROUND_WAIT, LONGEST_PAUSE),
        JournalMode::Rollback => (TOTAL_WAIT, ROUND_WAIT_ROLLBACK, ROUND_WAIT_ROLLBACK),
    };
    let control = file.connect()?;
    control.busy_timeout(round_wait)?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let connection = file.connect()?;
        connection.busy_timeout(round_wait)?;
        connections.push(connection);
    }
    let began = Instant::now();
    let mut last = None;
    let mut round = 0_u64;
    while began.elapsed() < patience {
        match begin_together(&control, &connections) {
            Ok(true) => return Ok(connections),
            Ok(false) => {}
            Err(error) if fault::is_busy(&error) => last = Some(error),
            Err(error) => return Err(error),
        }
        end_all(&connections)?;
        thread::sleep(std::cmp::min(Duration::from_millis(round), longest_pause));
        round += 1;
    }
    match source.facts().journal_mode {
        JournalMode::Wal => begin_behind_lock(file, connections),
        JournalMode::Rollback => Err(last.unwrap_or_else(locked)),
    }
}

/// Begins a read transaction on every connection; returns whether nothing was committed meanwhile.
fn begin_together(control: &Connection, connections: &[Connection]) -> rusqlite::Result<bool> {
    let before = data_version(control)?;
    for connection in connections {
        begin(connection)?;
    }
    Ok(data_version(control)? == before)
}

/// Begins all transactions while a lock keeps writers away, for a database whose commits leave no
/// gap. The lock lasts milliseconds and nothing is written.
fn begin_behind_lock(
    file: &SourceFile,
    connections: Vec<Connection>,
) -> rusqlite::Result<Vec<Connection>> {
    let fence = file.connect_for_lock()?;
    fence.execute_batch("begin immediate")?;
    for connection in &connections {
        begin(connection)?;
    }
    fence.execute_batch("rollback")?;
    fence.close().map_err(|(_, error)| error)?;
    Ok(connections)
}

/// `begin` alone takes no snapshot; the first read does (`sqlite.org/lang_transaction.html`).
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("begin")?;
    connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))
}

fn end_all(connections: &[Connection]) -> rusqlite::Result<()> {
    for connection in connections {
        if !connection.is_autocommit() {
            connection.execute_batch("rollback")?;
        }
    }
    Ok(())
}

fn data_version(control: &Connection) -> rusqlite::Result<i64> {
    control.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn locked() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_is_gone_once_all_have_begun() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let writer = Connection::open(&path).unwrap();
        writer
            .execute_batch(
                "pragma journal_mode = wal; create table t (x); insert into t values (1)",
            )
            .unwrap();
        let source = Source::open(&path).unwrap();
        let file = source.file();
        let connections = (0..3).map(|_| file.connect().unwrap()).collect();
        let connections = begin_behind_lock(file, connections).unwrap();
        writer.execute_batch("insert into t values (2)").unwrap();
        for connection in &connections {
            let rows: i64 =
                connection.query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
            assert_eq!(rows, 1);
        }
    }
}
