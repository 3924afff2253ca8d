//! [`Tally`]: what users got done.

use super::Step;
use crate::sqlite::Ran;
use hdrhistogram::Histogram;
use sealift_core::bench::{Database, Latency, Measured};
use std::time::Instant;

/// The longest latency that is told apart, in microseconds: ten minutes.
const LONGEST: u64 = 600_000_000;

/// Digits of a latency that are kept.
const DIGITS: u8 = 3;

/// What users got done. The tallies of several add up.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    latencies: Histogram<u64>,
    operations: u64,
    lock_errors: u64,
    other_errors: u64,
    first_error: Option<String>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST, DIGITS);
        Self {
            latencies: latencies.expect("the bounds are constants that the library takes"),
            operations: 0,
            lock_errors: 0,
            other_errors: 0,
            first_error: None,
        }
    }

    /// Counts an operation that was begun within the time, which is over at `end`.
    pub(super) fn count(&mut self, began: Instant, end: Instant, ran: Ran) {
        let now = Instant::now();
        match ran {
            Ran::Done => {
                let micros = now.saturating_duration_since(began).as_micros();
                let micros = u64::try_from(micros).unwrap_or(LONGEST);
                self.latencies.saturating_record(std::cmp::max(micros, 1));
                // One that ends later has its latency, but was not done within the time.
                self.operations += u64::from(now <= end);
            }
            Ran::Locked => self.lock_errors += 1,
            Ran::Failed(said) => {
                self.other_errors += 1;
                self.first_error = self.first_error.take().or(Some(said));
            }
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        let added = self.latencies.add(&other.latencies);
        added.expect("both histograms have the same bounds");
        self.operations += other.operations;
        self.lock_errors += other.lock_errors;
        self.other_errors += other.other_errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    pub(super) fn measured(
        self,
        step: Step,
        database: Database,
        connections: usize,
        seconds: f64,
    ) -> Measured {
        let at = |quantile| {
            let micros = u32::try_from(self.latencies.value_at_quantile(quantile));
            rounded(f64::from(micros.unwrap_or(u32::MAX)) / 1000.0)
        };
        let latency = (!self.latencies.is_empty()).then(|| Latency {
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
        });
        let operations = f64::from(u32::try_from(self.operations).unwrap_or(u32::MAX));
        Measured {
            users: step.users,
            load: step.load,
            database,
            connections,
            seconds,
            operations: self.operations,
            per_second: rounded(operations / seconds),
            latency,
            lock_errors: self.lock_errors,
            other_errors: self.other_errors,
            first_error: self.first_error,
        }
    }
}

/// Returns a measured number with three digits behind the point: of milliseconds, as many as are measured.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::bench::Load;
    use std::time::Duration;

    #[test]
    fn what_ends_after_the_time_has_a_latency_but_is_not_counted() {
        let began = Instant::now().checked_sub(Duration::from_millis(40)).unwrap();
        let (earlier, later) = (began, Instant::now() + Duration::from_secs(60));
        let (mut one, mut other) = (Tally::new(), Tally::new());
        one.count(began, later, Ran::Done);
        one.count(began, later, Ran::Locked);
        other.count(began, earlier, Ran::Done);
        other.count(began, earlier, Ran::Failed("no".to_owned()));
        one.add(other);
        let step = Step { users: 2, load: Load::Mix, number: 1 };
        let measured = one.measured(step, Database::SqliteWal, 2, 0.5);
        assert_eq!((measured.operations, measured.lock_errors, measured.other_errors), (1, 1, 1));
        assert!((measured.per_second - 2.0).abs() < 1e-9);
        assert!(measured.latency.unwrap().p50_ms >= 40.0, "{measured:?}");
        assert_eq!(measured.first_error.as_deref(), Some("no"));
    }

    #[test]
    fn numbers_have_no_more_digits_than_were_measured() {
        let mut tally = Tally { operations: 7, ..Tally::new() };
        for micros in [1, 57, 1_003, 12_343] {
            tally.latencies.record(micros).unwrap();
        }
        let step = Step { users: 1, load: Load::Reads, number: 1 };
        let measured = tally.measured(step, Database::Postgresql, 1, 3.0);
        assert_eq!(measured.per_second.to_string(), "2.333");
        let Latency { p50_ms, p95_ms, p99_ms } = measured.latency.unwrap();
        let shown = [p50_ms, p95_ms, p99_ms].map(|it| it.to_string());
        assert_eq!(shown, ["0.057", "12.343", "12.343"]);
    }

    #[test]
    fn nothing_done_has_no_latency() {
        let step = Step { users: 1, load: Load::Reads, number: 1 };
        assert_eq!(Tally::new().measured(step, Database::Postgresql, 1, 1.0).latency, None);
    }
}
