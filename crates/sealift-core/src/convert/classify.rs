//! The census of a column: which forms its cells have, told by the codecs' own readers.
//!
//! Whatever is counted as a form encodes as that form's type, because both ask the same function.

use super::datetime::{self, Moment, NoMoment};
use super::decimal::{
    Decimal, MAX_FRACTION_DIGITS, MAX_INTEGER_DIGITS, Shortest, few_digits, integer_digits,
};
use super::{boolean, json, number, text, uuid};
use crate::mapping::{ColumnCensus, MomentForms, Range, TextCensus, WideCount};
use crate::sqlite::{Affinity, ValueRef};
use std::ops::BitOr;

/// Which forms are looked for in the texts of a column. UTF-8, NUL and lengths always are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Interest(u8);

impl Interest {
    /// Nothing but UTF-8, NUL and lengths.
    pub const BYTES: Self = Self(0);
    /// Spellings of booleans.
    pub const BOOLEAN: Self = Self(1);
    /// Whole and decimal numbers.
    pub const NUMBER: Self = Self(2);
    /// Dates, times and timestamps.
    pub const DATETIME: Self = Self(4);
    /// JSON.
    pub const JSON: Self = Self(8);
    /// UUIDs.
    pub const UUID: Self = Self(16);
    /// Every form.
    pub const ALL: Self = Self(31);

    /// Returns what matters for a column of this declared type.
    ///
    /// A column of TEXT affinity holds text in any form; only a type name that says more makes more
    /// of it. In every other column texts are the exception or the type says nothing, so all forms
    /// are looked for.
    #[must_use]
    pub fn of(declared_type: &str, affinity: Affinity) -> Self {
        match affinity {
            Affinity::Integer | Affinity::Real | Affinity::Numeric | Affinity::Blob => Self::ALL,
            Affinity::Text => Self::of_text_type(&declared_type.to_ascii_uppercase()),
        }
    }

    fn of_text_type(declared: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        let when = |condition: bool, interest: Self| if condition { interest } else { Self::BYTES };
        when(has(&["BOOL"]), Self::BOOLEAN)
            | when(has(&["NUM", "DEC", "MONEY"]), Self::NUMBER)
            | when(has(&["DATE", "TIME"]), Self::DATETIME)
            | when(has(&["JSON"]), Self::JSON)
            | when(has(&["UUID", "GUID", "UNIQUEID", "(36)", "(32)"]), Self::UUID)
    }

