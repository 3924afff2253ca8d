//! Decimal numbers: read from text, written as PostgreSQL's binary `numeric` and as its text.
//!
//! The binary form (PostgreSQL source, `numeric_send`): number of base-10000 digits, weight of the
//! first one, sign, digits after the decimal point to show, then the digits; each 16 bits.

use super::reading::Misfit;

/// The most digits before the decimal point (PostgreSQL manual, table 8.2).
pub(crate) const MAX_INTEGER_DIGITS: i64 = 131_072;
/// The most digits after the decimal point (PostgreSQL manual, table 8.2).
pub(crate) const MAX_FRACTION_DIGITS: i64 = 16_383;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// A number that is not finite, as `numeric` (since PostgreSQL 14) and `double precision` have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    NaN,
    Infinity,
    NegativeInfinity,
}

impl Special {
    /// Reads PostgreSQL's own spelling, in its own case.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        match text {
            b"NaN" => Some(Self::NaN),
            b"Infinity" => Some(Self::Infinity),
            b"-Infinity" => Some(Self::NegativeInfinity),
            _ => None,
        }
    }

    pub(crate) fn to_double(self) -> f64 {
        match self {
            Self::NaN => f64::NAN,
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
        }
    }

    /// Appends the binary `numeric`, without the field's length.
    pub(crate) fn write_numeric(self, out: &mut Vec<u8>) {
        // The server shows a scale of 32 for the infinities, a bit of how it stores them, and reads
        // none; sent alike, a value is equal byte for byte to what the server sends.
        let (sign, scale) = match self {
            Self::NaN => (NAN, 0),
            Self::Infinity => (INFINITY, 32),
            Self::NegativeInfinity => (NEGATIVE_INFINITY, 32),
        };
        write_header(out, 0, 0, sign, scale);
    }
}

/// `[-]whole[.fraction][e exponent]`, borrowed from its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
    /// The first and the last digit that is not zero, counted over `whole` and `fraction`; `None`
    /// for zero.
    significant: Option<(i64, i64)>,
}

impl<'a> Decimal<'a> {
    /// Reads `[-]digits[.digits][(e|E)[+|-]digits]`, and nothing else.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, rest) = digits(rest)?;
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => digits(rest)?,
            None => (b"".as_slice(), rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => exponent(rest)?,
            _ => return None,
        };
        Some(Self::from_parts(negative, whole, fraction, exponent))
    }

    fn from_parts(negative: bool, whole: &'a [u8], fraction: &'a [u8], exponent: i64) -> Self {
        let all = || whole.iter().chain(fraction);
        let first = all().position(|digit| *digit != b'0');
        let backwards = fraction.iter().rev().chain(whole.iter().rev());
        let last = backwards.take_while(|digit| **digit == b'0').count();
        let count = whole.len() + fraction.len();
        let significant = first.map(|first| (int(first), int(count.saturating_sub(last + 1))));
        Self { negative, whole, fraction, exponent, significant }
    }

    /// The power of ten of digit `index`.
    fn power(&self, index: i64) -> i64 {
        int(self.whole.len()) + self.exponent - 1 - index
    }

    fn digit(&self, index: i64) -> u16 {
        let Ok(index) = usize::try_from(index) else { return 0 };
        let byte = match index.checked_sub(self.whole.len()) {
            None => self.whole.get(index),
            Some(index) => self.fraction.get(index),
        };
        byte.map_or(0, |byte| u16::from(byte.wrapping_sub(b'0')))
    }

    /// Returns the digits before the decimal point, leading zeros not counted.
    pub(crate) fn integer_digits(&self) -> i64 {
        self.significant.map_or(0, |(first, _)| std::cmp::max(0, self.power(first) + 1))
    }

    /// Returns the digits after the decimal point, trailing zeros not counted.
    pub(crate) fn fraction_digits(&self) -> i64 {
        self.significant.map_or(0, |(_, last)| std::cmp::max(0, -self.power(last)))
    }

    /// Returns the digits after the decimal point that PostgreSQL keeps and shows, zeros included.
    fn scale(&self) -> i64 {
        std::cmp::max(0, int(self.fraction.len()) - self.exponent)
    }

    /// Returns whether `numeric` without parameters holds the number as it is written.
    pub(crate) fn is_numeric(&self) -> bool {
        self.integer_digits() <= MAX_INTEGER_DIGITS && self.scale() <= MAX_FRACTION_DIGITS
    }

    /// Returns whether both are the same number, however written.
    pub(crate) fn same_number(&self, other: &Decimal<'_>) -> bool {
        let (Some((first, last)), Some((other_first, other_last))) =
            (self.significant, other.significant)
        else {
            return self.significant.is_none() && other.significant.is_none();
        };
        self.negative == other.negative
            && self.power(first) == other.power(other_first)
            && last - first == other_last - other_first
            && (0..=last - first).all(|i| self.digit(first + i) == other.digit(other_first + i))
    }

    /// Returns the number × 10^`power` where that is a whole number within 64 bits.
    pub(crate) fn scaled_integer(&self, power: i64) -> Option<i64> {
        let Some((first, last)) = self.significant else { return Some(0) };
        let zeros = u32::try_from(self.power(last) + power).ok()?;
        // More than nineteen digits cannot fit; this also bounds the loop.
        if self.power(first) + power > 18 {
            return None;
        }
        let digits = (first..=last).try_fold(0_i64, |value, index| {
            value.checked_mul(10)?.checked_sub(i64::from(self.digit(index)))
        })?;
        let value = digits.checked_mul(10_i64.checked_pow(zeros)?)?;
        if self.negative { Some(value) } else { value.checked_neg() }
    }

    /// Appends the binary `numeric`, without the field's length.
    ///
    /// `bounds` are precision and scale: `numeric(p,s)` shows exactly `s` digits after the point.
    pub(crate) fn write_numeric(
        &self,
        bounds: Option<(u16, u16)>,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        let scale = match bounds {
            Some((precision, scale)) => {
                if self.fraction_digits() > i64::from(scale) {
                    return Err(Misfit::Precision);
                }
                if self.integer_digits() > i64::from(precision) - i64::from(scale) {
                    return Err(Misfit::OutOfRange);
                }
                i64::from(scale)
            }
            None => self.scale(),
        };
        if self.integer_digits() > MAX_INTEGER_DIGITS {
            return Err(Misfit::OutOfRange);
        }
        if scale > MAX_FRACTION_DIGITS {
            return Err(Misfit::Precision);
        }
        let scale = u16::try_from(scale).map_err(|_| Misfit::Precision)?;
        let Some((first, last)) = self.significant else {
            write_header(out, 0, 0, POSITIVE, scale);
            return Ok(());
        };
        let top = self.power(first).div_euclid(4);
        let bottom = self.power(last).div_euclid(4);
        let count = u16::try_from(top - bottom + 1).map_err(|_| Misfit::OutOfRange)?;
        let weight = i16::try_from(top).map_err(|_| Misfit::OutOfRange)?;
        write_header(out, count, weight, if self.negative { NEGATIVE } else { POSITIVE }, scale);
        let mut group = top;
        while group >= bottom {
            let start = int(self.whole.len()) + self.exponent - 1 - (group * 4 + 3);
            let value = (0..4).fold(0_u16, |value, i| value * 10 + self.digit(start + i));
            out.extend_from_slice(&value.to_be_bytes());
            group -= 1;
        }
        Ok(())
    }
}

