//! What a value takes in a row, before anything is moved out of it (PostgreSQL manual, section 73.6;
//! source, `heap_compute_data_size`).

use super::number::real_len;
use crate::mapping::PgType;

/// How a type lies in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Layout {
    /// So many bytes at a multiple of so many.
    Fixed(f64, f64),
    /// A length and as many bytes; those of such numbers never leave the row.
    Number,
    /// A length and as many bytes, which may be compressed and moved out.
    Bytes,
}

/// The longest value whose length is one byte, which needs no alignment.
const LONGEST_SHORT: f64 = 126.0;

/// Returns how a type lies in a row.
pub(super) fn layout(data_type: PgType) -> Layout {
    match data_type {
        PgType::Boolean => Layout::Fixed(1.0, 1.0),
        PgType::SmallInt => Layout::Fixed(2.0, 2.0),
        PgType::Integer | PgType::Date => Layout::Fixed(4.0, 4.0),
        PgType::BigInt
        | PgType::Double
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz => Layout::Fixed(8.0, 8.0),
        PgType::Uuid => Layout::Fixed(16.0, 1.0),
        PgType::Numeric(_) => Layout::Number,
        PgType::Text | PgType::Varchar(_) | PgType::Bytea | PgType::Json | PgType::Jsonb => {
            Layout::Bytes
        }
    }
}

/// Returns the bytes of a value without its length, from those of its binary form.
pub(super) fn content(data_type: PgType, field: &[u8]) -> f64 {
    match data_type {
        // Eight bytes and the digits become two and the digits, four of them in two bytes.
        PgType::Numeric(_) => real_len(field.len().saturating_sub(6)),
        PgType::Jsonb => jsonb(field.get(1..).unwrap_or_default()),
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Uuid => real_len(field.len()),
    }
}

/// Returns where a value begins and how much it takes, at an offset of a row.
pub(super) fn place(layout: Layout, content: f64, offset: f64) -> (f64, f64) {
    match layout {
        Layout::Fixed(length, alignment) => (align(offset, alignment), length),
        Layout::Number | Layout::Bytes if content <= LONGEST_SHORT => (offset, content + 1.0),
        Layout::Number | Layout::Bytes => (align(offset, 4.0), content + 4.0),
    }
}

/// Returns the next multiple.
pub(super) fn align(offset: f64, alignment: f64) -> f64 {
    (offset / alignment).ceil() * alignment
}

/// Returns about what a `jsonb` of this text takes: four bytes for each container and each value, texts
/// without their quotes, numbers as `numeric` (source, `jsonb.h`).
fn jsonb(text: &[u8]) -> f64 {
    let (mut bytes, mut in_text, mut in_word, mut is_escaped) = (4.0, false, false, false);
    for byte in text {
        if in_text {
            match byte {
                b'\\' if !is_escaped => is_escaped = true,
                b'"' if !is_escaped => in_text = false,
                _ => {
                    is_escaped = false;
                    bytes += 1.0;
                }
            }
            continue;
        }
        let is_number = byte.is_ascii_digit() || *byte == b'-';
        match byte {
            b'"' => {
                in_text = true;
                bytes += 4.0;
            }
            b'{' | b'[' => bytes += 8.0,
            _ if is_number && !in_word => bytes += 4.0 + 10.0,
            b't' | b'f' | b'n' if !in_word => bytes += 4.0,
            _ => {}
        }
        in_word = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_need_no_alignment_and_long_ones_do() {
        assert_eq!(place(Layout::Bytes, 5.0, 3.0), (3.0, 6.0));
        assert_eq!(place(Layout::Bytes, 200.0, 3.0), (4.0, 204.0));
        assert_eq!(place(layout(PgType::BigInt), 8.0, 1.0), (8.0, 8.0));
    }

    /// `pg_column_size` of it in a row of PostgreSQL 15: 53, one byte of length with it.
    #[test]
    fn jsonb_takes_about_what_the_server_says() {
        let made = jsonb(br#"{"a": 1, "name": "somebody", "b": true}"#);
        assert!((44.0..=60.0).contains(&made), "{made}");
    }
}
