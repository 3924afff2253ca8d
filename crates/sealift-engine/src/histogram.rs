//! [`Histogram`]: how long things took, counted where they happen and read by whoever shows it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in seconds: from what a server on the same machine takes to what
/// the longest wait for a session may be.
pub const BOUNDS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.01, 0.05, 0.25, 1.0, 2.5, 10.0, 30.0];

/// Counts durations by how long they are. Counting takes no lock.
#[derive(Debug, Default)]
pub struct Histogram {
    /// One more than there are bounds: what is longer than the last.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

/// What was counted, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramReading {
    /// The upper bound of each bucket in seconds, the last without end, and how many are in it alone.
    pub buckets: Vec<(f64, u64)>,
    /// All together, in seconds.
    pub sum: f64,
    /// How many.
    pub count: u64,
}

impl Histogram {
    /// Counts one.
    pub fn record(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Returns what was counted so far.
    #[must_use]
    pub fn read(&self) -> HistogramReading {
        let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        HistogramReading {
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
            sum: Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for milliseconds in [1, 2, 2, 40_000] {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let reading = histogram.read();
        let filled: Vec<(f64, u64)> =
            reading.buckets.iter().copied().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.001, 1), (0.002_5, 2), (f64::INFINITY, 1)]);
        assert_eq!(reading.count, 4);
        assert!((reading.sum - 40.005).abs() < 1e-9, "{}", reading.sum);
    }
}
