//! [`Monitor`]: how a server is, read through one session, at most once in some seconds however many look.

mod parts;
mod snapshot;
mod words;

pub use snapshot::{
    Blocked, Connections, DatabaseFacts, RunningQuery, ScannedTable, SequenceFacts, ServerFacts,
    Snapshot, Standby, Statement, TableFacts, UnindexedForeignKey, UnusedIndex,
};

use crate::error::Error;
use crate::postgres::SessionPool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How old a reading may be that somebody gets.
pub const FRESH: Duration = Duration::from_millis(4500);

/// The same of what changes slowly and takes longer to read: sizes, unused indexes, statements.
pub const FRESH_SLOW: Duration = Duration::from_secs(29);

/// How long a session is waited for.
const PATIENCE: Duration = Duration::from_secs(4);

/// Reads how a server is. Clones share what was read.
#[derive(Debug, Clone)]
pub struct Monitor {
    pool: SessionPool,
    state: Arc<Mutex<State>>,
}

/// What was read last. Whoever holds the lock reads; the others wait for that.
#[derive(Debug, Default)]
struct State {
    snapshot: Arc<Snapshot>,
    read: Option<Instant>,
    read_slow: Option<Instant>,
}

impl Monitor {
    /// Returns a monitor that has read nothing yet.
    #[must_use]
    pub fn new(pool: SessionPool) -> Self {
        Self { pool, state: Arc::default() }
    }

    /// Returns how the server is, or was at most five seconds ago. Where it cannot be reached, every part
    /// is missing, with that as the reason.
    pub async fn snapshot(&self) -> Arc<Snapshot> {
        let mut state = self.state.lock().await;
        if is_fresh(state.read, FRESH) {
            return Arc::clone(&state.snapshot);
        }
        // Of the beginning: whoever asks every five seconds gets a new one each time.
        let began = Instant::now();
        let snapshot = match self.pool.acquire_at_once(PATIENCE).await {
            Ok(session) => {
                let mut snapshot = Snapshot::clone(&state.snapshot);
                parts::read_quick(&session, &mut snapshot).await;
                if !is_fresh(state.read_slow, FRESH_SLOW) {
                    parts::read_slow(&session, &mut snapshot).await;
                    state.read_slow = Some(began);
                }
                snapshot
            }
            Err(error) => {
                state.read_slow = None;
                unreachable(&error)
            }
        };
        state.snapshot = Arc::new(snapshot);
        state.read = Some(began);
        Arc::clone(&state.snapshot)
    }
}

fn is_fresh(read: Option<Instant>, limit: Duration) -> bool {
    read.is_some_and(|read| read.elapsed() < limit)
}

fn unreachable(error: &Error) -> Snapshot {
    let reason = parts::reason(error);
    let names = parts::QUICK.iter().chain(&parts::SLOW);
    let missing = names.map(|name| (*name, reason.clone())).collect();
    Snapshot { missing, ..Snapshot::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn of_a_server_that_is_away_every_part_is_missing_with_the_reason() {
        let snapshot = unreachable(&Error::new(ErrorKind::Unreachable, "nothing listens"));
        let parts = serde_json::to_value(&snapshot).unwrap();
        for (name, part) in parts.as_object().unwrap() {
            if name != "missing" {
                assert!(part.is_null(), "{name}");
                assert_eq!(snapshot.missing[name.as_str()], "nothing listens");
            }
        }
        assert_eq!(snapshot.missing.len(), parts.as_object().unwrap().len() - 1);
    }
}