    /// Returns whether all of `other` is in this.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Interest {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Counts one cell.
///
/// Inlined, so that a cell goes to its own function in registers: one that is handed on in memory is waited for
/// where it is read in other pieces than it was written.
#[inline]
pub fn record(census: &mut ColumnCensus, value: ValueRef<'_>, interest: Interest) {
    match value {
        ValueRef::Null => census.nulls += 1,
        ValueRef::Integer(value) => record_integer(census, value),
        ValueRef::Real(value) => record_real(census, value),
        ValueRef::Text(bytes) => record_text(census, bytes, interest),
        ValueRef::Blob(bytes) => record_blob(census, length(bytes)),
    }
}

/// Counts a blob by its length in bytes: nothing else of it matters.
pub fn record_blob(census: &mut ColumnCensus, length: u64) {
    census.blobs += 1;
    census.blobs_of_16 += WideCount::from(length == 16);
    record_length(census, length);
}

fn record_text(census: &mut ColumnCensus, bytes: &[u8], interest: Interest) {
    census.texts += 1;
    record_length(census, length(bytes));
    classify_text(bytes, &mut census.text, interest);
    if interest.contains(Interest::NUMBER)
        && may_be_number(bytes)
        && let Some(decimal) = Decimal::parse(bytes).filter(Decimal::is_numeric)
    {
        record_digits(census, &decimal);
    }
}

fn record_integer(census: &mut ColumnCensus, value: i64) {
    census.integers += 1;
    census.bytes += 8;
    census.integers_not_boolean += WideCount::from(!(0..=1).contains(&value));
    census.integers_not_double += WideCount::from(!number::is_double(value));
    let is_between = |range: &Range<i64>| (range.min..=range.max).contains(&value);
    // No number has more digits than both that it lies between.
    if !census.integer_range.as_ref().is_some_and(is_between) {
        Range::include(&mut census.integer_range, value);
        census.integer_digits = std::cmp::max(census.integer_digits, integer_digits(value));
    }
}

fn record_real(census: &mut ColumnCensus, value: f64) {
    census.reals += 1;
    census.bytes += 8;
    if !value.is_finite() {
        census.reals_infinite += 1;
        return;
    }
    Range::include(&mut census.real_range, value);
    census.reals_negative_zero += WideCount::from(value == 0.0 && value.is_sign_negative());
    census.reals_whole += WideCount::from(number::whole(value).is_some());
    census.reals_julian += WideCount::from(is_julian(value));
    if let Some((digits, scale)) = few_digits(value) {
        let integer = integer_digits(digits).saturating_sub(u32::from(scale));
        census.integer_digits = std::cmp::max(census.integer_digits, integer);
        census.fraction_digits = std::cmp::max(census.fraction_digits, u32::from(scale));
    } else if let Some(decimal) = Shortest::of(value).decimal() {
        record_digits(census, &decimal);
    }
}

/// Returns whether a number is a Julian day of a whole millisecond, bit by bit as `julianday()` computes
/// it: milliseconds divided by 86,400,000 (`sqlite.org/lang_datefunc.html`).
fn is_julian(value: f64) -> bool {
    let day = 86_400_000.0;
    (2.0e6..3.0e6).contains(&value) && (value * day + 0.5).floor() / day == value
}

fn record_digits(census: &mut ColumnCensus, decimal: &Decimal<'_>) {
    let integer = u32::try_from(std::cmp::min(decimal.integer_digits(), MAX_INTEGER_DIGITS));
    let fraction = u32::try_from(std::cmp::min(decimal.fraction_digits(), MAX_FRACTION_DIGITS));
    census.integer_digits = std::cmp::max(census.integer_digits, integer.unwrap_or(0));
    census.fraction_digits = std::cmp::max(census.fraction_digits, fraction.unwrap_or(0));
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn record_length(census: &mut ColumnCensus, length: u64) {
    census.longest = std::cmp::max(census.longest, length);
    census.bytes += length;
}

/// Counts the forms of one text among those of `interest`.
pub fn classify_text(bytes: &[u8], census: &mut TextCensus, interest: Interest) {
    let Some(first) = bytes.first() else {
        census.empty += 1;
        return;
    };
    let is_ascii = text::is_plain_ascii(bytes);
    let has_nul = !is_ascii && memchr::memchr(0, bytes).is_some();
    census.with_nul += WideCount::from(has_nul);
    let is_utf8 = is_ascii || simdutf8::basic::from_utf8(bytes).is_ok();
    census.invalid_utf8 += WideCount::from(!is_utf8);
    let longest = usize::try_from(census.longest_chars).unwrap_or(usize::MAX);
    if bytes.len() > longest {
        let length = if is_utf8 { text::characters(bytes) } else { bytes.len() };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        census.longest_chars = std::cmp::max(census.longest_chars, length);
    }
    if has_nul || !is_utf8 || interest == Interest::BYTES {
        return;
    }
    if interest.contains(Interest::BOOLEAN) && boolean::spelling(bytes).is_some() {
        census.boolean += 1;
    }
    if interest.contains(Interest::NUMBER) && may_be_number(bytes) {
        count_number(bytes, census);
    }
    if interest.contains(Interest::DATETIME) && first.is_ascii_digit() && bytes.len() >= 5 {
        count_moment(bytes, census);
    }
    if interest.contains(Interest::JSON) && may_be_json(*first) {
        count_json(bytes, census);
    }
    if interest.contains(Interest::UUID)
        && matches!(bytes.len(), 32 | 36 | 38)
        && let Some(parsed) = uuid::parse(bytes)
    {
        census.uuid += 1;
        census.uuid_versioned += WideCount::from(uuid::is_versioned(parsed));
    }
}

fn may_be_number(bytes: &[u8]) -> bool {
    matches!(bytes, [b'-' | b'0'..=b'9', ..])
}

fn count_number(bytes: &[u8], census: &mut TextCensus) {
    if let Some(value) = number::integer_text(bytes) {
        census.integer += 1;
        census.decimal += 1;
        Range::include(&mut census.integer_range, value);
    } else if Decimal::parse(bytes).is_some_and(|decimal| decimal.is_numeric()) {
        census.decimal += 1;
    }
}

fn count_moment(bytes: &[u8], census: &mut TextCensus) {
    let moment = datetime::parse(bytes);
    if let Ok(Moment::Date(_) | Moment::Timestamp(_) | Moment::TimestampOffset(_)) = moment {
        census.moments.merge(MomentForms::of(bytes));
    }
    match moment {
        Ok(Moment::Date(_)) => census.date += 1,
        Ok(Moment::Time(_)) => census.time += 1,
        Ok(Moment::Timestamp(_)) => census.timestamp += 1,
        Ok(Moment::TimestampOffset(_)) => census.timestamp_offset += 1,
        Err(NoMoment::TooPrecise) => census.too_precise += 1,
        Err(NoMoment::Form) => {}
    }
}

/// Returns whether a JSON text may begin with this byte.
fn may_be_json(first: u8) -> bool {
    matches!(
        first,
        b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b' ' | b'\t' | b'\n' | b'\r'
    )
}

fn count_json(bytes: &[u8], census: &mut TextCensus) {
    let Some(document) = json::Document::parse(bytes) else { return };
    census.json += 1;
    census.json_container += WideCount::from(document.is_container());
    census.json_not_jsonb += WideCount::from(!document.fits_jsonb);
    census.json_duplicate_keys += WideCount::from(document.has_duplicate_keys);
    census.json_negative_zero += WideCount::from(document.has_negative_zero);
}

#[cfg(test)]
mod tests;
