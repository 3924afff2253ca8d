//! [`ColumnCodec`]: one column's cells as binary `COPY` fields.

use super::reading::{Misfit, Reading};
use super::seen::Texts;
use super::{boolean, datetime, json, number, text, uuid};
use crate::mapping::PgType;
use crate::sqlite::ValueRef;

/// The most bytes of one value: PostgreSQL allocates at most 1 GiB − 1, header of 4 included
/// (PostgreSQL source, `MaxAllocSize` and `VARHDRSZ`; manual appendix K speaks of 1 GB).
pub const MAX_FIELD_BYTES: usize = 0x3FFF_FFFF - 4;

/// The length that stands for NULL.
const NULL_FIELD: [u8; 4] = (-1_i32).to_be_bytes();

/// How the cells of one column become fields. Copied freely, shared between threads.
///
/// | type | INTEGER | REAL | TEXT | BLOB |
/// |---|---|---|---|---|
/// | `boolean` | 0, 1 | – | a spelling | – |
/// | `smallint` … `bigint` | in range | whole | canonical whole | – |
/// | `double precision` | exact | yes | decimal whose digits come back, NaN, ±Infinity | – |
/// | `numeric` | yes | shortest digits, ±Infinity | decimal, NaN, ±Infinity | – |
/// | `text`, `varchar` | its text | its text | UTF-8 without NUL | same |
/// | `bytea` | its text | its text | its bytes | yes |
/// | `date` … `timestamptz` | by reading | by reading | exact forms | – |
/// | `json`, `jsonb` | yes | finite | RFC 8259 | – |
/// | `uuid` | – | – | three forms | 16 bytes |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnCodec {
    data_type: PgType,
    reading: Reading,
    /// Whether every TEXT cell is known to be what the type takes, but for its length.
    is_seen: bool,
}

/// Why a type and a reading, or a type's own parameters, do not make a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The reading says nothing about the type.
    #[error("`{reading}` has no meaning for {data_type}")]
    Reading {
        /// The type.
        data_type: PgType,
        /// The reading.
        reading: Reading,
    },
    /// PostgreSQL has 1 to 1000 digits, of which at most all are after the point (manual, section
    /// 8.1.2; since version 15 the scale may be greater, which Sealift does not write).
    #[error("{data_type} has a precision or scale that PostgreSQL does not take")]
    NumericBounds {
        /// The type.
        data_type: PgType,
    },
}

impl ColumnCodec {
    /// Returns the codec of a column.
    ///
    /// # Errors
    /// When `reading` has no meaning for `data_type`, or the type's parameters are out of bounds.
    pub fn new(data_type: PgType, reading: Reading) -> Result<Self, CodecError> {
        if let PgType::Numeric(Some((precision, scale))) = data_type
            && (precision == 0 || precision > 1000 || scale > precision)
        {
            return Err(CodecError::NumericBounds { data_type });
        }
        let fits = match reading {
            Reading::Plain | Reading::EmptyNull => true,
            Reading::UnixSeconds
            | Reading::UnixMillis
            | Reading::UnixMicros
            | Reading::JulianDay => {
                matches!(data_type, PgType::Date | PgType::Timestamp | PgType::TimestampTz)
            }
            Reading::NaiveUtc => data_type == PgType::TimestampTz,
            Reading::NonzeroTrue => data_type == PgType::Boolean,
            Reading::StripNul | Reading::ReplaceInvalid | Reading::Latin1 => data_type.is_text(),
        };
        if fits {
            Ok(Self { data_type, reading, is_seen: false })
        } else {
            Err(CodecError::Reading { data_type, reading })
        }
    }

    /// Returns the codec for a column of whose TEXT cells so much is known: it is not looked for again.
    ///
    /// PostgreSQL has the last word as before: it checks encoding and JSON of all that it takes (its source,
    /// `textrecv` and `json_recv`).
    #[must_use]
    pub fn having_seen(self, texts: Texts) -> Self {
        let is_seen = (self.data_type.is_text() && texts >= Texts::Utf8)
            || (self.data_type == PgType::Json && texts == Texts::Json);
        Self { is_seen, ..self }
    }

