//! [`TargetLock`]: one migration into a schema at a time.

use super::address::Endpoint;
use super::session::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::sql::Sql;

/// A session-level advisory lock on a schema of the target, held by a connection of its own.
/// Dropping it closes the connection, and the server releases the lock; so does a crash of ours.
///
/// The sessions that write hold a second lock, shared among them. After a crash of ours the server
/// may still be busy for them: with an index that takes minutes, with the commit of a range. Who
/// takes the first lock ends them by the second one, so that nothing of an earlier run arrives once
/// its state has been read.
///
/// ```text
/// run 1   lock ── writers ──×  killed       (the server still works on its last statement)
/// run 2                        lock ── ends whoever holds the writers' lock ── reads the state
/// ```
#[derive(Debug)]
pub struct TargetLock {
    session: Session,
}

impl TargetLock {
    /// Takes the lock, or says who holds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Target`] when another run holds it; whatever [`Endpoint::connect`] returns.
    pub async fn acquire(endpoint: &Endpoint, schema: &str) -> Result<Self> {
        let session = endpoint.connect("sealift lock").await?;
        let key = lock_key(schema);
        let sql = Sql::raw("select pg_try_advisory_lock(").int(key).push(")");
        let rows = session.query_text(&sql).await?;
        let got = rows.first().and_then(|row| row.first()?.as_deref());
        if got == Some("t") {
            end_writers(&session, schema).await?;
            return Ok(Self { session });
        }
        let holder = holder(&session, key).await?;
        Err(Error::new(
            ErrorKind::Target,
            format!("another run works on schema {schema} of {endpoint}{holder}"),
        )
        .hinted("wait for it to end; if it hangs, end its session with pg_terminate_backend"))
    }

    /// Marks a session as one that writes into a schema for the run that holds its lock.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn write_under(session: &Session, schema: &Ident) -> Result<()> {
        let lock = Sql::raw("select pg_advisory_lock_shared(").int(writers_key(schema.as_str()));
        session.query_text(&lock.push(")")).await.map(drop)
    }

    /// Makes sure that the lock is still held: a connection that broke has released it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] when it is not.
    pub async fn confirm(&self) -> Result<()> {
        self.session.batch(&Sql::raw("select 1")).await.map_err(|error| {
            error.context("the connection that holds the lock on the target is gone")
        })
    }
}

/// Ends the sessions in which an earlier run wrote, and waits until they are gone. Those of another
/// role cannot be ended, only waited for.
async fn end_writers(session: &Session, schema: &str) -> Result<()> {
    let key = writers_key(schema);
    let sql = Sql::raw(
        "select pg_terminate_backend(a.pid) \
         from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.usename = current_user \
         join pg_database d on d.oid = l.database and d.datname = current_database() \
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
         and (l.classid::bigint << 32 | l.objid::bigint) = ",
    )
    .int(key);
    session.query_text(&sql).await?;
    session.query_text(&Sql::raw("select pg_advisory_lock(").int(key).push(")")).await?;
    session.query_text(&Sql::raw("select pg_advisory_unlock(").int(key).push(")")).await?;
    Ok(())
}

/// Returns who holds the lock, as ` (server process 123, since …)`.
async fn holder(session: &Session, key: i64) -> Result<String> {
    // The two halves of the key as pg_locks shows them (manual section 54.12).
    let sql = Sql::raw(
        "select a.pid, date_trunc('second', a.backend_start) \
         from pg_locks l join pg_stat_activity a on a.pid = l.pid \
         join pg_database d on d.oid = l.database and d.datname = current_database() \
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
         and (l.classid::bigint << 32 | l.objid::bigint) = ",
    )
    .int(key);
    let rows = session.query_text(&sql).await?;
    let Some([Some(pid), Some(since)]) = rows.first().map(Vec::as_slice) else {
        return Ok(String::new());
    };
    Ok(format!(" (server process {pid}, since {since})"))
}

/// Returns the lock's key: FNV-1a, the same in every version of Sealift. Advisory locks are local to
/// their database (manual section 13.3.5), so the schema is enough.
fn lock_key(schema: &str) -> i64 {
    key(&format!("sealift {schema}"))
}

/// Returns the key of the lock that the writers of a run share.
fn writers_key(schema: &str) -> i64 {
    key(&format!("sealift writers {schema}"))
}

fn key(name: &str) -> i64 {
    i64::from_ne_bytes(crate::fnv::hash(name.as_bytes()).to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_changes() {
        assert_eq!(lock_key("public"), -2_166_786_907_891_031_098);
        assert_ne!(lock_key("public"), lock_key("other"));
    }
}
