//! What a SQLite cell means in a PostgreSQL type, under a reading.

use super::json_text;
use super::normal::{Normal, bytes, double, finite, number, special, uuid};
use super::text_value::{DAY, Decimal, Moment};
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sqlite::{StorageClass, ValueRef};
use std::borrow::Cow;

/// Returns what a SQLite cell means, or `None` when it means nothing in this type.
#[must_use]
pub fn of_source(value: ValueRef<'_>, data_type: PgType, reading: Reading) -> Option<Normal<'_>> {
    let is_empty = value == ValueRef::Text(b"") && reading == Reading::EmptyNull;
    if value == ValueRef::Null || is_empty {
        return Some(Normal::Null);
    }
    match data_type {
        PgType::Boolean => source_boolean(value, reading),
        PgType::SmallInt | PgType::Integer | PgType::BigInt => source_number(value),
        // The sign of a negative zero is lost in `numeric`, so such a cell cannot have arrived.
        PgType::Numeric(_) => source_number(value).filter(|_| !is_negative_zero(value)),
        PgType::Double => source_double(value),
        PgType::Text | PgType::Varchar(_) => source_text(value, reading).map(Normal::Bytes),
        PgType::Json | PgType::Jsonb if value.class() == StorageClass::Blob => None,
        PgType::Json => source_text(value, Reading::Plain).map(Normal::Bytes),
        PgType::Jsonb => json_text::canonical(&source_text(value, Reading::Plain)?).map(bytes),
        PgType::Bytea => source_text(value, Reading::Plain).map(Normal::Bytes),
        PgType::Date => source_date(source_moment(value, reading)?).map(Normal::Days),
        PgType::Time => {
            let (moment, _) = source_moment(value, reading)?;
            moment.time.filter(|_| moment.days.is_none()).map(Normal::Micros)
        }
        PgType::Timestamp => {
            let (moment, is_number) = source_moment(value, reading)?;
            let has_no_zone = is_number || moment.offset.is_none();
            moment.instant().filter(|_| has_no_zone).map(Normal::Micros)
        }
        PgType::TimestampTz => {
            let (moment, _) = source_moment(value, reading)?;
            let is_placed = reading == Reading::NaiveUtc || moment.offset.is_some();
            moment.instant().filter(|_| is_placed).map(Normal::Micros)
        }
        PgType::Uuid => match value {
            ValueRef::Text(text) => uuid(text),
            ValueRef::Blob(content) => {
                (content.len() == 16).then_some(Normal::Bytes(Cow::Borrowed(content)))
            }
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
        },
    }
}

fn source_boolean(value: ValueRef<'_>, reading: Reading) -> Option<Normal<'static>> {
    let nonzero = reading == Reading::NonzeroTrue;
    let truth = match value {
        ValueRef::Integer(0) => false,
        ValueRef::Integer(1) => true,
        ValueRef::Integer(_) if nonzero => true,
        ValueRef::Real(value) if nonzero => value != 0.0,
        ValueRef::Text(text) => match text.to_ascii_lowercase().as_slice() {
            b"t" | b"true" | b"y" | b"yes" | b"on" | b"1" => true,
            b"f" | b"false" | b"n" | b"no" | b"off" | b"0" => false,
            _ => return None,
        },
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            return None;
        }
    };
    Some(Normal::Boolean(truth))
}

fn source_number(value: ValueRef<'_>) -> Option<Normal<'static>> {
    match value {
        ValueRef::Integer(value) => Some(Normal::Integer(value)),
        ValueRef::Real(value) if !value.is_finite() => Some(double(value)),
        ValueRef::Real(value) => Decimal::from_double(value).map(number),
        ValueRef::Text(text) => match special(text) {
            Some(value) => Some(double(value)),
            None => Decimal::parse(text).map(number),
        },
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

fn is_negative_zero(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Real(value) if value == 0.0 && value.is_sign_negative())
}

fn source_double(value: ValueRef<'_>) -> Option<Normal<'static>> {
    match value {
        ValueRef::Integer(value) => {
            let text = value.to_string();
            let near: f64 = text.parse().ok()?;
            // `{:.0}` prints all digits of a double, so this asks whether the double is the number.
            (format!("{near:.0}") == text).then(|| double(near))
        }
        ValueRef::Real(value) => Some(double(value)),
        ValueRef::Text(text) => special(text).or_else(|| finite(text)).map(double),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// Returns the text of a cell: its own, or the number's. Only TEXT is mended by a reading.
fn source_text(value: ValueRef<'_>, reading: Reading) -> Option<Cow<'_, [u8]>> {
    let text = match value {
        ValueRef::Integer(value) => return Some(value.to_string().into_bytes().into()),
        ValueRef::Real(value) => return Some(real_text(value).into_bytes().into()),
        ValueRef::Blob(content) => return Some(Cow::Borrowed(content)),
        ValueRef::Text(text) => text,
        ValueRef::Null => return None,
    };
    Some(match reading {
        Reading::StripNul if text.contains(&0) => {
            text.iter().copied().filter(|byte| *byte != 0).collect()
        }
        Reading::ReplaceInvalid => match String::from_utf8_lossy(text) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(replaced) => Cow::Owned(replaced.into_bytes()),
        },
        Reading::Latin1 if std::str::from_utf8(text).is_err() => {
            let decoded: String = text.iter().copied().map(char::from).collect();
            Cow::Owned(decoded.into_bytes())
        }
        Reading::Plain
        | Reading::UnixSeconds
        | Reading::UnixMillis
        | Reading::UnixMicros
        | Reading::JulianDay
        | Reading::NaiveUtc
        | Reading::EmptyNull
        | Reading::NonzeroTrue
        | Reading::StripNul
        | Reading::Latin1 => Cow::Borrowed(text),
    })
}

/// Returns a double as SQLite's `cast(… as text)` lays it out, but with every digit that it needs
/// to read back: a point always, an exponent of at least two digits below 1e-4 and from 1e15 on.
fn real_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = |text: &str| if text.contains('.') { "" } else { ".0" };
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..15).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}{}e{sign}{:02}", point(digits), power.unsigned_abs())
        }
        Ok(_) | Err(_) => {
            let plain = value.to_string();
            format!("{plain}{}", point(&plain))
        }
    }
}

/// Returns a day whose time, if there is one, is midnight; a text with an offset is no date.
fn source_date((moment, is_number): (Moment, bool)) -> Option<i64> {
    let is_midnight = moment.time.unwrap_or(0) == 0;
    let has_no_zone = is_number || moment.offset.is_none();
    moment.days.filter(|_| is_midnight && has_no_zone)
}

/// Reads a date or time: a number by the column's unit, a text by its form; and whether it was a
/// number, which is UTC.
fn source_moment(value: ValueRef<'_>, reading: Reading) -> Option<(Moment, bool)> {
    let decimal = match value {
        ValueRef::Integer(value) => Decimal::from_integer(value)?,
        ValueRef::Real(value) => Decimal::from_double(value)?,
        ValueRef::Text(text) => match Decimal::parse(text) {
            Some(number) if is_time(reading) => number,
            Some(_) | None => return Moment::parse(text).map(|moment| (moment, false)),
        },
        ValueRef::Null | ValueRef::Blob(_) => return None,
    };
    let exactly = |places| decimal.scaled(places).filter(|_| decimal.fits(places));
    let micros = match reading {
        Reading::UnixSeconds => exactly(6)?,
        Reading::UnixMillis => exactly(3)?,
        Reading::UnixMicros => exactly(0)?,
        Reading::JulianDay => julian_day(value, &decimal)?,
        Reading::Plain
        | Reading::NaiveUtc
        | Reading::EmptyNull
        | Reading::NonzeroTrue
        | Reading::StripNul
        | Reading::ReplaceInvalid
        | Reading::Latin1 => return None,
    };
    let moment = Moment {
        days: Some(micros.div_euclid(DAY)),
        time: Some(micros.rem_euclid(DAY)),
        offset: Some(0),
    };
    Some((moment, true))
}

/// The Julian day of 1970-01-01 in milliseconds (2440587.5 days).
const JULIAN_EPOCH: i64 = 210_866_760_000_000;

/// Returns the microseconds since 1970 of a Julian day, rounded to a millisecond as SQLite does:
/// `(sqlite3_int64)(r*86400000.0 + 0.5)` in `date.c`.
fn julian_day(value: ValueRef<'_>, decimal: &Decimal) -> Option<i64> {
    let days = match value {
        ValueRef::Real(value) => value,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            let mut text = Vec::new();
            decimal.write(&mut text);
            finite(&text)?
        }
    };
    let millis: i64 = format!("{:.0}", (days * 86_400_000.0 + 0.5).floor()).parse().ok()?;
    millis.checked_sub(JULIAN_EPOCH)?.checked_mul(1000)
}

pub(super) fn is_time(reading: Reading) -> bool {
    matches!(
        reading,
        Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros | Reading::JulianDay
    )
}
