//! [`Watch`]: notices sessions whose connection is half open, so that nobody waits for ever.
//!
//! A connection that is cut reports itself. One whose other end vanished without a word, or whose
//! packets are dropped on the way, does not, and a time-out cannot tell it from an index that takes an
//! hour. The server can tell:
//!
//! ```text
//! worker   create index ……………………………… waits            create index ……………………… waits
//! watch                ? it works                                   ? it waits for us   ? still
//! server   works ──────────────────────────────→       done, answer lost ───────────────────→ given up
//! ```

use super::connect::Traffic;
use super::session::Session;
use sealift_core::sql::Sql;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::task::{AbortHandle, JoinHandle};

/// How often the server is asked, unless told otherwise: rarely enough to cost nothing.
pub const WATCH_INTERVAL: Duration = Duration::from_secs(10);

/// How many questions in a row must find nothing moving before a session is given up, and how many
/// intervals the answer to a question may take: a minute. What the kernel and proxies hold of a line
/// that is slow, but works, has arrived by then: a megabyte at 20 kB/s. A peer that is really gone is
/// noticed as soon by TCP itself; the watch is for those in between that keep a dead line open.
const QUESTIONS: u32 = 6;

/// What a session is doing, as far as it concerns the watch.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Counts answers asked for. Several may be waited for at once.
    asked: AtomicU64,
    /// Counts answers received, or given up.
    answered: AtomicU64,
    /// Counts what has come in or gone out: a long answer over a slow line is no silence.
    traffic: Traffic,
    /// Why the watch gave the session up.
    lost: Mutex<Option<Lost>>,
}

/// Why a session was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The server has no such process any more.
    Gone,
    /// The server's process waits for us, and we for it.
    Silent,
    /// The server does not even answer the watch.
    Unanswered,
}

impl Lost {
    /// Returns the words for it.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Gone => "the connection is half open: the server has ended its side of it",
            Self::Silent => {
                "the connection is half open: the server waits for us, and nothing arrives"
            }
            Self::Unanswered => "the connection is half open: the server does not answer any more",
        }
    }
}

/// Marks that an answer is waited for, until dropped.
pub(super) struct Waiting<'a>(&'a Pulse);

impl Pulse {
    pub(super) fn new(traffic: Traffic) -> Self {
        Self { traffic, ..Self::default() }
    }

    pub(super) fn waiting(&self) -> Waiting<'_> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Waiting(self)
    }

    /// Returns what is waited for, which changes with everything that moves.
    fn waits_for(&self) -> Option<Waits> {
        // In this order, so that what is answered in between does not count as unanswered.
        let asked = self.asked.load(Ordering::SeqCst);
        let answered = self.answered.load(Ordering::SeqCst);
        let moved = || (asked + answered, self.traffic.load(Ordering::Relaxed));
        (asked > answered).then(moved)
    }

    pub(super) fn lost(&self) -> Option<Lost> {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lose(&self, why: Lost) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.answered.fetch_add(1, Ordering::SeqCst);
    }
}

/// A session under watch.
struct Watched {
    backend_pid: i32,
    pulse: Weak<Pulse>,
    driver: AbortHandle,
}

impl Watched {
    /// Gives the session up: whoever waits for it gets an error.
    fn give_up(&self, why: Lost) {
        if let Some(pulse) = self.pulse.upgrade() {
            tracing::warn!(backend = self.backend_pid, why = why.says(), "gave a connection up");
            pulse.lose(why);
            self.driver.abort();
        }
    }
}

/// Watches over the sessions of a run until it is dropped.
pub(super) struct Watch {
    watched: Arc<Mutex<Vec<Watched>>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch, asking the server every `interval` through `session`.
    #[must_use]
    pub(super) fn start(session: Arc<Session>, interval: Duration) -> Self {
        let watched = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(watch(session, Arc::clone(&watched), interval));
        Self { watched, task }
    }

    /// Takes a session under watch.
    pub(super) fn over(&self, session: &Session) {
        let watched = Watched {
            backend_pid: session.backend_pid(),
            pulse: Arc::downgrade(session.pulse()),
            driver: session.driver(),
        };
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(watched);
    }

    /// Returns the server processes of the sessions under watch.
    pub(super) fn backends(&self) -> Vec<i32> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.iter().map(|watched| watched.backend_pid).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

async fn watch(session: Arc<Session>, watched: Arc<Mutex<Vec<Watched>>>, interval: Duration) {
    let mut suspects = Suspects::new();
    loop {
        tokio::time::sleep(interval).await;
        let waiting = {
            let mut watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
            watched.retain(|watched| watched.pulse.strong_count() > 0);
            waiting(&watched)
        };
        let question = ask(&session, waiting.keys().copied());
        let answer = tokio::time::timeout(interval * QUESTIONS, question).await;
        let Ok(Some(seen)) = answer else {
            for watched in watched.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                watched.give_up(Lost::Unanswered);
            }
            // The lock goes with its session, and the run has to take it again.
            session.pulse().lose(Lost::Unanswered);
            session.driver().abort();
            return;
        };
        for (backend_pid, why) in judge(&waiting, &seen, &mut suspects) {
            let watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(lost) = watched.iter().find(|watched| watched.backend_pid == backend_pid) {
                lost.give_up(why);
            }
        }
    }
}

/// Which answer is waited for, and how much has moved so far on our side.
type Waits = (u64, u64);

