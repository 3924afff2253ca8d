//! [`Normal`]: what a cell means, in one form for both sides.

use super::text_value::Decimal;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a cell means in a column's type, in the one form that equal values share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Normal<'a> {
    /// NULL
    Null,
    /// A boolean.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other finite decimal number.
    Decimal(Decimal),
    /// A double, by its bits: `-0` is not `0`. Also the NaN and the infinities of `numeric`.
    Double(u64),
    /// Text, bytes, `json` text, the canonical form of `jsonb`, the 16 bytes of a UUID.
    Bytes(Cow<'a, [u8]>),
    /// Days since 1970-01-01.
    Days(i64),
    /// Microseconds since midnight or since 1970-01-01 UTC.
    Micros(i64),
}

impl Normal<'_> {
    /// Returns the value with its bytes copied.
    #[must_use]
    pub fn into_owned(self) -> Normal<'static> {
        match self {
            Self::Null => Normal::Null,
            Self::Boolean(value) => Normal::Boolean(value),
            Self::Integer(value) => Normal::Integer(value),
            Self::Decimal(value) => Normal::Decimal(value),
            Self::Double(value) => Normal::Double(value),
            Self::Bytes(value) => Normal::Bytes(Cow::Owned(value.into_owned())),
            Self::Days(value) => Normal::Days(value),
            Self::Micros(value) => Normal::Micros(value),
        }
    }

    /// Returns which of two key values comes first: numbers and times by size, texts and UUIDs byte
    /// by byte, as SQLite's BINARY and PostgreSQL's `"C"` order UTF-8. `None` for what is no key.
    #[must_use]
    pub fn key_order(&self, other: &Normal<'_>) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Integer(a), Normal::Integer(b))
            | (Self::Days(a), Normal::Days(b))
            | (Self::Micros(a), Normal::Micros(b)) => a.cmp(b),
            (Self::Bytes(a), Normal::Bytes(b)) => a.cmp(b),
            (
                Self::Null
                | Self::Boolean(_)
                | Self::Integer(_)
                | Self::Decimal(_)
                | Self::Double(_)
                | Self::Bytes(_)
                | Self::Days(_)
                | Self::Micros(_),
                _,
            ) => return None,
        })
    }

    /// Appends the value as bytes that no other value has and that end by themselves, for hashing
    /// whole rows.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut framed = |tag: u8, content: &[u8]| {
            out.push(tag);
            out.extend_from_slice(&content.len().to_le_bytes());
            out.extend_from_slice(content);
        };
        match self {
            Self::Null => framed(b'0', &[]),
            Self::Boolean(value) => framed(b'b', &[u8::from(*value)]),
            Self::Integer(value) => framed(b'i', &value.to_le_bytes()),
            Self::Decimal(value) => {
                let mut text = Vec::new();
                value.write(&mut text);
                framed(b'n', &text);
            }
            Self::Double(value) => framed(b'f', &value.to_le_bytes()),
            Self::Bytes(value) => framed(b'x', value),
            Self::Days(value) => framed(b'd', &value.to_le_bytes()),
            Self::Micros(value) => framed(b't', &value.to_le_bytes()),
        }
    }
}

pub(super) fn bytes(value: Vec<u8>) -> Normal<'static> {
    Normal::Bytes(Cow::Owned(value))
}

pub(super) fn double(value: f64) -> Normal<'static> {
    Normal::Double(value.to_bits())
}

/// Returns a decimal, as an integer where it is one, so that each number has one normal form.
pub(super) fn number(value: Decimal) -> Normal<'static> {
    match value.scaled(0) {
        Some(whole) if value.fits(0) => Normal::Integer(whole),
        Some(_) | None => Normal::Decimal(value),
    }
}

/// Reads the values beside the finite numbers.
pub(super) fn special(text: &[u8]) -> Option<f64> {
    let (negative, rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if text.eq_ignore_ascii_case(b"nan") {
        Some(f64::NAN)
    } else if rest.eq_ignore_ascii_case(b"infinity") || rest.eq_ignore_ascii_case(b"inf") {
        Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
    } else {
        None
    }
}

/// Reads a finite double; `None` where the decimal is beyond the range.
pub(super) fn finite(text: &[u8]) -> Option<f64> {
    Decimal::parse(text)?;
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Reads 32 hexadecimal digits, with dashes after 8, 12, 16 and 20 of them or none, in braces or
/// not.
pub(super) fn uuid(text: &[u8]) -> Option<Normal<'static>> {
    let inner = match text.strip_prefix(b"{") {
        Some(rest) => rest.strip_suffix(b"}")?,
        None => text,
    };
    let mut digits = Vec::with_capacity(32);
    for (position, byte) in inner.iter().enumerate() {
        let is_gap = inner.len() == 36 && matches!(position, 8 | 13 | 18 | 23);
        match (is_gap, byte) {
            (true, b'-') => {}
            (true, _) => return None,
            (false, byte) => digits.push(*byte),
        }
    }
    if digits.len() == 32 { hexadecimal(&digits).map(bytes) } else { None }
}

pub(super) fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let nibble = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
            _ => None,
        })
        .collect()
}
