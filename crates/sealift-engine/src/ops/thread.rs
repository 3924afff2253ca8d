//! Work that blocks, away from the threads of the async runtime.

use crate::error::{Error, ErrorKind, Result};

/// Runs `work` on a thread of its own and waits for it. `name` says what the thread does, such as `planning`.
///
/// # Errors
/// When the work fails; of kind [`ErrorKind::Bug`] when it panics.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(ErrorKind::Bug, format!("the {name} thread panicked")).caused_by(error)
    })?
}
