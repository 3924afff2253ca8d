//! Readers of numbers, dates and times as text, in PostgreSQL's output form and in the forms that
//! SQLite applications store.

/// A finite decimal number in normal form: `±digits × 10^exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    /// Below zero; never with zero itself.
    negative: bool,
    /// ASCII digits without a leading or trailing zero; empty means zero.
    digits: Vec<u8>,
    /// The power of ten; 0 with zero.
    exponent: i64,
}

impl Decimal {
    /// Reads `[±]digits[.digits][e[±]digits]`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, rest) = sign(text);
        let (mantissa, power) = match rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (rest.get(..at)?, whole(rest.get(at + 1..)?)?),
            None => (rest, 0),
        };
        let (before, after) = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(at) => (mantissa.get(..at)?, mantissa.get(at + 1..)?),
            None => (mantissa, [].as_slice()),
        };
        let mut digits = [before, after].concat();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut exponent = power.checked_sub(i64::try_from(after.len()).ok()?)?;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent = exponent.checked_add(1)?;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        Some(Self { negative, digits, exponent })
    }

    /// Returns a whole number.
    pub fn from_integer(value: i64) -> Option<Self> {
        Self::parse(value.to_string().as_bytes())
    }

    /// Returns the shortest decimal that reads back as this finite double; `None` for an infinity.
    pub fn from_double(value: f64) -> Option<Self> {
        // Rust's `{:e}` prints the shortest digits that round-trip.
        Self::parse(format!("{value:e}").as_bytes())
    }

    /// Returns the number times `10^places` as a whole number, halves rounded away from zero;
    /// `None` beyond 64 bits.
    pub fn scaled(&self, places: i64) -> Option<i64> {
        let exponent = self.exponent.checked_add(places)?;
        let mut digits = self.digits.clone();
        let mut carry = 0_i128;
        if exponent >= 0 {
            if !digits.is_empty() {
                let zeros = usize::try_from(exponent).ok().filter(|zeros| *zeros <= 19)?;
                digits.resize(digits.len() + zeros, b'0');
            }
        } else {
            let dropped = usize::try_from(exponent.checked_neg()?).ok()?;
            let Some(kept) = digits.len().checked_sub(dropped) else { return Some(0) };
            if digits.get(kept).is_some_and(|digit| *digit >= b'5') {
                carry = 1;
            }
            digits.truncate(kept);
        }
        let magnitude = match digits.as_slice() {
            [] => 0,
            digits => std::str::from_utf8(digits).ok()?.parse::<i128>().ok()?,
        };
        let magnitude = magnitude.checked_add(carry)?;
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// Returns whether the number is a whole multiple of `10^-places`.
    pub fn fits(&self, places: i64) -> bool {
        self.exponent >= -places
    }

    /// Appends a form that no other number has.
    pub fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(&self.digits);
        out.push(b'e');
        out.extend_from_slice(self.exponent.to_string().as_bytes());
    }
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    }
}

fn whole(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// A date, a time of day, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970-01-01.
    pub(super) days: Option<i64>,
    /// Microseconds since midnight; 86,400,000,000 for PostgreSQL's `24:00:00`.
    pub(super) time: Option<i64>,
    /// Microseconds that the clock is ahead of UTC.
    pub(super) offset: Option<i64>,
}

impl Moment {
    /// Reads `date`, `time`, or `date time` with a space or `T` between, then `Z` or an offset, then
    /// ` BC`.
    ///
    /// PostgreSQL prints these under `DateStyle` ISO (manual section 8.5.2); the census names those
    /// that are taken from SQLite. More than six digits of a second are read only where the rest
    /// are zeros.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (text, before_christ) = match text.strip_suffix(b" BC") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let mut reader = Reader { rest: text };
        let start = reader.digits();
        if start.len() == 2 && reader.rest.first() == Some(&b':') {
            let time = reader.clock(start)?;
            return reader.end(Self { days: None, time: Some(time), offset: None });
        }
        let days = reader.date(start, before_christ)?;
        if reader.rest.is_empty() {
            return Some(Self { days: Some(days), time: None, offset: None });
        }
        if !(reader.take(b' ') || reader.take(b'T') || reader.take(b't')) {
            return None;
        }
        let hour = reader.digits();
        let time = reader.clock(hour)?;
        let offset = reader.offset()?;
        reader.end(Self { days: Some(days), time: Some(time), offset })
    }

    /// Returns microseconds since 1970-01-01 UTC; a date is its midnight, and a time without offset
    /// is UTC. `None` for a time of day alone.
    pub(super) fn instant(self) -> Option<i64> {
        let local = self.days?.checked_mul(DAY)?.checked_add(self.time.unwrap_or(0))?;
        local.checked_sub(self.offset.unwrap_or(0))
    }
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            Some(_) | None => false,
        }
    }

    fn digits(&mut self) -> &'a [u8] {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        digits
    }

    /// Reads exactly two digits that are at most `limit`.
    fn pair(&mut self, limit: i64) -> Option<i64> {
        let digits = self.digits();
        pair(digits).filter(|value| *value <= limit)
    }

    fn end(&self, moment: Moment) -> Option<Moment> {
        self.rest.is_empty().then_some(moment)
    }

    /// Reads `-MM-DD` after a year.
    fn date(&mut self, year: &[u8], before_christ: bool) -> Option<i64> {
        if year.len() < 4 {
            return None;
        }
        let year = whole(year)?;
        // 1 BC is the year 0 of the calculation.
        let year = if before_christ { 1_i64.checked_sub(year)? } else { year };
        let month = if self.take(b'-') { self.pair(12)? } else { return None };
        let day = if self.take(b'-') { self.pair(31)? } else { return None };
        days_from_civil(year, month, day)
    }

    /// Reads `:MM[:SS[.f…]]` after an hour.
    fn clock(&mut self, hour: &[u8]) -> Option<i64> {
        let hour = pair(hour).filter(|hour| *hour <= 24)?;
        let minute = if self.take(b':') { self.pair(59)? } else { return None };
        let second = if self.take(b':') { self.pair(59)? } else { 0 };
        let mut micros = 0;
        if self.take(b'.') {
            let digits = self.digits();
            if digits.is_empty() || digits.iter().skip(6).any(|digit| *digit != b'0') {
                return None;
            }
            let mut six = digits.to_vec();
            six.resize(6, b'0');
            micros = whole(&six)?;
        }
        let time = (hour * 3600 + minute * 60 + second) * 1_000_000 + micros;
        (time <= DAY).then_some(time)
    }

    /// Reads `Z`, `±HH`, `±HHMM`, `±HH:MM`, `±HH:MM:SS`, each after a space or none, or nothing.
    fn offset(&mut self) -> Option<Option<i64>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if let [b' ', b'+' | b'-' | b'Z', ..] = self.rest {
            self.take(b' ');
        }
        if self.take(b'Z') || self.take(b'z') {
            return Some(Some(0));
        }
        let ahead = if self.take(b'+') {
            1
        } else if self.take(b'-') {
            -1
        } else {
            return None;
        };
        let digits = self.digits();
        let (hours, mut minutes) = match digits {
            [_, _] => (pair(digits)?, 0),
            [_, _, low @ ..] => (pair(digits.get(..2)?)?, pair(low)?),
            _ => return None,
        };
        let mut seconds = 0;
        if digits.len() == 2 && self.take(b':') {
            minutes = self.pair(59)?;
            if self.take(b':') {
                seconds = self.pair(59)?;
            }
        }
        Some(Some(ahead * (hours * 3600 + minutes * 60 + seconds) * 1_000_000))
    }
}

