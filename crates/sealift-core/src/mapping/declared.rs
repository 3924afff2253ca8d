//! Declared type → what the author of the schema meant by it.

use crate::mapping::PgType;
use crate::sqlite::Affinity;

/// What a declared type says about a column, before its cells are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A name that other databases know, so that it names a PostgreSQL type.
    Type(PgType),
    /// A name that nobody knows, or none: only the affinity is left.
    Unknown(Affinity),
}

/// The names, without their arguments, and what they mean. Where PostgreSQL's type of the same name
/// is narrower than what SQLite lets in (`INTEGER` holds 64 bits), the wider one stands here.
const NAMES: &[(&str, PgType)] = &[
    ("BOOL", PgType::Boolean),
    ("BOOLEAN", PgType::Boolean),
    ("TINYINT", PgType::SmallInt),
    ("SMALLINT", PgType::SmallInt),
    ("INT2", PgType::SmallInt),
    ("MEDIUMINT", PgType::Integer),
    ("INT4", PgType::Integer),
    ("SMALLINT UNSIGNED", PgType::Integer),
    ("TINYINT UNSIGNED", PgType::SmallInt),
    ("UNSIGNED SMALLINT", PgType::Integer),
    ("INT", PgType::BigInt),
    ("INTEGER", PgType::BigInt),
    ("BIGINT", PgType::BigInt),
    ("INT8", PgType::BigInt),
    ("REAL", PgType::Double),
    ("FLOAT", PgType::Double),
    ("FLOAT4", PgType::Double),
    ("FLOAT8", PgType::Double),
    ("DOUBLE", PgType::Double),
    ("DOUBLE PRECISION", PgType::Double),
    ("NUMERIC", PgType::Numeric(None)),
    ("DECIMAL", PgType::Numeric(None)),
    ("DEC", PgType::Numeric(None)),
    ("NUMBER", PgType::Numeric(None)),
    ("MONEY", PgType::Numeric(None)),
    ("TEXT", PgType::Text),
    ("CLOB", PgType::Text),
    ("STRING", PgType::Text),
    ("CITEXT", PgType::Text),
    ("TINYTEXT", PgType::Text),
    ("MEDIUMTEXT", PgType::Text),
    ("LONGTEXT", PgType::Text),
    ("LONG VARCHAR", PgType::Text),
    ("LONGVARCHAR", PgType::Text),
    ("ENUM", PgType::Text),
    ("CHAR", PgType::Text),
    ("CHARACTER", PgType::Text),
    ("BPCHAR", PgType::Text),
    ("NCHAR", PgType::Text),
    ("NATIVE CHARACTER", PgType::Text),
    ("VARCHAR", PgType::Text),
    ("VARCHAR2", PgType::Text),
    ("NVARCHAR", PgType::Text),
    ("NVARCHAR2", PgType::Text),
    ("CHARACTER VARYING", PgType::Text),
    ("VARYING CHARACTER", PgType::Text),
    ("BLOB", PgType::Bytea),
    ("BYTEA", PgType::Bytea),
    ("BINARY", PgType::Bytea),
    ("VARBINARY", PgType::Bytea),
    ("TINYBLOB", PgType::Bytea),
    ("MEDIUMBLOB", PgType::Bytea),
    ("LONGBLOB", PgType::Bytea),
    ("IMAGE", PgType::Bytea),
    ("DATE", PgType::Date),
    ("TIME", PgType::Time),
    ("TIME WITHOUT TIME ZONE", PgType::Time),
    ("DATETIME", PgType::Timestamp),
    ("DATETIME2", PgType::Timestamp),
    ("SMALLDATETIME", PgType::Timestamp),
    ("TIMESTAMP", PgType::Timestamp),
    ("TIMESTAMP WITHOUT TIME ZONE", PgType::Timestamp),
    ("TIMESTAMPTZ", PgType::TimestampTz),
    ("TIMESTAMP WITH TIME ZONE", PgType::TimestampTz),
    ("DATETIMEOFFSET", PgType::TimestampTz),
    ("JSON", PgType::Json),
    ("JSONB", PgType::Jsonb),
    ("UUID", PgType::Uuid),
    ("GUID", PgType::Uuid),
    ("UNIQUEIDENTIFIER", PgType::Uuid),
];

