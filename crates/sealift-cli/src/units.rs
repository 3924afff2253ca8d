//! Numbers as people read them.

use std::time::Duration;

/// Returns `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut result = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// Returns `1 row`, `1,234 rows`.
pub(crate) fn counted(number: u64, singular: &str) -> String {
    plural(number, singular, &format!("{singular}s"))
}

/// The same for words whose plural needs more than an `s`.
pub(crate) fn plural(number: u64, singular: &str, plural: &str) -> String {
    if number == 1 { format!("1 {singular}") } else { format!("{} {plural}", count(number)) }
}

/// The same for what fits in memory.
pub(crate) fn counted_len(number: usize, singular: &str) -> String {
    counted(wide(number), singular)
}

/// Returns a length as a 64-bit number.
pub(crate) fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Returns `512 B`, `1.5 kB`, `3.2 GB`. Units are powers of 1024, as `pg_size_pretty` counts them.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut divisor = 1024_u64;
    let mut unit = "kB";
    for next in UNITS {
        unit = next;
        if number / divisor < 1024 || next == "PB" {
            break;
        }
        divisor *= 1024;
    }
    let tenths = u128::from(number) * 10 / u128::from(divisor);
    if tenths >= 1000 {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// Returns `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`.
pub(crate) fn seconds(time: f64) -> String {
    duration(Duration::try_from_secs_f64(time).unwrap_or_default())
}

/// The same for a duration.
pub(crate) fn duration(time: Duration) -> String {
    let (whole, millis) = (time.as_secs(), time.as_millis());
    match whole {
        0 => format!("{millis} ms"),
        1..60 => format!("{}.{} s", whole, time.subsec_millis() / 100),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

/// Returns how many a second, over a time; the number itself when the time is too short to tell.
pub(crate) fn rate(number: u64, time: Duration) -> u64 {
    let millis = std::cmp::max(1, time.as_millis());
    u64::try_from(u128::from(number) * 1000 / millis).unwrap_or(u64::MAX)
}

/// Returns how many thousandths `part` is of `whole`.
pub(crate) fn permille(part: u64, whole: u64) -> u64 {
    let whole = std::cmp::max(1, u128::from(whole));
    u64::try_from(std::cmp::min(1000, u128::from(part) * 1000 / whole)).unwrap_or(1000)
}

/// Returns `20251104_120000` for seconds since 1970-01-01 UTC.
///
/// The calendar's arithmetic is Howard Hinnant's `civil_from_days`
/// (howardhinnant.github.io/date_algorithms.html), for days after the epoch.
pub(crate) fn stamp(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (days, time) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}{month:02}{day:02}_{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(2000, "row"), "2,000 rows");
    }

    #[test]
    fn sizes_keep_two_or_three_digits() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 kB");
        assert_eq!(bytes(200 << 20), "200 MB");
        assert_eq!(bytes(u64::MAX), "16383 PB");
    }

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(0.0124), "12 ms");
        assert_eq!(seconds(3.46), "3.4 s");
        assert_eq!(seconds(125.0), "2 min 05 s");
        assert_eq!(seconds(3725.0), "1 h 02 min");
        assert_eq!(seconds(f64::NAN), "0 ms");
    }

    #[test]
    fn stamps_follow_the_calendar() {
        let stamp = |seconds| stamp(Duration::from_secs(seconds));
        assert_eq!(stamp(0), "19700101_000000");
        assert_eq!(stamp(951_782_400), "20000229_000000");
        assert_eq!(stamp(1_762_257_600), "20251104_120000");
        assert_eq!(stamp(4_107_542_399), "21000228_235959");
        assert_eq!(stamp(4_107_542_400), "21000301_000000");
    }

    #[test]
    fn shares_never_pass_the_whole() {
        assert_eq!(permille(1, 3), 333);
        assert_eq!(permille(9, 3), 1000);
        assert_eq!(permille(5, 0), 1000);
    }
}