/// The sessions that wait for an answer, each with which one it is.
type WaitingFor = BTreeMap<i32, Waits>;

/// What the server said of each: how its process looks from outside.
type Seen = BTreeMap<i32, Backend>;

/// Sessions for which nothing seemed to move: since when, and in how many questions.
type Suspects = BTreeMap<i32, Suspect>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Suspect {
    waits: Waits,
    /// What the server has taken of a running `copy`.
    taken: u64,
    questions: u32,
}

/// How a process of the server looks (`pg_stat_activity`, manual section 28.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backend {
    /// It works on our statement, or waits for a lock or its disk.
    Works,
    /// It waits for us: for a statement, for rows of a `copy` of which it has taken so many bytes, or
    /// until we have read what it sent.
    WaitsForUs(u64),
}

fn waiting(watched: &[Watched]) -> WaitingFor {
    watched
        .iter()
        .filter_map(|watched| Some((watched.backend_pid, watched.pulse.upgrade()?.waits_for()?)))
        .collect()
}

/// Asks the server; `None` when it refuses or the connection is gone.
async fn ask(session: &Session, backends: impl Iterator<Item = i32>) -> Option<Seen> {
    let numbers = backends.map(|pid| Sql::new().int(i64::from(pid)));
    let sql = Sql::raw(
        "select a.pid, coalesce(a.state like 'idle%', false) or coalesce(a.wait_event_type = 'Client', false), \
         coalesce(c.bytes_processed, 0) \
         from pg_stat_activity a left join pg_stat_progress_copy c on c.pid = a.pid \
         where a.pid = any (array[",
    )
    .join(numbers, ", ")
    .push("]::int[])");
    let rows = session.query_text(&sql).await.ok()?;
    rows.into_iter()
        .map(|row| {
            let [Some(pid), Some(waits), Some(taken)] = row.as_slice() else { return None };
            let backend = match waits.as_str() {
                "t" => Backend::WaitsForUs(taken.parse().ok()?),
                _ => Backend::Works,
            };
            Some((pid.parse().ok()?, backend))
        })
        .collect()
}

/// Returns the sessions to give up: those that waited for the same answer through several questions
/// while the server was not working on it. `suspects` is what the question before has found.
fn judge(waiting: &WaitingFor, seen: &Seen, suspects: &mut Suspects) -> Vec<(i32, Lost)> {
    let mut lost = Vec::new();
    let before = std::mem::take(suspects);
    for (pid, waits) in waiting {
        let (taken, why) = match seen.get(pid) {
            None => (0, Lost::Gone),
            Some(Backend::WaitsForUs(taken)) => (*taken, Lost::Silent),
            Some(Backend::Works) => continue,
        };
        let questions = before
            .get(pid)
            .filter(|suspect| (suspect.waits, suspect.taken) == (*waits, taken))
            .map_or(1, |suspect| suspect.questions + 1);
        if questions >= QUESTIONS {
            lost.push((*pid, why));
        } else {
            suspects.insert(*pid, Suspect { waits: *waits, taken, questions });
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting_for(pairs: &[(i32, u64)]) -> WaitingFor {
        pairs.iter().map(|(pid, count)| (*pid, (*count, 0))).collect()
    }

    const WAITS: Backend = Backend::WaitsForUs(0);

    /// Asks so often, each time with what the closure gives, and returns who was given up in the end.
    fn asked(times: u32, each: impl Fn(u32) -> (u64, Option<Backend>)) -> Vec<(i32, Lost)> {
        let mut suspects = Suspects::new();
        (0..times).fold(Vec::new(), |_, time| {
            let (count, backend) = each(time);
            let seen: Seen = backend.map(|backend| (7, backend)).into_iter().collect();
            judge(&waiting_for(&[(7, count)]), &seen, &mut suspects)
        })
    }

    #[test]
    fn a_session_that_the_server_works_for_is_left_alone() {
        assert_eq!(asked(50, |_| (1, Some(Backend::Works))), []);
    }

    #[test]
    fn a_minute_without_anything_moving_is_silence() {
        assert_eq!(asked(QUESTIONS - 1, |_| (1, Some(WAITS))), []);
        assert_eq!(asked(QUESTIONS, |_| (1, Some(WAITS))), [(7, Lost::Silent)]);
    }

    #[test]
    fn a_process_that_is_gone_is_lost() {
        assert_eq!(asked(QUESTIONS, |_| (1, None)), [(7, Lost::Gone)]);
    }

    #[test]
    fn each_answer_and_each_byte_that_the_server_takes_clears_the_doubt() {
        assert_eq!(asked(50, |time| (1 + 2 * u64::from(time), Some(WAITS))), []);
        assert_eq!(asked(50, |time| (1, Some(Backend::WaitsForUs(time.into())))), []);
        let sometimes = |time| if time % 5 == 0 { Backend::Works } else { WAITS };
        assert_eq!(asked(50, |time| (1, Some(sometimes(time)))), []);
    }

    #[test]
    fn only_what_is_waited_for_counts() {
        let pulse = Pulse::default();
        assert_eq!(pulse.waits_for(), None);
        let waiting = pulse.waiting();
        let before = pulse.waits_for();
        assert!(before.is_some());
        pulse.traffic.fetch_add(1, Ordering::Relaxed);
        assert_ne!(pulse.waits_for(), before, "bytes that move are no silence");
        drop(waiting);
        assert_eq!(pulse.waits_for(), None);
    }
}