fn pair(digits: &[u8]) -> Option<i64> {
    (digits.len() == 2).then(|| whole(digits)).flatten()
}

/// Returns the days from 1970-01-01 to a day of the proleptic Gregorian calendar, or `None` when
/// there is no such day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > length || !(-5_000_000..=5_000_000).contains(&year) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        assert_eq!(decimal("1.50"), decimal("+001.5"));
        assert_eq!(decimal("1e3"), decimal("1000.00"));
        assert_eq!(decimal("-0.0"), decimal("0"));
        assert_ne!(decimal("1.5"), decimal("-1.5"));
        assert_ne!(decimal("10"), decimal("1"));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "-", ".", "1e", "e5", "1.2.3", " 1", "0x10", "1_0", "NaN"] {
            assert_eq!(Decimal::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn scaling_rounds_halves_away_from_zero() {
        assert_eq!(decimal("1.2345675").scaled(6), Some(1_234_568));
        assert_eq!(decimal("-1.2345675").scaled(6), Some(-1_234_568));
        assert_eq!(decimal("0.00000049").scaled(6), Some(0));
        assert_eq!(decimal("0.0000005").scaled(6), Some(1));
        assert_eq!(decimal("0.9").scaled(0), Some(1));
        assert_eq!(decimal("1e30").scaled(6), None);
        assert_eq!(decimal("0").scaled(400), Some(0));
    }

    #[test]
    fn days_are_counted_from_1970() {
        let days = |text: &str| Moment::parse(text.as_bytes()).and_then(|moment| moment.days);
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-03-01"), Some(11_017));
        assert_eq!(days("0001-01-01"), Some(-719_162));
        assert_eq!(days("0001-12-31 BC"), Some(-719_163));
        assert_eq!(days("2024-02-29"), Some(19_782));
        assert_eq!(days("2023-02-29"), None);
        assert_eq!(days("2024-13-01"), None);
        assert_eq!(days("2024-1-2"), None);
    }

    #[test]
    fn offsets_lead_to_the_same_instant() {
        let instant = |text: &str| Moment::parse(text.as_bytes()).unwrap().instant().unwrap();
        let utc = instant("2024-01-02 03:04:05.5+00");
        assert_eq!(utc, instant("2024-01-02T03:04:05.500000Z"));
        assert_eq!(utc, instant("2024-01-02 05:04:05.5+02:00"));
        assert_eq!(utc, instant("2024-01-01 22:34:05.5-0430"));
        assert_eq!(utc, instant("2024-01-02 03:04:05.500 +00:00"));
        assert_eq!(utc, instant("2024-01-02 03:04:05.5 Z"));
        assert_eq!(instant("2024-01-02"), instant("2024-01-02 00:00"));
    }

    #[test]
    fn a_seventh_digit_of_a_second_is_not_dropped() {
        assert_eq!(Moment::parse(b"10:00:00.1234567"), None);
        assert!(Moment::parse(b"10:00:00.1234560").is_some());
    }

    proptest! {
        #[test]
        fn a_double_and_its_shortest_text_are_one_decimal(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let text = format!("{value}");
            prop_assert_eq!(Decimal::from_double(value), Decimal::parse(text.as_bytes()));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "[-+0-9:.TZ BCe]{0,40}") {
            let moment = Moment::parse(text.as_bytes());
            prop_assert!(moment.is_none_or(|m| m.days.is_some() || m.time.is_some()));
            let decimal = Decimal::parse(text.as_bytes());
            prop_assert!(decimal.is_none_or(|d| d.scaled(0).is_none() || d == d.clone()));
        }
    }
}
