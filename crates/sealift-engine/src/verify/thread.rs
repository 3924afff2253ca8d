//! Work that reads SQLite or compares rows, away from the threads of the async runtime.

use crate::error::{Error, ErrorKind, Result};

/// Runs `work` on a thread of its own and waits for it.
pub(super) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            Err(Error::new(ErrorKind::Bug, "a comparing thread stopped").caused_by(error))
        }
    }
}
