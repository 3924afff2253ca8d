//! The independent comparison of a SQLite cell with PostgreSQL's text output of its copy.
//!
//! Both sides are read into a [`Normal`] value by the column's type; the cell arrived when the two
//! are equal. The session prints with `DateStyle` ISO, `TimeZone` UTC, `bytea_output` hex and
//! `extra_float_digits` 1 or more.

pub use super::normal::Normal;
pub use super::source_cell::of_source;

use super::json_text;
use super::normal::{bytes, double, finite, hexadecimal, number, special, uuid};
use super::source_cell::is_time;
use super::text_value::{Decimal, Moment};
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::sqlite::ValueRef;

/// Returns whether PostgreSQL's text output is what the SQLite cell means in this type.
#[must_use]
pub fn same(value: ValueRef<'_>, data_type: PgType, reading: Reading, text: Option<&[u8]>) -> bool {
    // The two commonest kinds of cell need no normal form.
    match (value, text) {
        (ValueRef::Integer(value), Some(text)) if data_type.is_integer() && !is_time(reading) => {
            return integer(text) == Some(value);
        }
        (ValueRef::Text(bytes), Some(text)) if data_type.is_text() && reading == Reading::Plain => {
            return bytes == text;
        }
        (
            ValueRef::Null
            | ValueRef::Integer(_)
            | ValueRef::Real(_)
            | ValueRef::Text(_)
            | ValueRef::Blob(_),
            _,
        ) => {}
    }
    match (of_source(value, data_type, reading), of_target(text, data_type)) {
        (Some(source), Some(target)) => source == target,
        (None, _) | (_, None) => false,
    }
}

/// Returns what PostgreSQL's text output means, or `None` when it is not output of this type.
#[must_use]
pub fn of_target(text: Option<&[u8]>, data_type: PgType) -> Option<Normal<'_>> {
    let Some(text) = text else { return Some(Normal::Null) };
    match data_type {
        PgType::Boolean => match text {
            b"t" => Some(Normal::Boolean(true)),
            b"f" => Some(Normal::Boolean(false)),
            _ => None,
        },
        PgType::SmallInt | PgType::Integer | PgType::BigInt => integer(text).map(Normal::Integer),
        PgType::Numeric(_) => match special(text) {
            Some(value) => Some(double(value)),
            None => Decimal::parse(text).map(number),
        },
        PgType::Double => special(text).or_else(|| finite(text)).map(double),
        PgType::Text | PgType::Varchar(_) | PgType::Json => Some(Normal::Bytes(text.into())),
        PgType::Jsonb => json_text::canonical(text).map(bytes),
        PgType::Bytea => hexadecimal(text.strip_prefix(b"\\x")?).map(bytes),
        PgType::Date => {
            let moment = Moment::parse(text)?;
            moment.days.filter(|_| moment.time.is_none()).map(Normal::Days)
        }
        PgType::Time => {
            let moment = Moment::parse(text)?;
            moment.time.filter(|_| moment.days.is_none()).map(Normal::Micros)
        }
        PgType::Timestamp => {
            let moment = Moment::parse(text)?;
            moment.instant().filter(|_| moment.offset.is_none()).map(Normal::Micros)
        }
        PgType::TimestampTz => {
            let moment = Moment::parse(text)?;
            moment.instant().filter(|_| moment.offset.is_some()).map(Normal::Micros)
        }
        PgType::Uuid => uuid(text),
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    // Rust also takes a `+`, which PostgreSQL never prints; harmless.
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