    /// Returns the column's type.
    #[must_use]
    pub fn data_type(&self) -> PgType {
        self.data_type
    }

    /// Returns how cells are read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Appends one field: a length of four bytes and the value, or the length −1 for NULL.
    ///
    /// # Errors
    /// When the cell does not fit; `out` is then as it was.
    pub fn encode(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
        if self.is_null(value) {
            out.extend_from_slice(&NULL_FIELD);
            return Ok(());
        }
        let start = out.len();
        out.extend_from_slice(&NULL_FIELD);
        let result = self.checked_payload(value, start, out);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    /// Returns whether the cell becomes NULL.
    #[must_use]
    pub fn is_null(&self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Null => true,
            ValueRef::Text(text) => text.is_empty() && self.reading == Reading::EmptyNull,
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => false,
        }
    }

    /// Returns whether the payload of a TEXT or BLOB cell is always the cell's own bytes.
    #[must_use]
    pub fn is_verbatim(&self) -> bool {
        let plain = matches!(self.reading, Reading::Plain | Reading::EmptyNull);
        plain
            && match self.data_type {
                PgType::Text | PgType::Varchar(_) | PgType::Bytea | PgType::Json => true,
                PgType::Boolean
                | PgType::SmallInt
                | PgType::Integer
                | PgType::BigInt
                | PgType::Double
                | PgType::Numeric(_)
                | PgType::Date
                | PgType::Time
                | PgType::Timestamp
                | PgType::TimestampTz
                | PgType::Jsonb
                | PgType::Uuid => false,
            }
    }

