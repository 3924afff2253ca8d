//! [`Sending`]: one statement of a revision, which waits for locks only so long.

use crate::error::{Error, Result};
use crate::ops::{Cancel, Events, stopped};
use crate::postgres::{Blocker, Session, TargetLock};
use sealift_core::revision::split::Statement;
use sealift_core::sql::Sql;
use std::time::Duration;

/// What the server reports when `lock_timeout` is over (manual, appendix A).
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// How long is waited for a lock while another is held. Who waits for that one looks for a circle after `deadlock_timeout`,
/// a second unless the server says otherwise (manual 20.12), and is ended where there is one. It shall be us who makes room,
/// before anybody looks.
pub(super) const BEFORE_DEADLOCK: Duration = Duration::from_millis(800);

/// When a statement that waits without a limit says for whom.
const SAY_AFTER: Duration = Duration::from_secs(5);

/// A session, and what its statements are watched with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending<'a> {
    pub(super) session: &'a Session,
    pub(super) lock: &'a TargetLock,
    pub(super) events: &'a Events,
    pub(super) cancel: &'a Cancel,
    pub(super) lock_timeout: Duration,
}

impl Sending<'_> {
    /// Sends a statement. One that works `concurrently` waits for old transactions under a lock that stops no reader and
    /// no writer, so it waits as long as it takes; all others make room after `lock_timeout`.
    ///
    /// # Errors
    /// When the server refuses it, a lock is not to be had, the connection is gone, or on request.
    pub(super) async fn send(&self, statement: &Statement<'_>) -> Result<()> {
        self.send_within(statement, self.lock_timeout).await
    }

    /// Does the same in a transaction that holds locks already.
    ///
    /// # Errors
    /// As [`Sending::send`].
    pub(super) async fn send_holding(&self, statement: &Statement<'_>) -> Result<()> {
        self.send_within(statement, std::cmp::min(self.lock_timeout, BEFORE_DEADLOCK)).await
    }

    /// Does the same with another limit.
    ///
    /// # Errors
    /// As [`Sending::send`].
    pub(super) async fn send_within(
        &self,
        statement: &Statement<'_>,
        lock_timeout: Duration,
    ) -> Result<()> {
        let patient = statement.words(usize::MAX).iter().any(|word| word == "concurrently");
        let limit = match (patient, takes_several_locks(statement)) {
            (true, _) => Duration::ZERO,
            (false, true) => std::cmp::min(lock_timeout, BEFORE_DEADLOCK),
            (false, false) => lock_timeout,
        };
        self.session.batch(&limit_waiting(limit)).await?;
        let look_after = if limit.is_zero() { SAY_AFTER } else { limit / 2 };
        let sql = statement.sql();
        let mut running = std::pin::pin!(self.session.batch_unless(&sql, self.cancel.cancelled()));
        let mut holders = String::new();
        let outcome = tokio::select! {
            biased;
            outcome = &mut running => outcome,
            () = tokio::time::sleep(look_after) => {
                holders = self.holders().await;
                if limit.is_zero() && !holders.is_empty() {
                    self.events.notice(format!("waiting for {holders}"));
                }
                running.await
            }
        };
        match outcome {
            Err(_) if self.cancel.is_cancelled() => Err(stopped()),
            Err(error) if error.sqlstate() == Some(LOCK_NOT_AVAILABLE) => {
                Err(not_to_be_had(error, statement, &holders))
            }
            outcome => outcome,
        }
    }

    /// Returns who holds what we wait for: `process 123 (app)`.
    async fn holders(&self) -> String {
        match self.lock.blockers().await {
            Ok(blockers) => {
                let one = |blocker: &Blocker| format!("process {} ({})", blocker.pid, blocker.role);
                blockers.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Err(error) => {
                tracing::debug!(error = %error, "could not ask who holds the lock");
                String::new()
            }
        }
    }
}

/// Returns whether a statement may wait for one lock while it holds another: a foreign key is of two tables, and what is
/// dropped may have one.
fn takes_several_locks(statement: &Statement<'_>) -> bool {
    const SEVERAL: [&str; 4] = ["references", "drop", "cascade", "truncate"];
    statement.effect().on.len() > 1
        || statement.words(usize::MAX).iter().any(|word| SEVERAL.contains(&word.as_str()))
}

/// Returns the statement that limits the wait for locks from here on.
fn limit_waiting(limit: Duration) -> Sql {
    let millis = i64::try_from(limit.as_millis()).unwrap_or(0);
    Sql::raw("set lock_timeout = ").int(millis)
}

/// The error stays one after which it is tried again.
fn not_to_be_had(error: Error, statement: &Statement<'_>, holders: &str) -> Error {
    let on = statement.effect().on.join(", ");
    let on = if on.is_empty() { String::new() } else { format!(" on {on}") };
    let held = if holders.is_empty() { String::new() } else { format!(", held by {holders}") };
    let recovery = error.recovery();
    Error::new(error.kind(), format!("the lock{on} was not to be had{held}"))
        .with_sqlstate(LOCK_NOT_AVAILABLE)
        .with_recovery(recovery)
        .hinted("run the same command again when those transactions have ended; --retry-for SECONDS gives it more patience")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::revision::split::split;

    #[test]
    fn statements_about_two_tables_are_told_from_those_about_one() {
        let several = |sql: &str| takes_several_locks(&split(sql).unwrap()[0]);
        assert!(several("alter table a add foreign key (b) references c not valid"));
        assert!(several("alter table a drop constraint b"));
        assert!(several("drop table a"));
        assert!(several("truncate a, b"));
        assert!(!several("alter table a add column b text default 'drop references'"));
        assert!(!several("create index a on b (c)"));
    }
}
