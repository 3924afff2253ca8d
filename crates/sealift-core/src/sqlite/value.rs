//! A SQLite cell, borrowed or owned (`sqlite.org/datatype3.html`, section 2).

use serde::{Deserialize, Serialize};

/// The five storage classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageClass {
    /// `NULL`
    Null,
    /// A 64-bit signed whole number.
    Integer,
    /// A 64-bit floating point number; never NaN.
    Real,
    /// Text: bytes that should be UTF-8 but need not be, and may hold NUL.
    Text,
    /// Bytes.
    Blob,
}

/// A cell as SQLite hands it out. Text is bytes, because SQLite does not promise UTF-8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// `NULL`
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text bytes.
    Text(&'a [u8]),
    /// Blob bytes.
    Blob(&'a [u8]),
}

impl ValueRef<'_> {
    /// Returns the cell's storage class.
    #[must_use]
    pub fn class(&self) -> StorageClass {
        match self {
            Self::Null => StorageClass::Null,
            Self::Integer(_) => StorageClass::Integer,
            Self::Real(_) => StorageClass::Real,
            Self::Text(_) => StorageClass::Text,
            Self::Blob(_) => StorageClass::Blob,
        }
    }

    /// Returns the cell with its bytes copied.
    #[must_use]
    pub fn to_owned(&self) -> Value {
        match *self {
            Self::Null => Value::Null,
            Self::Integer(value) => Value::Integer(value),
            Self::Real(value) => Value::Real(value),
            Self::Text(bytes) => Value::Text(bytes.to_vec()),
            Self::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }
}

/// A cell that owns its bytes; used for keys and in tests, never on the copy's path.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text bytes.
    Text(Vec<u8>),
    /// Blob bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// Returns the cell, borrowed.
    #[must_use]
    pub fn borrow(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}
