//! A revision that is one transaction: all of it is there with its row of the history, or nothing.

use super::super::folder::ScriptFile;
use super::super::history::How;
use super::attempt::Running;
use super::sending::BEFORE_DEADLOCK;
use crate::error::Result;
use crate::ops::{Moment, RevisionStep};
use sealift_core::revision::diff::Lock;
use sealift_core::revision::way::Way;
use std::time::{Duration, Instant};

/// The least part of its time that a statement gets, whatever those before it took: one part of so many.
const LEAST_PART: u32 = 4;

/// Carries it out.
///
/// # Errors
/// When a statement is refused, a lock is not to be had, or on request: nothing is left of it then.
pub(super) async fn run(running: &Running<'_>, file: &ScriptFile) -> Result<()> {
    let (sending, began) = (&running.sending, Instant::now());
    let session = sending.session;
    session.begin().await?;
    let mut holding = None;
    for statement in file.script.statements() {
        let at = || file.at(statement.line);
        RevisionStep::Statement.reach(Moment::Before)?;
        let limit = what_is_left(sending.lock_timeout, holding);
        let sent = sending.send_within(&statement, limit).await;
        sent.map_err(|error| error.context(at()))?;
        if holding.is_none() && statement.effect().lock.is_none_or(Lock::holds_writers) {
            holding = Some(Instant::now());
        }
        RevisionStep::Statement.reach(Moment::After)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let history = running.history;
    let record = match running.way {
        Way::Up => history.recorded(running.revision, &running.parents, How::Run, seconds),
        Way::Down => history.forgotten(&running.revision.id),
    };
    RevisionStep::Record.reach(Moment::Before)?;
    session.commit_with(&record).await?;
    RevisionStep::Record.reach(Moment::After)
}

/// Returns how long the next statement may wait for a lock. Others wait already for the locks that the transaction holds,
/// so all its waiting together stays near the limit, and ends before they could be taken for a circle.
fn what_is_left(lock_timeout: Duration, holding: Option<Instant>) -> Duration {
    match holding {
        Some(since) => {
            let limit = std::cmp::min(lock_timeout, BEFORE_DEADLOCK);
            std::cmp::max(limit.saturating_sub(since.elapsed()), limit / LEAST_PART)
        }
        None => lock_timeout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_lock_waits_less_for_the_next_one() {
        let limit = Duration::from_secs(2);
        assert_eq!(what_is_left(limit, None), limit);
        assert!(what_is_left(limit, Some(Instant::now())) <= BEFORE_DEADLOCK);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60));
        assert_eq!(what_is_left(limit, long_ago), BEFORE_DEADLOCK / LEAST_PART);
        let short = Duration::from_millis(100);
        assert_eq!(what_is_left(short, long_ago), short / LEAST_PART);
        assert_eq!(what_is_left(Duration::ZERO, long_ago), Duration::ZERO);
    }
}
