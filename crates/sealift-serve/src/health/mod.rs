//! Is the database there? One question, shared by all who ask in the same quarter of a second.

mod answer;

pub(crate) use answer::{Health, health, routes, state};

use crate::database::{Answer, Source};
use sealift_engine::{Error, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old an answer may be that somebody gets. A thousand who ask in a second cost the database four
/// questions, and that it came or went is known long before a second is over.
const FRESH: Duration = Duration::from_millis(250);

/// How long the database has for its answer: those who ask are told within five seconds.
const LIMIT: Duration = Duration::from_millis(4500);

/// What the database said when it was asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What it answered, or why it did not.
    pub(crate) outcome: Result<Answer, String>,
    at: Instant,
}

/// Asks the database, one question at a time.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    last: Mutex<Option<Arc<Checked>>>,
    /// Whoever holds it asks; the others wait for that answer.
    turn: tokio::sync::Mutex<()>,
}

impl Probe {
    /// Returns what the database says now.
    pub(crate) async fn check(&self, source: &Source) -> Arc<Checked> {
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        let _turn = self.turn.lock().await;
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        let answer = tokio::time::timeout(LIMIT, source.ask(LIMIT)).await;
        let answer = answer.unwrap_or_else(|_| {
            let message = format!("no answer within {:.1} s", LIMIT.as_secs_f64());
            Err(Error::new(ErrorKind::Unreachable, message))
        });
        let outcome = answer.map_err(|error| source.reason(&error));
        let checked = Arc::new(Checked { outcome, at: Instant::now() });
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(change) = change(last.as_deref(), &checked) {
            tell(change, &checked);
        }
        *last = Some(Arc::clone(&checked));
        checked
    }

    fn fresh(&self) -> Option<Arc<Checked>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|checked| checked.at.elapsed() < FRESH).map(Arc::clone)
    }
}

/// What the log says of a question, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Came,
    Went,
}

fn change(before: Option<&Checked>, now: &Checked) -> Option<Change> {
    match (before.map(|checked| checked.outcome.is_ok()), now.outcome.is_ok()) {
        (None | Some(false), true) => Some(Change::Came),
        (None | Some(true), false) => Some(Change::Went),
        (Some(true), true) | (Some(false), false) => None,
    }
}

fn tell(change: Change, checked: &Checked) {
    match change {
        Change::Came => tracing::info!("the database answers"),
        Change::Went => {
            let reason = checked.outcome.as_ref().err().map(String::as_str);
            tracing::warn!(reason, "the database does not answer");
        }
    }
}

#[cfg(test)]
impl Checked {
    /// Returns what a database that is well has said just now.
    pub(crate) fn answered(latency: Duration) -> Self {
        let answer = Answer { latency, version: "18.0".to_owned() };
        Self { outcome: Ok(answer), at: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(outcome: Result<(), &str>) -> Checked {
        let answer = |()| Answer { latency: Duration::ZERO, version: "18".to_owned() };
        Checked { outcome: outcome.map(answer).map_err(str::to_owned), at: Instant::now() }
    }

    #[test]
    fn the_log_has_only_changes() {
        let (up, down) = (checked(Ok(())), checked(Err("refused")));
        assert_eq!(change(None, &up), Some(Change::Came));
        assert_eq!(change(Some(&up), &up), None);
        assert_eq!(change(Some(&up), &down), Some(Change::Went));
        assert_eq!(change(Some(&down), &down), None);
        assert_eq!(change(Some(&down), &up), Some(Change::Came));
    }
}
