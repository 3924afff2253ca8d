//! [`Application`]: a connection as applications have it, to a copy that is ours. The only one here that writes rows.

use super::facts::JournalMode;
use super::file_system;
use super::{cell, fault};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef as DriverValue};
use rusqlite::{Connection, InterruptHandle, OpenFlags, Statement, ToSql, ffi};
use sealift_core::sql::Sql;
use sealift_core::sqlite::Value;
use std::path::Path;
use std::time::Duration;

/// A connection that reads and writes, in autocommit mode: each statement is a transaction.
///
/// Settings are SQLite's own: `synchronous = full`, a page cache of 2 MB. Foreign keys are enforced, as most
/// frameworks ask for and PostgreSQL always does.
#[derive(Debug)]
pub(crate) struct Application(Connection);

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ran {
    /// It succeeded.
    Done,
    /// It gave up, since others held their locks.
    Locked,
    /// It failed otherwise: what was said, without cells.
    Failed(String),
}

/// A statement that was prepared once.
#[derive(Debug)]
pub(crate) struct Ready<'a>(Statement<'a>);

/// Stops what a connection does, from another thread.
pub(crate) struct Interrupt(InterruptHandle);

impl Application {
    /// Opens a file to read and write. A lock of another connection is waited for at most so long: SQLite's
    /// `busy_timeout`.
    ///
    /// # Errors
    /// When the file is not there or cannot be opened.
    pub(crate) fn open(path: &Path, busy_timeout: Duration) -> Result<Self> {
        open(path, busy_timeout)
            .map(Self)
            .map_err(|error| fault::fault("open a copy of the SQLite file", error))
    }

    /// Sets how commits reach the file, for all connections from now on.
    ///
    /// # Errors
    /// When SQLite refuses: a write-ahead log needs shared memory, which network file systems have not.
    pub(crate) fn set_journal(&self, mode: JournalMode) -> Result<()> {
        let name = match mode {
            JournalMode::Wal => "wal",
            JournalMode::Rollback => "delete",
        };
        let failed = |error| fault::fault("set the journal mode of a copy", error);
        let set: String = self
            .0
            .pragma_update_and_check(None, "journal_mode", name, |row| row.get(0))
            .map_err(failed)?;
        if set == name {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Source,
            format!("the copy of the SQLite file keeps journal mode {set} instead of {name}"),
        )
        .hinted("name a folder on a disk of this machine: --copies DIR"))
    }

    /// Returns rows of a query, until their cells are over `bytes` together.
    ///
    /// # Errors
    /// When SQLite refuses the query.
    pub(crate) fn rows(&self, sql: &Sql, bytes: usize) -> Result<Vec<Vec<Value>>> {
        self.read(sql, bytes).map_err(|error| fault::fault("read rows", error))
    }

    fn read(&self, sql: &Sql, bytes: usize) -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = self.0.prepare(sql.as_str())?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let (mut found, mut held) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let mut cells = Vec::with_capacity(width);
            for position in 0..width {
                let value = cell::borrowed(row.get_ref(position)?);
                held = held.saturating_add(cell::size(value));
                cells.push(value.to_owned());
            }
            // One row at least, whatever its size.
            if held > bytes && !found.is_empty() {
                break;
            }
            found.push(cells);
        }
        Ok(found)
    }

    /// Prepares a statement.
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub(crate) fn prepare(&self, sql: &Sql) -> Result<Ready<'_>> {
        let prepared = self.0.prepare(sql.as_str());
        prepared.map(Ready).map_err(|error| fault::fault("prepare a statement", error))
    }

    /// Carries a statement out, once for each list of parameters, and takes it back.
    ///
    /// # Errors
    /// When SQLite does not begin or end a transaction.
    pub(crate) fn trial(&self, sql: &Sql, each: &[Vec<Value>]) -> Result<Ran> {
        let doing = |error| fault::fault("try a statement", error);
        self.0.execute_batch("begin").map_err(doing)?;
        let mut ran = Ran::Done;
        match self.0.prepare(sql.as_str()) {
            Ok(statement) => {
                let mut ready = Ready(statement);
                for parameters in each {
                    ran = ready.run(parameters);
                    if ran != Ran::Done {
                        break;
                    }
                }
            }
            Err(error) => ran = ended(&error),
        }
        // A trigger may have taken all of it back already.
        if !self.0.is_autocommit() {
            self.0.execute_batch("rollback").map_err(doing)?;
        }
        Ok(ran)
    }

    /// Returns what stops the connection's statements.
    pub(crate) fn interrupt(&self) -> Interrupt {
        Interrupt(self.0.get_interrupt_handle())
    }

    /// Returns `PRAGMA synchronous` in words.
    ///
    /// # Errors
    /// When SQLite does not tell.
    pub(crate) fn synchronous(&self) -> Result<&'static str> {
        let number: i64 = self
            .0
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .map_err(|error| fault::fault("ask for a setting", error))?;
        Ok(match number {
            0 => "off",
            1 => "normal",
            2 => "full",
            _ => "extra",
        })
    }
}

