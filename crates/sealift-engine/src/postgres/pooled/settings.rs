//! [`PoolSettings`]: how many sessions a pool keeps, and for how long. Pure arithmetic.

use std::time::Duration;

/// How many sessions a pool keeps and opens, and for how long.
///
/// ```text
/// base       kept open between requests
/// overflow   opened beside them while many are wanted at once, and closed as soon as they come back
/// most       base + overflow: whoever wants one more waits, for `timeout` at most
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Sessions that stay open while nobody needs them. 0: each request has one of its own.
    pub base: usize,
    /// Sessions beside these, while they are needed.
    pub overflow: usize,
    /// How long somebody waits for a session, and for a server that is just restarting.
    pub timeout: Duration,
    /// A session that is older is replaced before it is used again. Servers, poolers and firewalls end
    /// connections that live long.
    pub recycle: Duration,
    /// What is done before a session is used again.
    pub reuse: Reuse,
}

/// What is done before a session is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// The server is asked for one row. One that went away costs a new connection and no error.
    Ping,
    /// It is only looked whether the connection is closed on this side: saves a round trip.
    Trust,
}

/// What is kept with `DB_POOL_SIZE` and its like absent.
const BASE: usize = 5;

/// The same for what may be opened at all.
const MOST: usize = 20;

/// With a size of its own, a pool may have so many times as many beside it: the guides of web frameworks
/// have 10 and 20, 20 and 40, 50 and 100.
const OVERFLOW_PER_BASE: usize = 2;

/// More sessions than this exhaust a server of usual size (`max_connections` 100), and help none.
const LARGEST: usize = 1000;

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            base: BASE,
            overflow: MOST - BASE,
            timeout: Duration::from_secs(30),
            recycle: Duration::from_secs(30 * 60),
            reuse: Reuse::Ping,
        }
    }
}

impl PoolSettings {
    /// Returns the usual settings with so many sessions that stay open, and as many beside them as are
    /// usual for that unless said otherwise; `None` when that is none at all, or more than 1000.
    #[must_use]
    pub fn sized(base: Option<usize>, overflow: Option<usize>) -> Option<Self> {
        let usual = Self::default();
        let kept = base.unwrap_or(usual.base);
        let beside = match (base, overflow) {
            (_, Some(overflow)) => overflow,
            (Some(base), None) => base.saturating_mul(OVERFLOW_PER_BASE),
            (None, None) => usual.overflow,
        };
        let settings = Self { base: kept, overflow: beside, ..usual };
        (1..=LARGEST).contains(&settings.most()).then_some(settings)
    }

    /// Returns the settings of a pool that keeps nothing: a session for each request, as functions want
    /// it that live for one request, or a pooler behind them that keeps the connections.
    #[must_use]
    pub fn none() -> Self {
        Self { base: 0, overflow: MOST, ..Self::default() }
    }

    /// Returns how many sessions there may be at once.
    #[must_use]
    pub fn most(&self) -> usize {
        self.base.saturating_add(self.overflow)
    }

    /// Returns whether a session that comes back stays open, where so many wait for work already.
    pub(super) fn keeps_one_more(&self, idle: usize) -> bool {
        idle < self.base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_are_kept_and_twenty_are_the_most_unless_told_otherwise() {
        let usual = PoolSettings::default();
        assert_eq!((usual.base, usual.most()), (5, 20));
        assert_eq!(usual.timeout.as_secs(), 30);
        assert!((1800..=3600).contains(&usual.recycle.as_secs()));
        assert_eq!(PoolSettings::sized(None, None), Some(usual));
    }

    #[test]
    fn a_size_brings_twice_as_many_beside_it() {
        for (base, most) in [(10, 30), (20, 60), (50, 150)] {
            assert_eq!(PoolSettings::sized(Some(base), None).unwrap().most(), most);
        }
        assert_eq!(PoolSettings::sized(Some(4), Some(0)).unwrap().most(), 4);
        assert_eq!(PoolSettings::sized(None, Some(1)).unwrap().most(), 6);
    }

    #[test]
    fn a_pool_of_nothing_or_of_far_too_many_is_none() {
        assert_eq!(PoolSettings::sized(Some(0), None), None);
        assert_eq!(PoolSettings::sized(Some(900), Some(101)), None);
        assert_eq!(PoolSettings::sized(Some(usize::MAX), Some(1)), None);
        assert!(PoolSettings::sized(Some(0), Some(1)).is_some());
    }

    #[test]
    fn what_is_above_the_base_is_closed_when_it_comes_back() {
        let settings = PoolSettings::sized(Some(2), Some(3)).unwrap();
        assert!(settings.keeps_one_more(0) && settings.keeps_one_more(1));
        assert!(!settings.keeps_one_more(2));
        assert!(!PoolSettings::none().keeps_one_more(0));
    }
}