impl Meaning {
    /// Returns what a declared type means; an unknown name leaves only its affinity.
    #[must_use]
    pub fn of(declared_type: &str, affinity: Affinity) -> Self {
        let (name, arguments) = split(declared_type);
        let Some((_, data_type)) = NAMES.iter().find(|(known, _)| *known == name) else {
            return Self::Unknown(affinity);
        };
        Self::Type(match (*data_type, arguments.as_slice()) {
            (PgType::Text, [length]) if name.contains("CHAR") => u32::try_from(*length)
                .ok()
                .filter(|length| *length > 0)
                .map_or(PgType::Text, PgType::Varchar),
            (PgType::Numeric(None), [precision]) => numeric(*precision, 0),
            (PgType::Numeric(None), [precision, scale]) => numeric(*precision, *scale),
            (other, _) => other,
        })
    }

    /// Returns the type of a column that holds no value at all.
    #[must_use]
    pub fn of_nothing(self) -> PgType {
        match self {
            Self::Type(data_type) => data_type,
            Self::Unknown(Affinity::Integer) => PgType::BigInt,
            Self::Unknown(Affinity::Real) => PgType::Double,
            Self::Unknown(Affinity::Numeric) => PgType::Numeric(None),
            Self::Unknown(Affinity::Text | Affinity::Blob) => PgType::Text,
        }
    }
}

/// PostgreSQL keeps at most 1000 digits, and a scale no larger than the precision before version 15.
fn numeric(precision: u64, scale: u64) -> PgType {
    match (u16::try_from(precision), u16::try_from(scale)) {
        (Ok(precision), Ok(scale)) if (1..=1000).contains(&precision) && scale <= precision => {
            PgType::Numeric(Some((precision, scale)))
        }
        _ => PgType::Numeric(None),
    }
}

/// Splits `VARCHAR (10) BINARY` into its upper-case name, single spaces, and its number arguments.
pub(super) fn split(declared_type: &str) -> (String, Vec<u64>) {
    let (before, rest) = declared_type.split_once('(').unwrap_or((declared_type, ""));
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let name: Vec<String> = before
        .split_whitespace()
        .chain(after.split_whitespace())
        .map(str::to_ascii_uppercase)
        .collect();
    let arguments = inside.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    (name.join(" "), arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(declared: &str) -> Meaning {
        Meaning::of(declared, Affinity::of(Some(declared), false))
    }

    #[test]
    fn names_of_other_databases_are_known_in_any_case_and_spacing() {
        assert_eq!(meaning("varchar ( 40 )"), Meaning::Type(PgType::Varchar(40)));
        assert_eq!(meaning("timestamp(6)  with time zone"), Meaning::Type(PgType::TimestampTz));
        assert_eq!(meaning("decimal(10, 2)"), Meaning::Type(PgType::Numeric(Some((10, 2)))));
        assert_eq!(meaning("NVARCHAR(160)"), Meaning::Type(PgType::Varchar(160)));
    }

    #[test]
    fn real_is_double_precision_always() {
        for name in ["REAL", "FLOAT", "float(24)", "DOUBLE PRECISION", "FLOAT4"] {
            assert_eq!(meaning(name), Meaning::Type(PgType::Double), "{name}");
        }
    }

    #[test]
    fn an_integer_is_64_bits_wide_because_sqlite_lets_them_in() {
        assert_eq!(meaning("INTEGER"), Meaning::Type(PgType::BigInt));
        assert_eq!(meaning("int(11)"), Meaning::Type(PgType::BigInt));
    }

    #[test]
    fn an_unknown_name_leaves_its_affinity() {
        assert_eq!(meaning("INTEGER_OR_TEXT"), Meaning::Unknown(Affinity::Integer));
        assert_eq!(meaning("timestampz"), Meaning::Unknown(Affinity::Numeric));
        assert_eq!(meaning(""), Meaning::Unknown(Affinity::Blob));
    }

    #[test]
    fn a_precision_that_postgresql_refuses_is_left_out() {
        assert_eq!(meaning("NUMERIC(2000,5)"), Meaning::Type(PgType::Numeric(None)));
        assert_eq!(meaning("NUMERIC(2,5)"), Meaning::Type(PgType::Numeric(None)));
    }
}