impl Ready<'_> {
    /// Carries the statement out, and reads all that it returns.
    pub(crate) fn run(&mut self, parameters: &[Value]) -> Ran {
        match self.step(parameters) {
            Ok(()) => Ran::Done,
            Err(error) => ended(&error),
        }
    }

    fn step(&mut self, parameters: &[Value]) -> rusqlite::Result<()> {
        let width = self.0.column_count();
        for (number, value) in (1_usize..).zip(parameters) {
            self.0.raw_bind_parameter(number, Bound(value))?;
        }
        let mut rows = self.0.raw_query();
        while let Some(row) = rows.next()? {
            for position in 0..width {
                // Cells are looked at, as an application would.
                std::hint::black_box(row.get_ref(position)?);
            }
        }
        Ok(())
    }
}

impl Interrupt {
    /// Stops what runs now; nothing happens where nothing does.
    pub(crate) fn now(&self) {
        self.0.interrupt();
    }
}

/// Returns whether a folder lies in memory instead of on a disk.
pub(crate) fn is_in_memory(folder: &Path) -> bool {
    file_system::in_memory(folder)
}

/// A value of ours as a parameter.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => DriverValue::Null,
            Value::Integer(value) => DriverValue::Integer(*value),
            Value::Real(value) => DriverValue::Real(*value),
            Value::Text(bytes) => DriverValue::Text(bytes),
            Value::Blob(bytes) => DriverValue::Blob(bytes),
        }))
    }
}

fn open(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    // The schema comes from strangers, and its triggers run here.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    connection.collation_needed(|connection, name| {
        connection.create_collation(name, |left: &str, right: &str| left.cmp(right))
    })?;
    Ok(connection)
}

/// Returns how a failed operation ended. SQLite's messages name tables, columns and constraints; only a trigger
/// says what it likes.
fn ended(error: &rusqlite::Error) -> Ran {
    if fault::is_busy(error) {
        return Ran::Locked;
    }
    match fault::code(error) {
        Some(ffi::SQLITE_CONSTRAINT_TRIGGER) => Ran::Failed("a trigger refused it".to_owned()),
        Some(_) | None => Ran::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    fn file(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        Connection::open(&path).unwrap().execute_batch(script).unwrap();
        (folder, path)
    }

    #[test]
    fn a_lock_of_another_connection_is_no_other_failure() {
        let (_folder, path) = file("create table t (a unique); insert into t values (1)");
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("begin immediate").unwrap();
        let application = Application::open(&path, PATIENCE).unwrap();
        let insert = Sql::raw("insert into t values (?1)");
        let mut ready = application.prepare(&insert).unwrap();
        assert_eq!(ready.run(&[Value::Integer(2)]), Ran::Locked);
        holder.execute_batch("rollback").unwrap();
        assert_eq!(ready.run(&[Value::Integer(2)]), Ran::Done);
        let Ran::Failed(said) = ready.run(&[Value::Integer(2)]) else { panic!("it went through") };
        assert!(said.contains("t.a"), "{said}");
    }

    #[test]
    fn a_trial_leaves_nothing_whatever_a_trigger_does() {
        let (_folder, path) = file(
            "create table t (a); create table u (a);
             create trigger refuses before insert on u begin select raise(rollback, 'the cell'); end;",
        );
        let application = Application::open(&path, PATIENCE).unwrap();
        let row = [vec![Value::Integer(1)]];
        let trial = |sql| application.trial(&Sql::raw(sql), &row).unwrap();
        assert_eq!(trial("insert into t values (?1)"), Ran::Done);
        assert_eq!(
            trial("insert into u values (?1)"),
            Ran::Failed("a trigger refused it".to_owned())
        );
        assert!(matches!(trial("insert into nowhere values (?1)"), Ran::Failed(_)));
        let count = application.rows(&Sql::raw("select count(*) from t"), 100).unwrap();
        assert_eq!(count, [[Value::Integer(0)]]);
    }

    #[test]
    fn the_journal_mode_is_set_for_good_and_reading_is_bounded() {
        let (_folder, path) = file("create table t (a); insert into t values ('12345'), ('67890')");
        let application = Application::open(&path, PATIENCE).unwrap();
        for mode in [JournalMode::Wal, JournalMode::Rollback] {
            application.set_journal(mode).unwrap();
        }
        assert_eq!(application.synchronous().unwrap(), "full");
        let rows = |bytes| application.rows(&Sql::raw("select a from t"), bytes).unwrap().len();
        assert_eq!((rows(100), rows(5), rows(0)), (2, 1, 1));
    }
}
