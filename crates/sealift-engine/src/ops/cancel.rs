//! [`Cancel`]: one request to stop, seen by every task and thread of a run.

use crate::error::{Error, ErrorKind, Known, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// A request to stop at the next safe point. Clones share the request.
///
/// Threads that read SQLite ask [`Cancel::is_cancelled`] between rows; tasks that wait for a socket
/// select on [`Cancel::cancelled`]. A request cannot be taken back.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    requested: AtomicBool,
    notify: Notify,
}

impl Cancel {
    /// Returns a token that nobody cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody who holds a clone to stop.
    pub fn cancel(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// Returns whether stopping was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// Goes on, unless stopping was asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Stopped`] when it was.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(stopped()) } else { Ok(()) }
    }

    /// Returns the request as the flag that threads poll.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.0.requested
    }

    /// Returns as soon as stopping is asked for, at once when it was already.
    pub async fn cancelled(&self) {
        // The waiter is registered before the flag is read: `notify_waiters` wakes only those that
        // are registered, so the other order could sleep through a request made in between.
        let notified = self.0.notify.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

/// Returns the error of a run that was asked to stop.
#[must_use]
pub fn stopped() -> Error {
    STOPPED.error().resumable()
}

/// The row of the runbook.
pub(crate) const STOPPED: Known = Known {
    says: "stopped on request",
    means: "Ctrl-C or SIGTERM; what has arrived stays, with its receipts",
    hint: "run the same command again: it goes on where it was",
    kind: ErrorKind::Stopped,
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn every_waiting_clone_is_woken() {
        let cancel = Cancel::new();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let clone = cancel.clone();
                tokio::spawn(async move { clone.cancelled().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(!cancel.is_cancelled());
        cancel.cancel();
        for task in waiting {
            tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn a_request_made_before_waiting_is_seen() {
        let cancel = Cancel::new();
        cancel.cancel();
        tokio::time::timeout(Duration::from_secs(5), cancel.cancelled()).await.unwrap();
        assert!(cancel.clone().is_cancelled());
    }
}
