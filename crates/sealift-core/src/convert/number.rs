//! `smallint` to `bigint`, `double precision` and `numeric`.

use super::decimal::{self, Decimal, Shortest, Special};
use super::reading::Misfit;
use crate::sqlite::ValueRef;

/// Returns a cell as a whole number.
///
/// A whole REAL counts, except −0.0, whose sign would be lost; so does text in canonical form.
pub(crate) fn integer(value: ValueRef<'_>) -> Result<i64, Misfit> {
    match value {
        ValueRef::Integer(value) => Ok(value),
        ValueRef::Real(value) if is_negative_zero(value) => Err(Misfit::Precision),
        ValueRef::Real(value) => match whole(value) {
            Some(whole) => Ok(whole),
            None if value.is_finite() && value.fract() != 0.0 => Err(Misfit::Fraction),
            None => Err(Misfit::OutOfRange),
        },
        ValueRef::Text(text) => integer_text(text).ok_or(Misfit::Form),
        ValueRef::Null | ValueRef::Blob(_) => Err(Misfit::Class),
    }
}

/// Reads a whole number within 64 bits as SQLite prints it: no `+`, no leading zero, no `-0`.
pub(crate) fn integer_text(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [] => return None,
        [b'0'] => return (text.len() == 1).then_some(0),
        [b'0', ..] => return None,
        _ => {}
    }
    if digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Returns a cell as a double that denotes the same number.
pub(crate) fn double(value: ValueRef<'_>) -> Result<f64, Misfit> {
    match value {
        ValueRef::Real(value) => Ok(value),
        ValueRef::Integer(value) => exact_double(value).ok_or(Misfit::Precision),
        ValueRef::Text(text) => double_text(text),
        ValueRef::Null | ValueRef::Blob(_) => Err(Misfit::Class),
    }
}

/// Reads a decimal text whose digits the double gives back.
fn double_text(text: &[u8]) -> Result<f64, Misfit> {
    if let Some(special) = Special::parse(text) {
        return Ok(special.to_double());
    }
    let written = Decimal::parse(text).ok_or(Misfit::Form)?;
    let value: f64 =
        std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Misfit::Form)?;
    if value.is_infinite() {
        return Err(Misfit::OutOfRange);
    }
    let shortest = Shortest::of(value);
    match shortest.decimal() {
        Some(kept) if kept.same_number(&written) => Ok(value),
        _ => Err(Misfit::Precision),
    }
}

/// Appends a cell as a binary `numeric`, without the field's length. −0.0 does not fit: `numeric` has
/// one zero only.
pub(crate) fn numeric(
    value: ValueRef<'_>,
    bounds: Option<(u16, u16)>,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    match value {
        ValueRef::Integer(value) => decimal::write_numeric_scaled(value, 0, bounds, out),
        ValueRef::Real(value) if is_negative_zero(value) => Err(Misfit::Precision),
        ValueRef::Real(value) => match special(value) {
            Some(special) => numeric_special(special, bounds, out),
            None => decimal::write_numeric_real(value, bounds, out),
        },
        ValueRef::Text(text) => match Special::parse(text) {
            Some(special) => numeric_special(special, bounds, out),
            None => Decimal::parse(text).ok_or(Misfit::Form)?.write_numeric(bounds, out),
        },
        ValueRef::Null | ValueRef::Blob(_) => Err(Misfit::Class),
    }
}

/// `numeric(p,s)` holds NaN but no infinity (PostgreSQL manual, section 8.1.2).
fn numeric_special(
    special: Special,
    bounds: Option<(u16, u16)>,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    if bounds.is_some() && special != Special::NaN {
        return Err(Misfit::OutOfRange);
    }
    special.write_numeric(out);
    Ok(())
}

fn is_negative_zero(value: f64) -> bool {
    value.to_bits() == (-0.0_f64).to_bits()
}

fn special(value: f64) -> Option<Special> {
    if value.is_nan() {
        Some(Special::NaN)
    } else if value == f64::INFINITY {
        Some(Special::Infinity)
    } else if value == f64::NEG_INFINITY {
        Some(Special::NegativeInfinity)
    } else {
        None
    }
}

/// Returns whether a double is exactly `value`, which every whole number of up to 53 bits has.
pub(crate) fn is_double(value: i64) -> bool {
    value.unsigned_abs() <= 1 << 53 || exact_double(value).is_some()
}

/// Returns the double that is exactly `value`.
pub(crate) fn exact_double(value: i64) -> Option<f64> {
    let nearest = nearest_double(value);
    (whole(nearest) == Some(value)).then_some(nearest)
}