/// A double's shortest decimal form that reads back as the same double.
pub(crate) struct Shortest {
    buffer: [u8; 32],
    length: usize,
}

impl Shortest {
    /// Returns the form of a finite double, as `d.ddde±n`.
    pub(crate) fn of(value: f64) -> Self {
        use std::io::Write as _;
        let mut buffer = [0; 32];
        let mut rest = buffer.as_mut_slice();
        // The longest is 25 bytes: sign, 17 digits, point, `e-308`. So this cannot fail.
        let written = write!(rest, "{value:e}").is_ok();
        let left = rest.len();
        let length = if written { buffer.len() - left } else { 0 };
        Self { buffer, length }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Returns the number; `None` only for what is not finite.
    pub(crate) fn decimal(&self) -> Option<Decimal<'_>> {
        Decimal::parse(self.as_bytes())
    }
}

/// Returns `(n, scale)` for a double that is the nearest to n / 10^scale, n of at most 15 digits and
/// scale at most 6 and as small as can be: what prices and measures are.
///
/// That is the double's shortest form, found without printing it: both n and the power are exact, so
/// the division rounds once and its result is the double nearest to the decimal; and no two decimals
/// of up to 15 digits share their nearest double.
pub(crate) fn few_digits(value: f64) -> Option<(i64, u16)> {
    const POWERS: [(u16, f64); 7] =
        [(0, 1.0), (1, 1e1), (2, 1e2), (3, 1e3), (4, 1e4), (5, 1e5), (6, 1e6)];
    const LIMIT: f64 = 1e15;
    for (scale, power) in POWERS {
        let digits = (value * power).round();
        if digits.is_nan() || digits.abs() >= LIMIT {
            return None;
        }
        if digits / power == value {
            return Some((super::number::whole(digits)?, scale));
        }
    }
    None
}

/// Appends the binary `numeric` of a finite double's shortest form, without the field's length.
pub(crate) fn write_numeric_real(
    value: f64,
    bounds: Option<(u16, u16)>,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    if let Some((digits, scale)) = few_digits(value) {
        return write_numeric_scaled(digits, scale, bounds, out);
    }
    Shortest::of(value).decimal().ok_or(Misfit::OutOfRange)?.write_numeric(bounds, out)
}

