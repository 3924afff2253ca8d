//! [`Patience`]: whether, and how long, a run waits before it tries again. Pure: no clock in here.

use std::time::Duration;

/// The first pause. Most failures that pass are over by then: a deadlock, one cut connection.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause: a server that is back is noticed within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// An attempt that lasted this long had work to do, and does not count as waiting.
const LONG_ATTEMPT: Duration = Duration::from_secs(60);

/// Attempts without progress, long ones included: a comparison that is cut each time, say.
const MOST_ATTEMPTS: u32 = 40;

/// How much longer a run tries.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    spent: Duration,
    attempts: u32,
}

/// How an attempt went that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed {
    /// How long it lasted.
    pub(crate) lasted: Duration,
    /// Whether something durable was done in it.
    pub(crate) progressed: bool,
}

impl Patience {
    /// Returns patience for so long without progress; zero is none at all.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, spent: Duration::ZERO, attempts: 0 }
    }

    /// Returns the pause before the next attempt; `None` when the patience is used up.
    pub(crate) fn after(&mut self, failed: Failed) -> Option<Duration> {
        if failed.progressed {
            *self = Self::new(self.limit);
        } else if failed.lasted < LONG_ATTEMPT {
            self.spent += failed.lasted;
        }
        let left = self.limit.saturating_sub(self.spent);
        if left.is_zero() || self.attempts >= MOST_ATTEMPTS {
            return None;
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << std::cmp::min(self.attempts, 16));
        let pause = std::cmp::min(std::cmp::min(doubled, LONGEST_PAUSE), left);
        self.attempts += 1;
        self.spent += pause;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Failed = Failed { lasted: Duration::ZERO, progressed: false };

    fn pauses(patience: &mut Patience, failed: Failed) -> Vec<u128> {
        let mut pauses = Vec::new();
        while let Some(pause) = patience.after(failed) {
            pauses.push(pause.as_millis());
            assert!(pauses.len() < 1000, "it goes on for ever");
        }
        pauses
    }

    #[test]
    fn pauses_double_up_to_ten_seconds_and_end_with_the_limit() {
        let mut patience = Patience::new(Duration::from_secs(30));
        let pauses = pauses(&mut patience, AT_ONCE);
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 10_000, 4250]);
        assert_eq!(pauses.iter().sum::<u128>(), 30_000);
    }

    #[test]
    fn no_patience_is_no_second_attempt() {
        let mut patience = Patience::new(Duration::ZERO);
        assert_eq!(patience.after(AT_ONCE), None);
        assert_eq!(patience.after(Failed { progressed: true, ..AT_ONCE }), None);
    }

    #[test]
    fn progress_gives_all_of_it_back() {
        let mut patience = Patience::new(Duration::from_secs(1));
        assert_eq!(pauses(&mut patience, AT_ONCE), [250, 500, 250]);
        let progressed = Failed { progressed: true, ..AT_ONCE };
        assert_eq!(patience.after(progressed), Some(FIRST_PAUSE));
    }

    #[test]
    fn long_work_that_is_cut_each_time_ends_too() {
        let mut patience = Patience::new(Duration::from_secs(10_000));
        let cut = Failed { lasted: Duration::from_secs(3600), progressed: false };
        assert_eq!(pauses(&mut patience, cut).len(), 40);
    }
}
