//! [`Window`]: when operations count.
//!
//! ```text
//! users   ─────────────┬──────────── counted ────────────┬──────────┬─ all end
//!          warming up  │ begin                           │ end      │ the last that was begun before the
//!                                                                   │ end is over
//! ```
//!
//! After the end everybody goes on until the last operation that counts is over: with SQLite it may wait for a lock
//! longer than the step lasts, and would get it at once if the others went home.

use super::Step;
use super::ready::Ready;
use crate::ops::Cancel;
use sealift_core::bench::Database;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The longest warm-up: caches are filled, statements planned, and PostgreSQL has settled on its plans (after five
/// executions, manual, `plan_cache_mode`).
const WARM_UP: Duration = Duration::from_secs(1);

/// Short steps are warmed up for this part of them.
const WARM_UP_PART: u32 = 4;

/// What a step is measured with.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) step: Step,
    pub(super) database: Database,
    pub(super) seed: u64,
    /// How long operations count.
    pub(super) length: Duration,
    pub(super) ready: Ready,
    /// How long after the end of the step an operation may still be under way.
    pub(super) patience: Duration,
    pub(super) stop: Cancel,
}

/// The times of a step, and how many users still have an operation under way that counts.
#[derive(Debug)]
pub(super) struct Window {
    begin: Instant,
    end: Instant,
    deadline: Instant,
    unsettled: AtomicUsize,
    abandoned: AtomicBool,
    stop: Cancel,
}

/// Whether an operation that begins now counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It warms up, or keeps the others company.
    Idle,
    /// It counts.
    Counted,
    /// There is none: everybody goes home.
    Over,
}

impl Window {
    /// Begins a step now.
    pub(super) fn begin(settings: &Settings) -> Self {
        let warm_up = std::cmp::min(WARM_UP, settings.length / WARM_UP_PART);
        let begin = Instant::now() + warm_up;
        let end = begin + settings.length;
        Self {
            begin,
            end,
            deadline: end + settings.patience,
            unsettled: AtomicUsize::new(settings.step.users),
            abandoned: AtomicBool::new(false),
            stop: settings.stop.clone(),
        }
    }

    /// Returns when the time is over.
    pub(super) fn end(&self) -> Instant {
        self.end
    }

    /// Returns whether what is still under way is to be interrupted.
    pub(super) fn is_overdue(&self) -> bool {
        self.stop.is_cancelled()
            || self.abandoned.load(Ordering::SeqCst)
            || Instant::now() >= self.deadline
    }

    /// Ends the step for everybody: a user cannot go on.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
    }

    /// Returns what a user's operation that begins now is. `settled` is the user's own: whether it has none under way
    /// any more that counts.
    pub(super) fn turn(&self, now: Instant, settled: &mut bool) -> Turn {
        let gone = self.stop.is_cancelled() || self.abandoned.load(Ordering::SeqCst);
        if gone || now >= self.deadline {
            return Turn::Over;
        }
        if now < self.end {
            return if now < self.begin { Turn::Idle } else { Turn::Counted };
        }
        if !*settled {
            *settled = true;
            self.unsettled.fetch_sub(1, Ordering::SeqCst);
        }
        if self.unsettled.load(Ordering::SeqCst) == 0 { Turn::Over } else { Turn::Idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::bench::Load;

    fn settings(users: usize) -> Settings {
        Settings {
            step: Step { users, load: Load::Reads, number: 1 },
            database: Database::SqliteWal,
            seed: 1,
            length: Duration::from_secs(4),
            ready: Ready::default(),
            patience: Duration::from_secs(5),
            stop: Cancel::new(),
        }
    }

    #[test]
    fn operations_count_between_the_warm_up_and_the_end() {
        let window = Window::begin(&settings(1));
        let mut settled = false;
        let mut turn = |after: i64| {
            let millis = Duration::from_millis(after.unsigned_abs());
            let now = if after < 0 { window.begin - millis } else { window.begin + millis };
            window.turn(now, &mut settled)
        };
        assert_eq!([turn(-1), turn(0), turn(3999)], [Turn::Idle, Turn::Counted, Turn::Counted]);
        assert_eq!(turn(4000), Turn::Over);
    }

    #[test]
    fn nobody_goes_home_before_the_last_operation_that_counts_is_over() {
        let window = Window::begin(&settings(2));
        let (mut first, mut second) = (false, false);
        let late = window.end + Duration::from_millis(1);
        assert_eq!(window.turn(late, &mut first), Turn::Idle);
        assert_eq!(window.turn(late, &mut first), Turn::Idle);
        assert_eq!(window.turn(late, &mut second), Turn::Over);
        assert_eq!(window.turn(late, &mut first), Turn::Over);
    }

    #[test]
    fn a_step_ends_for_all_when_it_is_stopped_abandoned_or_takes_too_long() {
        let stopped = settings(2);
        let window = Window::begin(&stopped);
        assert_eq!(window.turn(window.deadline, &mut false), Turn::Over);
        assert!(!window.is_overdue());
        stopped.stop.cancel();
        assert_eq!(window.turn(window.begin, &mut false), Turn::Over);
        assert!(window.is_overdue());
        let window = Window::begin(&settings(2));
        window.abandon();
        assert_eq!(window.turn(window.begin, &mut false), Turn::Over);
    }
}
