//! The digest of a range of rows, which server and client compute alike.
//!
//! A row's hash is PostgreSQL's `hash_record_extended(row(…), 0)` (since version 14), read as a
//! signed number; a range's digest is the number of rows and the sum of their hashes. A sum and not
//! an exclusive or: of that, two equal rows would leave nothing.
//!
//! The hash finds accidents, not attackers: whoever can choose values can make two rows hash alike.

use crate::convert::{ColumnCodec, Reading};
use crate::mapping::PgType;
use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// The hash of a row, column by column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowHash(u64);

impl RowHash {
    /// Returns the hash of a row without columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the hash of the next column.
    pub fn push(&mut self, column: u64) {
        self.0 = self.0.wrapping_mul(31).wrapping_add(column);
    }

    /// Returns the hash as the server gives it, a `bigint`.
    #[must_use]
    pub fn finish(self) -> i64 {
        self.0.cast_signed()
    }
}

/// What the digest of a range is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    /// Nothing; only rows are counted.
    Nothing,
    /// The stream's bytes: a seventh of the work that rows are, and enough to see whether they changed.
    Stream,
    /// Each row, as the server hashes it too.
    Rows,
}

/// The digest of a range of rows. Parts add up in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeDigest {
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' hashes. 2⁶⁴ rows of the largest hash would just fit.
    pub sum: i128,
}

impl RangeDigest {
    /// Takes in a row.
    pub fn add(&mut self, row_hash: i64) {
        self.rows += 1;
        self.sum += i128::from(row_hash);
    }

    /// Takes in the digest of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.sum += other.sum;
    }
}

/// Returns the SQL expression of a row's hash; the columns in the order of the client's codecs.
///
/// Text is compared under `"C"`, so that a column's own collation, which may be non-deterministic,
/// has no part in it.
#[must_use]
pub fn digest_expression(columns: &[(Ident, PgType)]) -> Sql {
    let values = columns.iter().map(|(name, data_type)| (Sql::new().ident(name), *data_type));
    digest_of(values)
}

/// Returns the same of values that need not be columns.
#[must_use]
pub fn digest_of(values: impl IntoIterator<Item = (Sql, PgType)>) -> Sql {
    let fields = values.into_iter().map(|(value, data_type)| field(value, data_type));
    Sql::raw("hash_record_extended(row(").join(fields, ", ").push("), 0)")
}

/// Returns the expression under which a value of the type is hashed.
fn field(value: Sql, data_type: PgType) -> Sql {
    match data_type {
        PgType::Numeric(_) | PgType::Json | PgType::Jsonb => value.push("::text collate \"C\""),
        PgType::Text | PgType::Varchar(_) => value.push(" collate \"C\""),
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Uuid => value,
    }
}

/// A query whose one `bigint` the client knows: one value of every way of hashing.
pub const PROBE_SQL: &str = "select hash_record_extended(row(\
    true, (-2)::smallint, 3::integer, (-4000000000)::bigint, 1.5::double precision, \
    '-0'::double precision, 'NaN'::double precision, (12.50::numeric)::text collate \"C\", \
    'sealift: a probe'::text collate \"C\", ''::text collate \"C\", '\\x00ff'::bytea, \
    date '1999-12-31', time '23:59:59.5', timestamp '2024-02-29 12:00:00', \
    ('{\"b\": [1, null], \"aa\": \"x\"}'::jsonb)::text collate \"C\", \
    '550e8400-e29b-41d4-a716-446655440000'::uuid, null::text collate \"C\"), 0)";

/// Returns [`PROBE_SQL`] and the number that a server must answer for its digests to be used.
///
/// A server that answers another number hashes otherwise: another byte order, or a version that
/// changed its hashes. Its rows must then be read back and compared.
#[must_use]
pub fn probe() -> (Sql, i64) {
    let values: [(PgType, Option<&[u8]>); 17] = [
        (PgType::Boolean, Some(&[1])),
        (PgType::SmallInt, Some(&(-2_i16).to_be_bytes())),
        (PgType::Integer, Some(&3_i32.to_be_bytes())),
        (PgType::BigInt, Some(&(-4_000_000_000_i64).to_be_bytes())),
        (PgType::Double, Some(&1.5_f64.to_be_bytes())),
        (PgType::Double, Some(&(-0.0_f64).to_be_bytes())),
        (PgType::Double, Some(&f64::NAN.to_be_bytes())),
        (PgType::Text, Some(b"12.50")),
        (PgType::Text, Some(b"sealift: a probe")),
        (PgType::Text, Some(b"")),
        (PgType::Bytea, Some(b"\x00\xff")),
        (PgType::Date, Some(&(-1_i32).to_be_bytes())),
        (PgType::Time, Some(&86_399_500_000_i64.to_be_bytes())),
        (PgType::Timestamp, Some(&762_523_200_000_000_i64.to_be_bytes())),
        (PgType::Text, Some(br#"{"b": [1, null], "aa": "x"}"#)),
        (PgType::Uuid, Some(b"\x55\x0e\x84\x00\xe2\x9b\x41\xd4\xa7\x16\x44\x66\x55\x44\x00\x00")),
        (PgType::Text, None),
    ];
    let mut row = RowHash::new();
    for (data_type, payload) in values {
        // Every type has a plain reading; without bounds nothing else can be wrong.
        if let Ok(codec) = ColumnCodec::new(data_type, Reading::Plain) {
            row.push(codec.hash(payload));
        }
    }
    (Sql::raw(PROBE_SQL), row.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_does_not_depend_on_order_and_equal_rows_count() {
        let (mut one, mut other) = (RangeDigest::default(), RangeDigest::default());
        for hash in [i64::MAX, i64::MAX, -7] {
            one.add(hash);
        }
        other.add(-7);
        let mut rest = RangeDigest::default();
        rest.add(i64::MAX);
        rest.add(i64::MAX);
        other.merge(&rest);
        assert_eq!(one, other);
        assert_eq!(one, RangeDigest { rows: 3, sum: i128::from(i64::MAX) * 2 - 7 });
    }

    #[test]
    fn the_probe_has_the_answer_that_postgresql_15_gave() {
        assert_eq!(probe().1, -8_093_330_489_420_103_372);
    }

    #[test]
    fn only_types_without_a_common_hash_are_hashed_as_text() {
        let columns = [
            (Ident::new("a").unwrap(), PgType::Integer),
            (Ident::new("b\"").unwrap(), PgType::Numeric(None)),
            (Ident::new("c").unwrap(), PgType::Varchar(5)),
        ];
        assert_eq!(
            digest_expression(&columns).as_str(),
            "hash_record_extended(row(\"a\", \"b\"\"\"::text collate \"C\", \"c\" collate \"C\"), 0)"
        );
    }
}
