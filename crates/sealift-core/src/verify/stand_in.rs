//! What is compared of a cell too large to be compared as it is: its length and its SHA-256.
//!
//! PostgreSQL prints a `bytea` in twice its length, and no text over 1 GB: a `bytea` of 600 MB cannot be
//! printed at all. Both sides hash instead, each with code of its own.

use crate::mapping::PgType;
use crate::name::Ident;
use crate::sql::Sql;

/// Returns the text that stands for a cell.
#[must_use]
pub fn stand_in(length: usize, sha256: &[u8]) -> String {
    let digits: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{length} bytes, sha256 {digits}")
}

/// Returns a column of PostgreSQL as an expression in which the same text stands for each value of more
/// than `over` bytes; `None` for types that have none.
#[must_use]
pub fn stand_in_expression(column: &Ident, data_type: PgType, over: usize) -> Option<Sql> {
    let name = || Sql::new().ident(column);
    let (value, bytes) = match data_type {
        PgType::Text | PgType::Varchar(_) => {
            (name(), Sql::raw("convert_to(").sql(&name()).push(", 'UTF8')"))
        }
        PgType::Json => {
            let text = name().push("::text");
            (text.clone(), Sql::raw("convert_to(").sql(&text).push(", 'UTF8')"))
        }
        PgType::Bytea => (name(), name()),
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
        | PgType::Uuid => return None,
    };
    let text = Sql::raw("octet_length(")
        .sql(&value)
        .push(")::text || ' bytes, sha256 ' || encode(sha256(")
        .sql(&bytes)
        .push("), 'hex')");
    let stand_in = if data_type == PgType::Bytea {
        Sql::raw("convert_to(").sql(&text).push(", 'UTF8')")
    } else {
        text
    };
    Some(
        Sql::raw("case when octet_length(")
            .sql(&value)
            .push(") > ")
            .int(i64::try_from(over).unwrap_or(i64::MAX))
            .push(" then ")
            .sql(&stand_in)
            .push(" else ")
            .sql(&value)
            .push(" end"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_shows_length_and_hash() {
        assert_eq!(stand_in(3, &[0, 0xab]), "3 bytes, sha256 00ab");
    }
}
