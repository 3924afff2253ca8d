//! Does a type hold every cell that the census saw, without loss?

use super::{ColumnCensus, PgType, Range};
use crate::convert::Reading;

/// Returns whether `data_type`, read as `reading`, holds every counted cell without loss.
///
/// "Without loss" means that the value can be told from the result: `'2024-01-02'` in a
/// `timestamp` is the same moment, the text `007` in a `bigint` would not be the same text.
/// The answer errs on the side of no: a reading that this function does not know gives false, and
/// the caller asks the codec cell by cell.
#[must_use]
pub fn holds(data_type: PgType, reading: Reading, census: &ColumnCensus) -> bool {
    if census.values() == 0 {
        return true;
    }
    let plain = reading == Reading::Plain;
    match data_type {
        PgType::Boolean => plain && boolean(census),
        PgType::SmallInt => plain && integer(census, i64::from(i16::MIN), i64::from(i16::MAX)),
        PgType::Integer => plain && integer(census, i64::from(i32::MIN), i64::from(i32::MAX)),
        PgType::BigInt => plain && integer(census, i64::MIN, i64::MAX),
        PgType::Double => plain && only_numbers(census) && census.integers_not_double == 0,
        PgType::Numeric(None) => plain && numeric(census),
        PgType::Numeric(Some((precision, scale))) => {
            plain
                && numeric(census)
                && census.reals_infinite == 0
                && census.fraction_digits <= u32::from(scale)
                && census.integer_digits <= u32::from(precision.saturating_sub(scale))
        }
        PgType::Text => plain && text(census),
        PgType::Varchar(length) => {
            plain
                && text(census)
                && census.texts == census.values()
                && census.text.longest_chars <= u64::from(length)
        }
        PgType::Bytea => plain,
        PgType::Date => plain && census.text.date == census.values(),
        PgType::Time => plain && census.text.time == census.values(),
        PgType::Timestamp => match reading {
            Reading::Plain => census.text.timestamp + census.text.date == census.values(),
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros => {
                census.integers == census.values() && epoch(census) == Some(reading)
            }
            Reading::JulianDay => julian_days(census) && census.reals_julian == census.reals,
            Reading::NaiveUtc
            | Reading::EmptyNull
            | Reading::NonzeroTrue
            | Reading::StripNul
            | Reading::ReplaceInvalid
            | Reading::Latin1 => false,
        },
        PgType::TimestampTz => match reading {
            Reading::Plain => census.text.timestamp_offset == census.values(),
            Reading::NaiveUtc => {
                let naive = census.text.timestamp + census.text.date;
                naive + census.text.timestamp_offset == census.values()
            }
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros => {
                census.integers == census.values() && epoch(census) == Some(reading)
            }
            Reading::JulianDay
            | Reading::EmptyNull
            | Reading::NonzeroTrue
            | Reading::StripNul
            | Reading::ReplaceInvalid
            | Reading::Latin1 => false,
        },
        PgType::Json => plain && json(census),
        PgType::Jsonb => {
            plain
                && json(census)
                && census.text.json_not_jsonb == 0
                && census.text.json_duplicate_keys == 0
                && census.text.json_negative_zero == 0
                && census.reals_negative_zero == 0
                && census.reals_infinite == 0
        }
        PgType::Uuid => plain && census.text.uuid + census.blobs_of_16 == census.values(),
    }
}

/// Returns the unit in which all integers of a column are plausible moments, if there is exactly one.
///
/// The windows do not overlap: seconds from 1973 to 2286, milliseconds from 1973 to 2286,
/// microseconds likewise. A column with a 0 or a small number among them is left as it is.
#[must_use]
pub fn epoch(census: &ColumnCensus) -> Option<Reading> {
    let Range { min, max } = census.integer_range?;
    let within = |low: i64, high: i64| min >= low && max < high;
    if within(100_000_000, 10_000_000_000) {
        Some(Reading::UnixSeconds)
    } else if within(100_000_000_000, 10_000_000_000_000) {
        Some(Reading::UnixMillis)
    } else if within(100_000_000_000_000, 10_000_000_000_000_000) {
        Some(Reading::UnixMicros)
    } else {
        None
    }
}

/// Returns whether every cell is a number that is a plausible Julian day, from 763 on to 3501. Noon is a
/// whole number, which SQLite keeps as an integer; without a fraction anywhere it may be anything.
pub(super) fn julian_days(census: &ColumnCensus) -> bool {
    let reals = census.real_range.is_some_and(|range| range.min >= 2.0e6 && range.max < 3.0e6);
    let integers =
        census.integer_range.is_none_or(|range| range.min >= 2_000_000 && range.max < 3_000_000);
    reals && integers && census.integers + census.reals == census.values()
}

fn only_numbers(census: &ColumnCensus) -> bool {
    census.texts == 0 && census.blobs == 0
}

fn boolean(census: &ColumnCensus) -> bool {
    census.blobs == 0
        && census.reals == 0
        && census.integers_not_boolean == 0
        && census.text.boolean == census.texts
}

fn integer(census: &ColumnCensus, min: i64, max: i64) -> bool {
    let inside =
        |range: Option<Range<i64>>| range.is_none_or(|range| range.min >= min && range.max <= max);
    census.blobs == 0
        && census.reals == 0
        && census.text.integer == census.texts
        && inside(census.integer_range)
        && inside(census.text.integer_range)
}

fn numeric(census: &ColumnCensus) -> bool {
    census.blobs == 0 && census.reals_negative_zero == 0 && census.text.decimal == census.texts
}

fn text(census: &ColumnCensus) -> bool {
    census.blobs == 0 && census.text.invalid_utf8 == 0 && census.text.with_nul == 0
}

fn json(census: &ColumnCensus) -> bool {
    census.blobs == 0 && census.text.json == census.texts && census.reals_infinite == 0
}
