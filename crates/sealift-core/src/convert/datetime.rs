//! `date`, `time`, `timestamp` and `timestamptz`, with our own day arithmetic.
//!
//! PostgreSQL counts days and microseconds from 2000-01-01, in the proleptic Gregorian calendar as
//! SQLite does. All numbers here stay within 64 bits: years 0001 to 9999 are 3.2 × 10¹⁷ µs.

use super::decimal::{Decimal, Shortest};
use super::number;
use super::reading::{Misfit, Reading};
use crate::sqlite::ValueRef;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;
/// 2000-01-01 in microseconds since 1970-01-01.
const EPOCH: i64 = 10_957 * DAY;
/// 1970-01-01 as SQLite's Julian day in milliseconds (2440587.5 days).
const JULIAN_EPOCH: i64 = 210_866_760_000_000;

/// What a text says; microseconds of the day, or since 2000-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `YYYY-MM-DD` as days since 2000-01-01.
    Date(i64),
    /// A time of day.
    Time(i64),
    /// A date and a time.
    Timestamp(i64),
    /// A date, a time and an offset, brought to UTC.
    TimestampOffset(i64),
}

/// Why a text says none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMoment {
    /// Not of any form.
    Form,
    /// Of a form, but with more than six digits of a second that matter.
    TooPrecise,
}

impl From<NoMoment> for Misfit {
    fn from(reason: NoMoment) -> Self {
        match reason {
            NoMoment::Form => Self::Form,
            NoMoment::TooPrecise => Self::TooPrecise,
        }
    }
}

/// Reads one of the exact forms of [`crate::mapping::TextCensus`].
pub(crate) fn parse(text: &[u8]) -> Result<Moment, NoMoment> {
    if text.get(2) == Some(&b':') {
        let (micros, rest) = time_of_day(text)?;
        return match rest {
            [] => Ok(Moment::Time(micros?)),
            _ => Err(NoMoment::Form),
        };
    }
    let (days, rest) = date(text).ok_or(NoMoment::Form)?;
    let rest = match rest {
        [] => return Ok(Moment::Date(days)),
        [b' ' | b'T', rest @ ..] => rest,
        _ => return Err(NoMoment::Form),
    };
    let (micros, rest) = time_of_day(rest)?;
    // 24:00:00 is a time of day of its own to PostgreSQL; in a timestamp it would become the next
    // day's midnight, another text than the one that was stored.
    if matches!(micros, Ok(DAY)) {
        return Err(NoMoment::Form);
    }
    let offset = match rest {
        [] => None,
        _ => Some(offset(rest).ok_or(NoMoment::Form)?),
    };
    let local = days * DAY + micros?;
    Ok(offset.map_or(Moment::Timestamp(local), |east| Moment::TimestampOffset(local - east)))
}

/// `YYYY-MM-DD`, a real day in years 0001 to 9999.
fn date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *head else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    Some((days_from_2000(year, month, day), rest))
}

/// Microseconds of the day, or that they are too fine, and what follows.
type TimeAndRest<'a> = (Result<i64, NoMoment>, &'a [u8]);

/// `HH:MM[:SS[.f…]]`, up to and with 24:00:00.
fn time_of_day(text: &[u8]) -> Result<TimeAndRest<'_>, NoMoment> {
    time_parts(text).ok_or(NoMoment::Form)
}

fn time_parts(text: &[u8]) -> Option<TimeAndRest<'_>> {
    let (head, mut rest) = text.split_first_chunk::<5>()?;
    let [h1, h2, b':', m1, m2] = *head else { return None };
    let (hour, minute) = (two(h1, h2)?, two(m1, m2)?);
    let mut second = 0;
    let mut fraction = Ok(0);
    if let Some((head, tail)) = rest.split_first_chunk::<3>()
        && let [b':', s1, s2] = *head
    {
        second = two(s1, s2)?;
        rest = tail;
        if let [b'.', tail @ ..] = rest {
            let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, tail) = tail.split_at_checked(count)?;
            if digits.is_empty() {
                return None;
            }
            fraction = micros(digits).ok_or(NoMoment::TooPrecise);
            rest = tail;
        }
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    if minute > 59 || second > 59 || seconds > 86_400 || (seconds == 86_400 && fraction != Ok(0)) {
        return None;
    }
    Some((fraction.map(|fraction| seconds * 1_000_000 + fraction), rest))
}

