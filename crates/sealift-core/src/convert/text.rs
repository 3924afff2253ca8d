//! `text`, `varchar` and `bytea`.

use super::decimal::Shortest;
use super::reading::{Misfit, Reading};
use crate::sqlite::ValueRef;

/// Returns `text` when PostgreSQL takes it as it is: valid UTF-8 without a NUL byte.
pub(crate) fn checked(text: &[u8]) -> Result<&[u8], Misfit> {
    if is_plain_ascii(text) {
        return Ok(text);
    }
    let text = simdutf8::basic::from_utf8(text).map_err(|_| Misfit::InvalidUtf8)?;
    match memchr::memchr(0, text.as_bytes()) {
        None => Ok(text.as_bytes()),
        Some(_) => Err(Misfit::Nul),
    }
}

/// Returns whether a short text is ASCII without NUL, which most cells are: one pass without a branch
/// instead of two calls. Says nothing about longer texts, where the general checks are as fast.
pub(crate) fn is_plain_ascii(text: &[u8]) -> bool {
    // The highest bit of `byte | byte − 1` is set for 0 and for 0x80 and above.
    text.len() <= 128 && text.iter().fold(0, |bits, byte| bits | byte | byte.wrapping_sub(1)) < 0x80
}

/// Appends a cell as text, at most `limit` characters long.
///
/// The readings that mend bytes mend TEXT cells only: a blob that is not text is no text.
pub(crate) fn text(
    value: ValueRef<'_>,
    reading: Reading,
    limit: Option<u32>,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    let start = out.len();
    match value {
        ValueRef::Text(bytes) => mended(bytes, reading, out)?,
        ValueRef::Blob(bytes) => out.extend_from_slice(checked(bytes)?),
        ValueRef::Integer(_) | ValueRef::Real(_) => number_text(value, out),
        ValueRef::Null => return Err(Misfit::Class),
    }
    match limit {
        Some(limit) if is_longer(out.get(start..).unwrap_or_default(), limit) => {
            Err(Misfit::TooLong)
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns whether valid UTF-8 has more than `limit` characters.
pub(crate) fn is_longer(text: &[u8], limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    text.len() > limit && characters(text) > limit
}

/// Returns the number of characters of valid UTF-8: the bytes that do not continue one.
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| *byte & 0xC0 != 0x80).count()
}

fn mended(bytes: &[u8], reading: Reading, out: &mut Vec<u8>) -> Result<(), Misfit> {
    if is_plain_ascii(bytes) {
        out.extend_from_slice(bytes);
        return Ok(());
    }
    let is_utf8 = simdutf8::basic::from_utf8(bytes).is_ok();
    let has_nul = memchr::memchr(0, bytes).is_some();
    match reading {
        Reading::StripNul if is_utf8 => out.extend(bytes.iter().filter(|byte| **byte != 0)),
        Reading::ReplaceInvalid | Reading::Latin1 if has_nul => return Err(Misfit::Nul),
        Reading::ReplaceInvalid if !is_utf8 => replace_invalid(bytes, out),
        Reading::Latin1 if !is_utf8 => {
            for byte in bytes {
                let char = char::from(*byte);
                out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
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
        | Reading::ReplaceInvalid
        | Reading::Latin1 => {
            if !is_utf8 {
                return Err(Misfit::InvalidUtf8);
            }
            if has_nul {
                return Err(Misfit::Nul);
            }
            out.extend_from_slice(bytes);
        }
    }
    Ok(())
}

fn replace_invalid(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

/// Appends a cell as bytes: a blob as it is, text as its bytes, a number as the bytes of its text.
pub(crate) fn bytea(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match value {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => out.extend_from_slice(bytes),
        ValueRef::Integer(_) | ValueRef::Real(_) => number_text(value, out),
        ValueRef::Null => return Err(Misfit::Class),
    }
    Ok(())
}

/// Appends a number as SQLite's `CAST(x AS TEXT)` lays it out, with the fewest digits that read back
/// as the same double.
///
/// Older versions of SQLite stop at 15 digits, which loses the rest; version 3.54 prints up to 17, of
/// which the last ones may be other than needed (`0.33333333333333332`). Up to 15 digits all agree, but for
/// subnormal doubles and for −0.0, whose sign SQLite leaves out.
pub(crate) fn number_text(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Integer(value) => integer_text(value, out),
        ValueRef::Real(value) => real_text(value, out),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => {}
    }
}

fn integer_text(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut rest = value.unsigned_abs();
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// SQLite's `%!.17g`: a point always, an exponent of two or more digits below 1e-4 and from 1e17.
fn real_text(value: f64, out: &mut Vec<u8>) {
    if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"Inf" } else { b"-Inf" });
        return;
    }
    if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
        return;
    }
    let shortest = Shortest::of(value.abs());
    let form = shortest.as_bytes();
    let split = memchr::memchr(b'e', form).unwrap_or(form.len());
    let (digits, exponent) = form.split_at_checked(split).unwrap_or((form, b""));
    let exponent: i32 = std::str::from_utf8(exponent)
        .ok()
        .and_then(|text| text.strip_prefix('e'))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if value < 0.0 {
        out.push(b'-');
    }
    let all = digits.iter().copied().filter(|byte| *byte != b'.');
    if !(-4..17).contains(&exponent) {
        out.extend_from_slice(digits);
        if digits.len() == 1 {
            out.extend_from_slice(b".0");
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        if exponent.unsigned_abs() < 10 {
            out.push(b'0');
        }
        integer_text(i64::from(exponent.unsigned_abs()), out);
        return;
    }
    let leading = usize::try_from(-exponent).unwrap_or(0);
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    let mut place = 0;
    if leading > 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', leading - 1));
        out.extend(all);
        return;
    }
    for digit in all {
        if place == point {
            out.push(b'.');
        }
        out.push(digit);
        place += 1;
    }
    if place <= point {
        out.extend(std::iter::repeat_n(b'0', point - place));
        out.extend_from_slice(b".0");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_is_laid_out_as_sqlite_does_with_all_its_digits() {
        for (value, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (100.0, "100.0"),
            (1234.5, "1234.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00012, "0.00012"),
            (0.00001, "1.0e-05"),
            (1e14, "100000000000000.0"),
            (1e16, "10000000000000000.0"),
            (1e17, "1.0e+17"),
            (1.25e100, "1.25e+100"),
            (1.0 / 3.0, "0.3333333333333333"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            let mut out = Vec::new();
            real_text(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn each_mending_reading_does_only_its_own() {
        let text = |bytes: &[u8], reading| {
            let mut out = Vec::new();
            text(ValueRef::Text(bytes), reading, None, &mut out)
                .map(|()| String::from_utf8(out).unwrap())
        };
        assert_eq!(text(b"a\0b", Reading::Plain), Err(Misfit::Nul));
        assert_eq!(text(b"a\0b", Reading::StripNul).as_deref(), Ok("ab"));
        assert_eq!(text(b"a\0\xFF", Reading::StripNul), Err(Misfit::InvalidUtf8));
        assert_eq!(text(b"a\xFFb", Reading::Plain), Err(Misfit::InvalidUtf8));
        assert_eq!(text(b"a\xFFb", Reading::ReplaceInvalid).as_deref(), Ok("a\u{FFFD}b"));
        assert_eq!(text(b"a\xE9b", Reading::Latin1).as_deref(), Ok("aéb"));
        assert_eq!(text("é".as_bytes(), Reading::Latin1).as_deref(), Ok("é"));
        assert_eq!(text(b"\0\xE9", Reading::Latin1), Err(Misfit::Nul));
        assert_eq!(text(b"\0", Reading::ReplaceInvalid), Err(Misfit::Nul));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(!is_longer("éééé".as_bytes(), 4));
        assert!(is_longer("ééééé".as_bytes(), 4));
    }
}
