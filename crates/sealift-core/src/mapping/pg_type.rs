//! The PostgreSQL types that Sealift writes.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A PostgreSQL type that Sealift can encode, decode and hash.
///
/// Written and read as PostgreSQL writes it (`numeric(10,2)`, `timestamp`, `double precision`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PgType {
    /// `boolean`
    Boolean,
    /// `smallint`, 16 bits
    SmallInt,
    /// `integer`, 32 bits
    Integer,
    /// `bigint`, 64 bits
    BigInt,
    /// `double precision`
    Double,
    /// `numeric` or `numeric(precision,scale)`
    Numeric(Option<(u16, u16)>),
    /// `text`
    Text,
    /// `varchar(n)`, n in characters
    Varchar(u32),
    /// `bytea`
    Bytea,
    /// `date`
    Date,
    /// `time` without time zone
    Time,
    /// `timestamp` without time zone
    Timestamp,
    /// `timestamptz`
    TimestampTz,
    /// `json`: the text as it came
    Json,
    /// `jsonb`: the value, in PostgreSQL's order and spacing
    Jsonb,
    /// `uuid`
    Uuid,
}

/// A type name that Sealift does not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a type that Sealift can fill")]
pub struct PgTypeError {
    /// The name as given.
    pub name: String,
}

impl PgType {
    /// Returns whether the type is one of the three integer types.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }

    /// Returns whether the type holds characters and compares by collation.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Varchar(_))
    }

    /// Returns whether the type holds days, times of day or moments.
    #[must_use]
    pub fn is_moment(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp | Self::TimestampTz)
    }

    /// Returns the type as a constant where it has no parameters, else `None`.
    fn constant(self) -> Option<&'static str> {
        Some(match self {
            Self::Boolean => "boolean",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Double => "double precision",
            Self::Numeric(None) => "numeric",
            Self::Text => "text",
            Self::Bytea => "bytea",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Uuid => "uuid",
            Self::Numeric(Some(_)) | Self::Varchar(_) => return None,
        })
    }
}

impl fmt::Display for PgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.constant() {
            return f.write_str(name);
        }
        match self {
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::Varchar(length) => write!(f, "varchar({length})"),
            Self::Boolean
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Double
            | Self::Numeric(None)
            | Self::Text
            | Self::Bytea
            | Self::Date
            | Self::Time
            | Self::Timestamp
            | Self::TimestampTz
            | Self::Json
            | Self::Jsonb
            | Self::Uuid => Ok(()),
        }
    }
}

impl FromStr for PgType {
    type Err = PgTypeError;

    /// Reads the names PostgreSQL itself uses, its aliases, and `format_type()` output.
    fn from_str(text: &str) -> Result<Self, PgTypeError> {
        let error = || PgTypeError { name: text.to_owned() };
        let lower = text.trim().to_ascii_lowercase();
        let (base, arguments, tail) = match lower.split_once('(') {
            Some((base, rest)) => {
                let (inside, tail) = rest.split_once(')').ok_or_else(error)?;
                let arguments: Result<Vec<u32>, _> =
                    inside.split(',').map(|part| part.trim().parse::<u32>()).collect();
                (base.trim(), arguments.map_err(|_| error())?, tail.trim())
            }
            None => (lower.as_str(), Vec::new(), ""),
        };
        let words = if tail.is_empty() { base.to_owned() } else { format!("{base} {tail}") };
        let plain = match words.as_str() {
            "boolean" | "bool" => Self::Boolean,
            "smallint" | "int2" => Self::SmallInt,
            "integer" | "int" | "int4" => Self::Integer,
            "bigint" | "int8" => Self::BigInt,
            "double precision" | "float8" => Self::Double,
            "numeric" | "decimal" => {
                return match arguments.as_slice() {
                    [] => Ok(Self::Numeric(None)),
                    [precision] => u16::try_from(*precision)
                        .map(|p| Self::Numeric(Some((p, 0))))
                        .map_err(|_| error()),
                    [precision, scale] => {
                        match (u16::try_from(*precision), u16::try_from(*scale)) {
                            (Ok(p), Ok(s)) => Ok(Self::Numeric(Some((p, s)))),
                            _ => Err(error()),
                        }
                    }
                    _ => Err(error()),
                };
            }
            "text" => Self::Text,
            "varchar" | "character varying" => {
                return match arguments.as_slice() {
                    [] => Ok(Self::Text),
                    [length] if *length > 0 => Ok(Self::Varchar(*length)),
                    _ => Err(error()),
                };
            }
            "bytea" => Self::Bytea,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "uuid" => Self::Uuid,
            _ => return Err(error()),
        };
        if arguments.is_empty() { Ok(plain) } else { Err(error()) }
    }
}

impl TryFrom<String> for PgType {
    type Error = PgTypeError;
    fn try_from(text: String) -> Result<Self, PgTypeError> {
        text.parse()
    }
}

impl From<PgType> for String {
    fn from(value: PgType) -> Self {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_from_its_own_name() {
        let types = [
            PgType::Boolean,
            PgType::SmallInt,
            PgType::Integer,
            PgType::BigInt,
            PgType::Double,
            PgType::Numeric(None),
            PgType::Numeric(Some((10, 2))),
            PgType::Text,
            PgType::Varchar(40),
            PgType::Bytea,
            PgType::Date,
            PgType::Time,
            PgType::Timestamp,
            PgType::TimestampTz,
            PgType::Json,
            PgType::Jsonb,
            PgType::Uuid,
        ];
        for value in types {
            assert_eq!(value.to_string().parse(), Ok(value));
        }
    }

    #[test]
    fn a_type_that_cannot_be_filled_is_refused() {
        assert!("int4range".parse::<PgType>().is_err());
        assert!("text(5)".parse::<PgType>().is_err());
        assert!("varchar(0)".parse::<PgType>().is_err());
    }
}
