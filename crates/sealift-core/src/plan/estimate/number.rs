//! Counts as real numbers and back. `as` would be shorter, and is forbidden.

use std::time::Duration;

/// Returns a count as a real number: beyond 2⁵³ the nearest one, which an estimate can bear.
pub(super) fn real(count: u64) -> f64 {
    let [a, b, c, d, e, f, g, h] = count.to_be_bytes();
    let half = |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes));
    half([a, b, c, d]) * 4_294_967_296.0 + half([e, f, g, h])
}

/// The same for what fits in memory.
pub(super) fn real_len(count: usize) -> f64 {
    real(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Returns the whole part; nothing for what is negative or no number.
pub(super) fn whole(number: f64) -> u64 {
    match Duration::try_from_secs_f64(number) {
        Ok(seconds) => seconds.as_secs(),
        Err(_) if number > 1.0 => u64::MAX,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back() {
        for count in [0, 1, 4_294_967_295, 4_294_967_296, 1 << 52] {
            assert_eq!(whole(real(count)), count);
        }
        assert_eq!(whole(-3.0), 0);
        assert_eq!(whole(f64::NAN), 0);
        assert_eq!(whole(f64::INFINITY), u64::MAX);
    }
}
