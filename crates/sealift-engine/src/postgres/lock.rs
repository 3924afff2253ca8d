//! [`TargetLock`]: one migration into a schema at a time.

use super::address::Endpoint;
use super::known;
use super::session::Session;
use super::watch::Watch;
use crate::Result;
use sealift_core::sql::Sql;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a server may take to notice that connections of ours are closed: two seconds in all.
const CLOSING_TRIES: u32 = 20;
const CLOSING_PAUSE: Duration = Duration::from_millis(100);

/// A session-level advisory lock on a schema of the target, held by a connection of its own.
/// Dropping it closes the connection, and the server releases the lock; so does a crash of ours.
///
/// The sessions of the run come from its lock. They hold a second lock, shared among them: after a
/// crash of ours the server may still be busy for them, with an index that takes minutes, with the
/// commit of a range. Who takes the first lock ends them by the second one, so that nothing of an
/// earlier run arrives once its state has been read.
///
/// ```text
/// run 1   lock ── sessions ──×  killed      (the server still works on its last statement)
/// run 2                         lock ── ends whoever holds the second lock ── reads the state
/// ```
///
/// They are also under `Watch`, which asks through the session that holds the lock.
#[derive(Debug)]
pub struct TargetLock {
    endpoint: Endpoint,
    schema: String,
    session: Arc<Session>,
    watch: Watch,
}

/// A session that holds what the run waits for.
#[derive(Debug)]
pub(crate) struct Blocker {
    /// Its process.
    pub(crate) pid: i32,
    /// Whose it is.
    pub(crate) role: String,
}

/// Which lock is wanted.
#[derive(Debug, Clone, Copy)]
pub struct LockRequest<'a> {
    /// The target schema.
    pub schema: &'a str,
    /// How often the server is asked about silent sessions.
    pub watch: Duration,
    /// The server process that held the lock for this very run until its connection broke. The
    /// server may not have noticed yet: it is ended.
    pub lost: Option<i32>,
}

impl TargetLock {
    /// Takes the lock, or says who holds it.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::Target`] when another run holds it; whatever [`Endpoint::connect`] returns.
    pub async fn acquire(endpoint: &Endpoint, request: LockRequest<'_>) -> Result<Self> {
        let session = Arc::new(endpoint.connect("sealift lock").await?);
        let key = lock_key(request.schema);
        let sql = Sql::raw("select pg_try_advisory_lock(").int(key).push(")");
        let got = |rows: &[Vec<Option<String>>]| {
            rows.first().and_then(|row| row.first()?.as_deref()) == Some("t")
        };
        let mut taken = got(&session.query_text(&sql).await?);
        if let Some(lost) = request.lost.filter(|_| !taken) {
            end_holder(&session, key, lost).await?;
            taken = got(&session.query_text(&sql).await?);
        }
        if taken {
            end_writers(&session, request.schema).await?;
            let watch = Watch::start(Arc::clone(&session), request.watch);
            let (endpoint, schema) = (endpoint.clone(), request.schema.to_owned());
            return Ok(Self { endpoint, schema, session, watch });
        }
        let holder = holder(&session, key).await?;
        Err(known::ANOTHER_RUN.saying(format!(
            "another run works on schema {} of {endpoint}{holder}",
            request.schema
        )))
    }

    /// Opens a session of the run that holds the lock.
    ///
    /// # Errors
    ///
    /// Whatever [`Endpoint::connect`] returns; when the server does not answer, or the lock is lost.
    pub async fn session(&self, application_name: &str) -> Result<Session> {
        let session = self.endpoint.connect(application_name).await?;
        self.watch.over(&session);
        let lock = Sql::raw("select pg_advisory_lock_shared(").int(writers_key(&self.schema));
        session.query_text(&lock.push(")")).await?;
        // Only now it is certain that nobody else has the first lock, or that who takes it next will
        // end this session.
        self.confirm().await?;
        Ok(session)
    }

    /// Opens one more of several sessions that share their work. `open` counts them. When the server has
    /// no connection left and another one does the work already, that is enough: `None`.
    ///
    /// # Errors
    ///
    /// As [`TargetLock::session`].
    pub async fn one_more_session(
        &self,
        application_name: &str,
        open: &AtomicUsize,
    ) -> Result<Option<Session>> {
        let mut tries = 0;
        loop {
            match self.session(application_name).await {
                Ok(session) => {
                    open.fetch_add(1, Ordering::SeqCst);
                    return Ok(Some(session));
                }
                Err(error) if !error.is_out_of_connections() => return Err(error),
                Err(_) if open.load(Ordering::SeqCst) > 0 => {
                    tracing::info!("the server has no connection left: fewer do the work");
                    return Ok(None);
                }
                // Those that we have just closed are still there for a moment.
                Err(_) if tries < CLOSING_TRIES => {
                    tries += 1;
                    tokio::time::sleep(CLOSING_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the sessions of others that hold what a session of the run waits for.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub(crate) async fn blockers(&self) -> Result<Vec<Blocker>> {
        let ours = || self.watch.backends().into_iter().map(|pid| Sql::new().int(i64::from(pid)));
        let sql = Sql::raw(
            "select distinct b.pid::text, coalesce(b.usename::text, 'of the server') \
             from unnest(array[",
        )
        .join(ours(), ", ")
        .push(
            "]::int[]) as ours(pid) cross join lateral unnest(pg_blocking_pids(ours.pid)) as held(pid) \
             join pg_stat_activity b on b.pid = held.pid where not b.pid = any (array[",
        )
        .join(ours(), ", ")
        .push("]::int[])");
        let rows = self.session.query_text(&sql).await?;
        let blockers = rows.into_iter().filter_map(|row| {
            let [Some(pid), Some(role)] = <[_; 2]>::try_from(row).ok()? else { return None };
            Some(Blocker { pid: pid.parse().ok()?, role })
        });
        Ok(blockers.collect())
    }

    /// Returns the server process that holds the lock.
    #[must_use]
    pub fn backend_pid(&self) -> i32 {
        self.session.backend_pid()
    }

    /// Makes sure that the lock is still held: a connection that broke has released it.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::Unreachable`] when it is not.
    pub async fn confirm(&self) -> Result<()> {
        self.session.batch(&Sql::raw("select 1")).await.map_err(|error| {
            error.context("the connection that holds the lock on the target is gone")
        })
    }
}

/// Ends the process that held the lock for us, if it still does, and waits until it is gone.
async fn end_holder(session: &Session, key: i64, backend_pid: i32) -> Result<()> {
    let sql = Sql::raw(
        "select pg_terminate_backend(pid, 5000) from pg_locks \
         where locktype = 'advisory' and granted and objsubid = 1 and pid = ",
    )
    .int(i64::from(backend_pid))
    .push(" and (classid::bigint << 32 | objid::bigint) = ")
    .int(key);
    session.query_text(&sql).await.map(drop)
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
