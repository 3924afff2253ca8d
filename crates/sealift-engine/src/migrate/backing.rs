//! [`Backing`]: the backup of the source, made beside the copy, once for all attempts.

use crate::error::{Error, ErrorKind, Result};
use crate::ops::Events;
use crate::sqlite::{Snapshot, backup};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// A backup under way or done. Dropping it stops it and leaves no file.
#[derive(Debug, Default)]
pub(super) struct Backing {
    state: Mutex<State>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    NotBegun,
    Running(JoinHandle<Result<()>>),
    Done,
}

impl Backing {
    /// Makes the backup, or goes on waiting for the one that an earlier attempt began.
    ///
    /// # Errors
    /// When the source cannot be read or the file not be written.
    pub(super) async fn make(
        &self,
        wanted: Option<&PathBuf>,
        snapshot: &Arc<Snapshot>,
        events: &Events,
    ) -> Result<()> {
        let Some(path) = wanted else { return Ok(()) };
        let mut state = self.state.lock().await;
        // It has its name only once it is whole.
        if matches!(*state, State::NotBegun) && path.exists() {
            *state = State::Done;
        }
        if matches!(*state, State::NotBegun) {
            *state = State::Running(self.begin(path.clone(), snapshot, events));
        }
        let State::Running(task) = &mut *state else { return Ok(()) };
        let made = task
            .await
            .map_err(|error| Error::new(ErrorKind::Bug, "the backup panicked").caused_by(error))?;
        // One that failed is tried again by the next attempt.
        *state = if made.is_ok() { State::Done } else { State::NotBegun };
        made.map_err(|error| error.context("back up the source"))
    }

    fn begin(
        &self,
        path: PathBuf,
        snapshot: &Arc<Snapshot>,
        events: &Events,
    ) -> JoinHandle<Result<()>> {
        let (snapshot, events) = (Arc::clone(snapshot), events.clone());
        let stop = Arc::clone(&self.stop);
        tokio::task::spawn_blocking(move || {
            let no_reader = || Error::new(ErrorKind::Bug, "no reader is left for the backup");
            let reader = snapshot.take().ok_or_else(no_reader)?;
            backup(&reader, &path, &stop)?;
            events.notice(format!("backed the source up to {}", path.display()));
            Ok(())
        })
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}
