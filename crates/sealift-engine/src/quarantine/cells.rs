//! A cell of the quarantine, as SQLite had it, or as a person has mended it.

use sealift_core::sqlite::ValueRef;
use serde_json::Value;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Cell {
    /// Reads `{"integer":5}` and its kin; a bare number, text, `true`, `false` or `null` is what it
    /// says, so that a value is easily mended.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let object = match value {
            Value::Null => return Ok(Self::Null),
            Value::Bool(value) => return Ok(Self::Integer(i64::from(*value))),
            Value::String(text) => return Ok(Self::Text(text.clone().into_bytes())),
            Value::Number(number) => return number_of(number),
            Value::Array(_) => return Err("a list is no cell".to_owned()),
            Value::Object(object) => object,
        };
        let mut members = object.iter();
        let (Some((class, value)), None) = (members.next(), members.next()) else {
            return Err("a cell has one storage class, such as {\"integer\":5}".to_owned());
        };
        let wrong = || format!("its {class} cannot be read");
        match (class.as_str(), value) {
            ("integer", Value::Number(number)) => {
                number.as_i64().map(Self::Integer).ok_or_else(wrong)
            }
            ("real", Value::String(text)) => text.parse().map(Self::Real).map_err(|_| wrong()),
            ("real", Value::Number(number)) => number.as_f64().map(Self::Real).ok_or_else(wrong),
            ("text", Value::String(text)) => Ok(Self::Text(text.clone().into_bytes())),
            ("text_hex", Value::String(text)) => bytes(text).map(Self::Text).ok_or_else(wrong),
            ("blob", Value::String(text)) => bytes(text).map(Self::Blob).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    pub(super) fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

fn number_of(number: &serde_json::Number) -> Result<Cell, String> {
    match (number.as_i64(), number.as_f64()) {
        (Some(number), _) => Ok(Cell::Integer(number)),
        (None, Some(number)) => Ok(Cell::Real(number)),
        (None, None) => Err("its number cannot be read".to_owned()),
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_class_is_read_back() {
        assert_eq!(Cell::read(&json!({ "real": "-0.0" })), Ok(Cell::Real(-0.0)));
        assert_eq!(Cell::read(&json!({ "real": "inf" })), Ok(Cell::Real(f64::INFINITY)));
        assert_eq!(Cell::read(&json!({ "text_hex": "61ff00" })), Ok(Cell::Text(vec![97, 255, 0])));
        assert_eq!(Cell::read(&json!({ "blob": "" })), Ok(Cell::Blob(Vec::new())));
        assert_eq!(Cell::read(&json!(null)), Ok(Cell::Null));
    }

    #[test]
    fn a_mended_value_may_be_written_bare() {
        assert_eq!(Cell::read(&json!(7)), Ok(Cell::Integer(7)));
        assert_eq!(Cell::read(&json!("x")), Ok(Cell::Text(b"x".to_vec())));
    }

    #[test]
    fn what_is_no_cell_says_so_without_the_value() {
        let error = Cell::read(&json!({ "blob": "secret" })).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        assert!(Cell::read(&json!({ "integer": 1, "text": "a" })).is_err());
    }
}