/// The digits after a second's point as microseconds; `None` when the seventh or a later one counts.
fn micros(digits: &[u8]) -> Option<i64> {
    if digits.iter().skip(6).any(|digit| *digit != b'0') {
        return None;
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    Some(padded.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// `Z` or `±HH[:MM]` as microseconds east of Greenwich, after a space or none, as SQLite reads it and
/// Sequelize writes it; PostgreSQL takes up to 15:59.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, rest) = match text {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hour, minute) = match *rest {
        [h1, h2] => (two(h1, h2)?, 0),
        [h1, h2, b':', m1, m2] => (two(h1, h2)?, two(m1, m2)?),
        _ => return None,
    };
    (hour <= 15 && minute <= 59).then_some(sign * (hour * 60 + minute) * 60_000_000)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 2000-01-01. The year is counted from March, so that the leap day ends it and month
/// lengths follow `(153 m + 2) / 5`.
pub(crate) fn days_from_2000(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 730_425 days lie between 0000-03-01 and 2000-01-01.
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 730_425
}

/// Returns microseconds since 2000-01-01 within years 0001 to 9999.
fn in_years(micros: i64) -> Result<i64, Misfit> {
    let first = days_from_2000(1, 1, 1) * DAY;
    let end = days_from_2000(10_000, 1, 1) * DAY;
    if (first..end).contains(&micros) { Ok(micros) } else { Err(Misfit::OutOfRange) }
}

/// Returns a number read as `reading` says, in microseconds since 2000-01-01.
fn number(value: ValueRef<'_>, reading: Reading) -> Result<i64, Misfit> {
    let power = match reading {
        Reading::UnixSeconds => 6,
        Reading::UnixMillis => 3,
        Reading::UnixMicros => 0,
        Reading::JulianDay => return julian(value),
        Reading::Plain
        | Reading::NaiveUtc
        | Reading::EmptyNull
        | Reading::NonzeroTrue
        | Reading::StripNul
        | Reading::ReplaceInvalid
        | Reading::Latin1 => return Err(Misfit::Class),
    };
    let unix = match value {
        ValueRef::Integer(count) => {
            count.checked_mul(10_i64.pow(power)).ok_or(Misfit::OutOfRange)?
        }
        ValueRef::Real(count) if count.is_finite() => {
            let shortest = Shortest::of(count);
            scaled(shortest.decimal().ok_or(Misfit::OutOfRange)?, power)?
        }
        ValueRef::Text(text) => scaled(Decimal::parse(text).ok_or(Misfit::Form)?, power)?,
        ValueRef::Real(_) => return Err(Misfit::OutOfRange),
        ValueRef::Null | ValueRef::Blob(_) => return Err(Misfit::Class),
    };
    in_years(unix.checked_sub(EPOCH).ok_or(Misfit::OutOfRange)?)
}

/// Returns `decimal` × 10^`power` as a whole number.
fn scaled(decimal: Decimal<'_>, power: u32) -> Result<i64, Misfit> {
    if decimal.fraction_digits() > i64::from(power) {
        return Err(Misfit::TooPrecise);
    }
    decimal.scaled_integer(i64::from(power)).ok_or(Misfit::OutOfRange)
}

/// A Julian day, to the nearest millisecond as SQLite's date functions read it
/// (`sqlite.org/lang_datefunc.html`: dates are kept as whole milliseconds).
fn julian(value: ValueRef<'_>) -> Result<i64, Misfit> {
    let days = match value {
        ValueRef::Integer(days) => number::exact_double(days).ok_or(Misfit::OutOfRange)?,
        ValueRef::Real(days) => days,
        ValueRef::Text(text) => number::double(ValueRef::Text(text))?,
        ValueRef::Null | ValueRef::Blob(_) => return Err(Misfit::Class),
    };
    let millis = number::whole((days * 86_400_000.0 + 0.5).floor()).ok_or(Misfit::OutOfRange)?;
    let unix = millis.checked_sub(JULIAN_EPOCH).and_then(|unix| unix.checked_mul(1000));
    in_years(unix.and_then(|unix| unix.checked_sub(EPOCH)).ok_or(Misfit::OutOfRange)?)
}

/// Returns whether the reading takes numbers, and a text only where it says more than a number.
fn reads_numbers(reading: Reading) -> bool {
    matches!(
        reading,
        Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros | Reading::JulianDay
    )
}

/// Returns what a cell says: its text form, or its number as `reading` says.
///
/// A number is UTC, which `timestamp`, having no zone, takes as it is.
fn moment(value: ValueRef<'_>, reading: Reading) -> Result<Moment, Misfit> {
    match value {
        ValueRef::Text(text) => match parse(text) {
            Err(NoMoment::Form) if reads_numbers(reading) => {
                number(value, reading).map(Moment::TimestampOffset)
            }
            parsed => Ok(parsed?),
        },
        ValueRef::Integer(_) | ValueRef::Real(_) => {
            number(value, reading).map(Moment::TimestampOffset)
        }
        ValueRef::Null | ValueRef::Blob(_) => Err(Misfit::Class),
    }
}

/// Returns a cell as days since 2000-01-01. A time of day other than midnight does not fit.
pub(crate) fn date_days(value: ValueRef<'_>, reading: Reading) -> Result<i32, Misfit> {
    let is_number = is_number(value, reading);
    let days = match moment(value, reading)? {
        Moment::Date(days) => days,
        Moment::Timestamp(micros) if micros.rem_euclid(DAY) == 0 => micros.div_euclid(DAY),
        Moment::TimestampOffset(micros) if is_number && micros.rem_euclid(DAY) == 0 => {
            micros.div_euclid(DAY)
        }
        Moment::TimestampOffset(_) if is_number => return Err(Misfit::Fraction),
        Moment::Timestamp(_) | Moment::TimestampOffset(_) | Moment::Time(_) => {
            return Err(Misfit::Form);
        }
    };
    i32::try_from(days).map_err(|_| Misfit::OutOfRange)
}

/// Returns a cell as microseconds of the day.
pub(crate) fn time_micros(value: ValueRef<'_>) -> Result<i64, Misfit> {
    match moment(value, Reading::Plain)? {
        Moment::Time(micros) => Ok(micros),
        Moment::Date(_) | Moment::Timestamp(_) | Moment::TimestampOffset(_) => Err(Misfit::Form),
    }
}

/// Returns a cell as microseconds since 2000-01-01, without zone. A date is its midnight.
pub(crate) fn timestamp_micros(value: ValueRef<'_>, reading: Reading) -> Result<i64, Misfit> {
    let is_number = is_number(value, reading);
    match moment(value, reading)? {
        Moment::Date(days) => Ok(days * DAY),
        Moment::Timestamp(micros) => Ok(micros),
        Moment::TimestampOffset(micros) if is_number => Ok(micros),
        Moment::TimestampOffset(_) | Moment::Time(_) => Err(Misfit::Form),
    }
}

/// Returns a cell as microseconds since 2000-01-01 UTC. Without an offset it needs
/// [`Reading::NaiveUtc`].
pub(crate) fn timestamptz_micros(value: ValueRef<'_>, reading: Reading) -> Result<i64, Misfit> {
    let naive = reading == Reading::NaiveUtc;
    match moment(value, reading)? {
        Moment::TimestampOffset(micros) => Ok(micros),
        Moment::Date(days) if naive => Ok(days * DAY),
        Moment::Timestamp(micros) if naive => Ok(micros),
        Moment::Date(_) | Moment::Timestamp(_) | Moment::Time(_) => Err(Misfit::Form),
    }
}

/// Returns whether [`moment`] takes the cell as a number.
fn is_number(value: ValueRef<'_>, reading: Reading) -> bool {
    match value {
        ValueRef::Integer(_) | ValueRef::Real(_) => true,
        ValueRef::Text(text) => reads_numbers(reading) && parse(text) == Err(NoMoment::Form),
        ValueRef::Null | ValueRef::Blob(_) => false,
    }
}
