//! Says who holds a lock that the run waits for: it may be held for hours, and nobody would know why nothing
//! moves.

use crate::ops::Events;
use crate::postgres::TargetLock;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

/// Looks every so often, and tells of each session once.
pub(super) async fn tell(lock: &TargetLock, events: &Events, every: Duration) -> Infallible {
    let mut told = BTreeSet::new();
    loop {
        tokio::time::sleep(every).await;
        // A server that does not answer is the watch's to notice.
        for blocker in lock.blockers().await.unwrap_or_default() {
            if told.insert(blocker.pid) {
                let (pid, role) = (blocker.pid, blocker.role);
                events.notice(format!(
                    "waiting for a lock that server process {pid} of role {role} holds; it goes on once that transaction has ended: select pg_terminate_backend({pid}) ends it"
                ));
            }
        }
    }
}