/// Appends the binary `numeric` n / 10^scale, without the field's length; n does not end in zero
/// where scale is not zero, and n × 1000 is within 64 bits there.
pub(crate) fn write_numeric_scaled(
    n: i64,
    scale: u16,
    bounds: Option<(u16, u16)>,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    let shown = match bounds {
        Some((_, kept)) if scale > kept => return Err(Misfit::Precision),
        Some((precision, kept)) => {
            let integer = integer_digits(n).saturating_sub(u32::from(scale));
            if integer + u32::from(kept) > u32::from(precision) {
                // Zero has no digits before the point, so even `numeric(2,2)` holds it.
                return Err(Misfit::OutOfRange);
            }
            kept
        }
        None => scale,
    };
    let fraction_groups = scale.div_ceil(4);
    let pad = 10_u64.pow(u32::from(fraction_groups * 4 - scale));
    let mut rest = n.unsigned_abs().checked_mul(pad).ok_or(Misfit::OutOfRange)?;
    let mut groups = [0_u16; 5];
    let mut used = 0_u16;
    for group in &mut groups {
        if rest == 0 {
            break;
        }
        *group = u16::try_from(rest % 10_000).unwrap_or(0);
        rest /= 10_000;
        used += 1;
    }
    let used_groups = groups.get(..usize::from(used)).unwrap_or_default();
    let zeros = used_groups.iter().take_while(|group| **group == 0).count();
    let kept = used_groups.get(zeros..).unwrap_or_default();
    let count = u16::try_from(kept.len()).unwrap_or(0);
    let weight = if used == 0 { 0 } else { used.cast_signed() - 1 - fraction_groups.cast_signed() };
    write_header(out, count, weight, if n < 0 { NEGATIVE } else { POSITIVE }, shown);
    for group in kept.iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Ok(())
}

/// Returns the number of decimal digits of a whole number; none for zero.
pub(crate) fn integer_digits(value: i64) -> u32 {
    value.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
}

/// Appends a binary `numeric` as PostgreSQL prints it (`numeric_out`); `None` when it is damaged.
pub(crate) fn numeric_text(payload: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (header, mut digits) = payload.split_first_chunk::<8>()?;
    let word = |i: usize| Some(u16::from_be_bytes([*header.get(i)?, *header.get(i + 1)?]));
    let count = usize::from(word(0)?);
    let weight = i64::from(i16::from_be_bytes([*header.get(2)?, *header.get(3)?]));
    let scale = i64::from(word(6)?);
    let prefix: &[u8] = match word(4)? {
        POSITIVE => b"",
        NEGATIVE => b"-",
        NAN => b"NaN",
        INFINITY => b"Infinity",
        NEGATIVE_INFINITY => b"-Infinity",
        _ => return None,
    };
    out.extend_from_slice(prefix);
    if prefix.len() > 1 {
        return Some(());
    }
    if digits.len() != count * 2 {
        return None;
    }
    let mut next = |present: bool| -> Option<[u8; 4]> {
        let value = match digits.split_first_chunk::<2>() {
            Some((pair, rest)) if present => {
                digits = rest;
                u16::from_be_bytes(*pair)
            }
            _ => 0,
        };
        let digit = |value: u16| u8::try_from(value % 10).ok().map(|digit| b'0' + digit);
        Some([digit(value / 1000)?, digit(value / 100)?, digit(value / 10)?, digit(value)?])
    };
    if weight < 0 {
        out.push(b'0');
    }
    for group in 0..=weight {
        let text = next(true)?;
        let zeros = text.iter().take(3).take_while(|digit| group == 0 && **digit == b'0').count();
        out.extend_from_slice(text.get(zeros..)?);
    }
    if scale == 0 {
        return Some(());
    }
    out.push(b'.');
    let end = out.len().checked_add(usize::try_from(scale).ok()?)?;
    let mut group = -1;
    while out.len() < end {
        out.extend_from_slice(&next(group <= weight)?);
        group -= 1;
    }
    out.truncate(end);
    Some(())
}

fn write_header(out: &mut Vec<u8>, count: u16, weight: i16, sign: u16, scale: u16) {
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
}

/// Splits one or more digits off the front.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { None } else { text.split_at_checked(count) }
}

/// Reads an exponent; one of more than nine digits is no number that any type holds, unless they are
/// leading zeros.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (digits, rest) = digits(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, byte| {
        let value = value * 10 + i64::from(byte - b'0');
        (value < 1_000_000_000).then_some(value)
    })?;
    Some(if negative { -value } else { value })
}

/// A length as a signed number; no slice is longer than `i64::MAX`.
fn int(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
