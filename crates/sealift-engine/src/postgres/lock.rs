//! [`TargetLock`]: one migration into a schema at a time.

use super::address::Endpoint;
use super::session::Session;
use crate::{Error, ErrorKind, Result};
use sealift_core::sql::Sql;

/// A session-level advisory lock on a schema of the target, held by a connection of its own.
/// Dropping it closes the connection, and the server releases the lock; so does a crash of ours.
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
            return Ok(Self { session });
        }
        let holder = holder(&session, key).await?;
        Err(Error::new(
            ErrorKind::Target,
            format!("another run works on schema {schema} of {endpoint}{holder}"),
        )
        .hinted("wait for it to end; if it hangs, end its session with pg_terminate_backend"))
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
    let hash = crate::fnv::hash(format!("sealift {schema}").as_bytes());
    i64::from_ne_bytes(hash.to_ne_bytes())
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
