//! How a differing value is shown: at most 200 characters of SQL text.

use crate::mapping::PgType;
use crate::sqlite::ValueRef;
use std::fmt::Write as _;

/// The longest text shown, in characters, its ellipsis included.
pub const LONGEST: usize = 200;

/// Returns a SQLite cell as SQL text.
#[must_use]
pub fn source(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) if value.is_infinite() => {
            // SQLite's own spelling of what no literal can say (sqlite.org/lang_expr.html).
            if value > 0.0 { "9e999".to_owned() } else { "-9e999".to_owned() }
        }
        ValueRef::Real(value) => format!("{value:?}"),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => quoted(text),
            Err(_) => shorten(&format!("cast({} as text)", hexadecimal(bytes))),
        },
        ValueRef::Blob(bytes) => shorten(&hexadecimal(bytes)),
    }
}

/// Returns a value of PostgreSQL's text output as SQL text: numbers and booleans as they are,
/// everything else in quotes.
#[must_use]
pub fn target(text: Option<&[u8]>, data_type: PgType) -> String {
    let Some(bytes) = text else { return "NULL".to_owned() };
    let text = String::from_utf8_lossy(bytes);
    match data_type {
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_) => shorten(&text),
        PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => quoted(&text),
    }
}

/// Returns a whole row of SQLite as SQL text.
#[must_use]
pub fn source_row(cells: &[ValueRef<'_>]) -> String {
    let shown: Vec<String> = cells.iter().take(LONGEST).map(|cell| source(*cell)).collect();
    shorten(&format!("({})", shown.join(", ")))
}

/// Returns a whole row of PostgreSQL's text output as SQL text.
#[must_use]
pub fn target_row<'a>(cells: impl IntoIterator<Item = (Option<&'a [u8]>, PgType)>) -> String {
    let cells = cells.into_iter().take(LONGEST);
    let shown: Vec<String> = cells.map(|(text, data_type)| target(text, data_type)).collect();
    shorten(&format!("({})", shown.join(", ")))
}

fn quoted(text: &str) -> String {
    // What cannot be shown anyway need not be escaped.
    let head: String = text.chars().take(LONGEST + 1).collect();
    shorten(&format!("'{}'", head.replace('\'', "''")))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::from("x'");
    for byte in bytes.iter().take(LONGEST) {
        write!(out, "{byte:02x}").unwrap_or_default();
    }
    out.push('\'');
    out
}

/// Returns at most [`LONGEST`] characters, the last being `…` when some are left out.
fn shorten(text: &str) -> String {
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_storage_class_is_told_apart() {
        assert_eq!(source(ValueRef::Null), "NULL");
        assert_eq!(source(ValueRef::Text(b"NULL")), "'NULL'");
        assert_eq!(source(ValueRef::Integer(1)), "1");
        assert_eq!(source(ValueRef::Real(1.0)), "1.0");
        assert_eq!(source(ValueRef::Text(b"it's")), "'it''s'");
        assert_eq!(source(ValueRef::Blob(b"\x00\xff")), "x'00ff'");
        assert_eq!(source(ValueRef::Text(b"\xff")), "cast(x'ff' as text)");
        assert_eq!(source(ValueRef::Real(f64::NEG_INFINITY)), "-9e999");
    }

    #[test]
    fn a_target_null_is_not_the_text_null() {
        assert_eq!(target(None, PgType::Text), "NULL");
        assert_eq!(target(Some(b"NULL"), PgType::Text), "'NULL'");
        assert_eq!(target(Some(b"12.50"), PgType::Numeric(None)), "12.50");
    }

    #[test]
    fn a_row_is_shown_in_parentheses() {
        let row = [ValueRef::Integer(1), ValueRef::Text(b"a"), ValueRef::Null];
        assert_eq!(source_row(&row), "(1, 'a', NULL)");
        let row = [(Some(b"1".as_slice()), PgType::BigInt), (None, PgType::Text)];
        assert_eq!(target_row(row), "(1, NULL)");
    }

    #[test]
    fn a_long_value_ends_in_an_ellipsis() {
        let long = "é".repeat(1000);
        for shown in [
            source(ValueRef::Text(long.as_bytes())),
            source(ValueRef::Blob(&[7; 1000])),
            source(ValueRef::Text(&[0xff; 1000])),
            target(Some(long.as_bytes()), PgType::Text),
        ] {
            assert_eq!(shown.chars().count(), LONGEST);
            assert!(shown.ends_with('…'));
        }
    }
}