    /// Returns the payload of a large TEXT or BLOB cell without copying it, after all checks.
    ///
    /// The caller writes the field itself: the length as four bytes, most significant first, then
    /// these bytes in pieces of its own choice. `None` means that the field must be made by
    /// [`Self::encode`]: NULL, a number, or a conversion that changes bytes.
    ///
    /// # Errors
    /// When the cell does not fit.
    pub fn verbatim<'v>(&self, value: ValueRef<'v>) -> Result<Option<&'v [u8]>, Misfit> {
        if !self.is_verbatim() || self.is_null(value) {
            return Ok(None);
        }
        let (bytes, is_text) = match value {
            ValueRef::Text(bytes) => (bytes, true),
            ValueRef::Blob(bytes) => (bytes, false),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => return Ok(None),
        };
        if bytes.len() > MAX_FIELD_BYTES {
            return Err(Misfit::TooLarge);
        }
        if is_text && self.is_seen {
            self.within_limit(bytes)?;
            return Ok(Some(bytes));
        }
        match self.data_type {
            PgType::Bytea => {}
            PgType::Json if is_text => check_json(bytes)?,
            PgType::Json => return Err(Misfit::Class),
            PgType::Text
            | PgType::Varchar(_)
            | PgType::Boolean
            | PgType::SmallInt
            | PgType::Integer
            | PgType::BigInt
            | PgType::Double
            | PgType::Numeric(_)
            | PgType::Date
            | PgType::Time
            | PgType::Timestamp
            | PgType::TimestampTz
            | PgType::Jsonb
            | PgType::Uuid => self.within_limit(text::checked(bytes)?)?,
        }
        Ok(Some(bytes))
    }

    /// Appends the value and writes its length over the four bytes at `start`.
    fn checked_payload(
        &self,
        value: ValueRef<'_>,
        start: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = value
            && bytes.len() > MAX_FIELD_BYTES
        {
            return Err(Misfit::TooLarge);
        }
        self.payload(value, out)?;
        let length = out.len() - start - NULL_FIELD.len();
        if length > MAX_FIELD_BYTES {
            return Err(Misfit::TooLarge);
        }
        let length = i32::try_from(length).map_err(|_| Misfit::TooLarge)?;
        if let Some(field) = out.get_mut(start..start + NULL_FIELD.len()) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Refuses a text that is known to be what the type takes where it has too many characters.
    fn within_limit(&self, text: &[u8]) -> Result<(), Misfit> {
        if let PgType::Varchar(limit) = self.data_type
            && text::is_longer(text, limit)
        {
            return Err(Misfit::TooLong);
        }
        Ok(())
    }

    fn payload(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
        if let ValueRef::Text(bytes) = value
            && self.is_seen
        {
            self.within_limit(bytes)?;
            out.extend_from_slice(bytes);
            return Ok(());
        }
        let reading = self.reading;
        match self.data_type {
            PgType::Boolean if reading == Reading::NonzeroTrue => {
                out.push(u8::from(boolean::nonzero(value)?));
            }
            PgType::Boolean => out.push(u8::from(boolean::boolean(value)?)),
            PgType::SmallInt => {
                let number = i16::try_from(number::integer(value)?);
                out.extend_from_slice(&number.map_err(|_| Misfit::OutOfRange)?.to_be_bytes());
            }
            PgType::Integer => {
                let number = i32::try_from(number::integer(value)?);
                out.extend_from_slice(&number.map_err(|_| Misfit::OutOfRange)?.to_be_bytes());
            }
            PgType::BigInt => out.extend_from_slice(&number::integer(value)?.to_be_bytes()),
            PgType::Double => out.extend_from_slice(&number::double(value)?.to_be_bytes()),
            PgType::Numeric(bounds) => number::numeric(value, bounds, out)?,
            PgType::Text => text::text(value, reading, None, out)?,
            PgType::Varchar(limit) => text::text(value, reading, Some(limit), out)?,
            PgType::Bytea => text::bytea(value, out)?,
            PgType::Date => {
                out.extend_from_slice(&datetime::date_days(value, reading)?.to_be_bytes());
            }
            PgType::Time => out.extend_from_slice(&datetime::time_micros(value)?.to_be_bytes()),
            PgType::Timestamp => {
                out.extend_from_slice(&datetime::timestamp_micros(value, reading)?.to_be_bytes());
            }
            PgType::TimestampTz => {
                out.extend_from_slice(&datetime::timestamptz_micros(value, reading)?.to_be_bytes());
            }
            PgType::Json => json_payload(value, out)?,
            PgType::Jsonb => jsonb_payload(value, out)?,
            PgType::Uuid => out.extend_from_slice(&uuid::uuid(value)?),
        }
        Ok(())
    }
}

/// Reads the text of a `jsonb` cell.
fn json_document(bytes: &[u8]) -> Result<json::Document<'_>, Misfit> {
    json::Document::parse(text::checked(bytes)?).ok_or(Misfit::Form)
}

/// Checks the text of a `json` cell.
fn check_json(bytes: &[u8]) -> Result<(), Misfit> {
    if json::Document::is_json(text::checked(bytes)?) { Ok(()) } else { Err(Misfit::Form) }
}

fn json_payload(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match value {
        ValueRef::Text(bytes) => {
            check_json(bytes)?;
            out.extend_from_slice(bytes);
        }
        ValueRef::Real(number) if !number.is_finite() => return Err(Misfit::OutOfRange),
        ValueRef::Integer(_) | ValueRef::Real(_) => text::number_text(value, out),
        ValueRef::Null | ValueRef::Blob(_) => return Err(Misfit::Class),
    }
    Ok(())
}

/// The version byte and the text (PostgreSQL source, `jsonb_recv`).
fn jsonb_payload(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    out.push(1);
    match value {
        ValueRef::Text(bytes) => json_document(bytes)?.write_jsonb(out),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            let mut number = Vec::with_capacity(24);
            json_payload(value, &mut number)?;
            json_document(&number)?.write_jsonb(out)
        }
    }
}

#[cfg(test)]
mod tests;
