//! [`Limit`]: the time that all of it may take.

use crate::error::{Error, ErrorKind};
use crate::ops::Cancel;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Ends the work when a person asks for it or the time is over, whichever comes first.
#[derive(Debug)]
pub(super) struct Limit {
    asked: Cancel,
    stop: Cancel,
    max_time: Duration,
    timer: JoinHandle<()>,
}

impl Limit {
    /// Begins to count.
    pub(super) fn begin(asked: &Cancel, max_time: Duration) -> Self {
        let (asked, stop) = (asked.clone(), Cancel::new());
        let timer = tokio::spawn({
            let (asked, stop) = (asked.clone(), stop.clone());
            async move {
                // Too far away counts as never.
                if tokio::time::timeout(max_time, asked.cancelled()).await.is_err() {
                    tracing::info!("the time for the benchmark is over");
                }
                stop.cancel();
            }
        });
        Self { asked, stop, max_time, timer }
    }

    /// Returns the request that the work obeys.
    pub(super) fn stop(&self) -> &Cancel {
        &self.stop
    }

    /// Returns a failure as what it is, where only the time was over.
    pub(super) fn explain(&self, error: Error) -> Error {
        // A statement that was cancelled is of it too.
        let of_it = error.kind() == ErrorKind::Stopped || error.sqlstate() == Some("57014");
        if !of_it || !self.stop.is_cancelled() {
            return error;
        }
        if self.asked.is_cancelled() {
            return super::stopped();
        }
        let seconds = self.max_time.as_secs();
        Error::new(
            ErrorKind::Usage,
            format!("the {seconds} s of --max-time were over before anything was measured"),
        )
        .hinted("give it more time, --max-time SECONDS, or fewer tables, --include GLOB")
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        self.timer.abort();
    }
}