/// Returns the double next to `value`: both halves are exact, so only the sum rounds.
fn nearest_double(value: i64) -> f64 {
    let high = i32::try_from(value >> 32).unwrap_or(0);
    let low = u32::try_from(value & 0xFFFF_FFFF).unwrap_or(0);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// Returns the whole number within 64 bits that `value` is exactly.
pub(crate) fn whole(value: f64) -> Option<i64> {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7FF).ok()? - 1075;
    let mantissa = bits & 0x000F_FFFF_FFFF_FFFF;
    if exponent == -1075 {
        return (mantissa == 0).then_some(0);
    }
    let mantissa = mantissa | 0x0010_0000_0000_0000;
    let magnitude = if exponent >= 0 {
        if exponent > 11 {
            return None;
        }
        mantissa << exponent
    } else {
        let shift = u32::try_from(-exponent).ok()?;
        if shift > mantissa.trailing_zeros() {
            return None;
        }
        mantissa >> shift
    };
    if value < 0.0 { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_doubles_within_64_bits_are_whole_numbers() {
        assert_eq!(whole(0.0), Some(0));
        assert_eq!(whole(-0.0), Some(0));
        assert_eq!(whole(1.0), Some(1));
        assert_eq!(whole(-3.0), Some(-3));
        assert_eq!(whole(1.5), None);
        assert_eq!(whole(9_223_372_036_854_774_784.0), Some(9_223_372_036_854_774_784));
        assert_eq!(whole(9_223_372_036_854_775_808.0), None);
        assert_eq!(whole(-9_223_372_036_854_775_808.0), Some(i64::MIN));
        assert_eq!(whole(f64::INFINITY), None);
        assert_eq!(whole(f64::NAN), None);
        assert_eq!(whole(5e-324), None);
    }

    #[test]
    fn whole_numbers_of_more_bits_than_a_double_has_are_looked_at() {
        let limit = 1_i64 << 53;
        for value in [0, 1, -1, limit, -limit, limit + 2, i64::MIN] {
            assert!(is_double(value), "{value}");
        }
        for value in [limit + 1, -limit - 1, i64::MAX] {
            assert!(!is_double(value), "{value}");
        }
    }

    #[test]
    fn a_negative_zero_is_neither_a_whole_number_nor_a_numeric() {
        let zero = ValueRef::Real(-0.0);
        let mut out = Vec::new();
        assert_eq!(integer(zero), Err(Misfit::Precision));
        assert_eq!(numeric(zero, None, &mut out), Err(Misfit::Precision));
        assert_eq!(double(zero).map(f64::to_bits), Ok((-0.0_f64).to_bits()));
        assert_eq!(integer(ValueRef::Real(0.0)), Ok(0));
    }

    #[test]
    fn only_whole_numbers_that_a_double_keeps_become_doubles() {
        assert_eq!(exact_double(9_007_199_254_740_992), Some(9_007_199_254_740_992.0));
        assert_eq!(exact_double(9_007_199_254_740_993), None);
        assert_eq!(exact_double(i64::MIN), Some(-9_223_372_036_854_775_808.0));
        assert_eq!(exact_double(i64::MAX), None);
        assert_eq!(exact_double(-1), Some(-1.0));
    }

    #[test]
    fn a_text_becomes_a_double_only_when_its_digits_come_back() {
        assert_eq!(double(ValueRef::Text(b"0.1")), Ok(0.1));
        assert_eq!(double(ValueRef::Text(b"1.50")), Ok(1.5));
        assert_eq!(double(ValueRef::Text(b"1e3")), Ok(1000.0));
        assert_eq!(double(ValueRef::Text(b"0.10000000000000000001")), Err(Misfit::Precision));
        assert_eq!(double(ValueRef::Text(b"1e400")), Err(Misfit::OutOfRange));
        assert_eq!(double(ValueRef::Text(b"1e-400")), Err(Misfit::Precision));
        assert_eq!(double(ValueRef::Text(b"inf")), Err(Misfit::Form));
        assert_eq!(double(ValueRef::Text(b"-Infinity")), Ok(f64::NEG_INFINITY));
    }

    #[test]
    fn only_canonical_integer_text_is_a_whole_number() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-0", None),
            ("007", None),
            ("+1", None),
            ("", None),
            ("-", None),
            ("1 ", None),
        ] {
            assert_eq!(integer_text(text.as_bytes()), expected, "{text}");
        }
    }
}
