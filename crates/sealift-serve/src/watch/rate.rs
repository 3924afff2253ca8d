//! [`Rate`]: how fast something goes just now, from what it has come to at several moments.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Over which time it is averaged: short enough that a stall shows, long enough that the figure stands still.
const WINDOW: Duration = Duration::from_secs(5);

/// Moments nearer together than this are one.
const STEP: Duration = Duration::from_millis(100);

/// Before so much has passed there is no rate: the first rows say little.
const LEAST: Duration = Duration::from_millis(500);

/// What something has come to, at some moments of the last seconds.
#[derive(Debug, Default)]
pub(super) struct Rate {
    moments: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Notes what it has come to.
    pub(super) fn note(&mut self, now: Instant, total: u64) {
        while self.moments.len() > 1
            && self.moments.get(1).is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            self.moments.pop_front();
        }
        let is_near = self.moments.len() > 1
            && self.moments.back().is_some_and(|(at, _)| now.duration_since(*at) < STEP);
        match self.moments.back_mut() {
            Some((_, last)) if is_near => *last = total,
            Some(_) | None => self.moments.push_back((now, total)),
        }
    }

    /// Returns how much comes in a second, averaged over the last seconds until now; `None` as long as that
    /// cannot be said.
    pub(super) fn per_second(&self, now: Instant) -> Option<f64> {
        let (since, first) = self
            .moments
            .iter()
            .rev()
            .find(|(at, _)| now.duration_since(*at) >= WINDOW)
            .or_else(|| self.moments.front())?;
        let (_, last) = self.moments.back()?;
        let passed = now.duration_since(*since);
        (passed >= LEAST).then(|| to_float(last.saturating_sub(*first)) / passed.as_secs_f64())
    }

    /// Begins anew.
    pub(super) fn restart(&mut self) {
        self.moments.clear();
    }
}

/// Returns a count as a number with a fraction; above 2^53 it is not exact any more.
pub(crate) fn to_float(count: u64) -> f64 {
    let (high, low) = (count >> 32, count & 0xffff_ffff);
    let half = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    half(high).mul_add(4_294_967_296.0, half(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(moments: &[(u64, u64)], now: u64) -> Option<f64> {
        let began = Instant::now();
        let mut rate = Rate::default();
        for (milliseconds, total) in moments {
            rate.note(began + Duration::from_millis(*milliseconds), *total);
        }
        rate.per_second(began + Duration::from_millis(now))
    }

    #[test]
    fn the_last_seconds_count_and_a_stall_shows() {
        let steady: Vec<(u64, u64)> = (0..=100).map(|tenth| (tenth * 100, tenth * 10)).collect();
        assert!((rate(&steady, 10_000).unwrap() - 100.0).abs() < 3.0);
        // Nothing came for five seconds.
        assert!(rate(&steady, 15_000).unwrap() < 3.0);
    }

    #[test]
    fn the_first_moments_are_no_rate() {
        assert_eq!(rate(&[], 1000), None);
        assert_eq!(rate(&[(0, 0), (200, 5000)], 200), None);
        assert_eq!(rate(&[(0, 0), (1000, 5000)], 1000), Some(5000.0));
    }

    #[test]
    fn a_count_becomes_a_number() {
        assert_eq!(to_float(0), 0.0);
        assert_eq!(to_float(1 << 40), 1_099_511_627_776.0);
        assert_eq!(to_float(4_294_967_295), 4_294_967_295.0);
    }
}
