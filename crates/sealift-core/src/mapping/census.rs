//! What a column really holds, counted in one pass over the table.

use super::moment_form::MomentForms;
use serde::{Deserialize, Serialize};

/// A number of cells.
pub type WideCount = u64;

/// The smallest and the largest of something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range<T> {
    /// The smallest.
    pub min: T,
    /// The largest.
    pub max: T,
}

impl<T: PartialOrd + Copy> Range<T> {
    /// Widens `range` to hold `value`.
    pub fn include(range: &mut Option<Self>, value: T) {
        match range {
            None => *range = Some(Self { min: value, max: value }),
            Some(range) => {
                if value < range.min {
                    range.min = value;
                }
                if value > range.max {
                    range.max = value;
                }
            }
        }
    }

    /// Widens `range` to hold all of `other`.
    pub fn merge(range: &mut Option<Self>, other: Option<Self>) {
        if let Some(other) = other {
            Self::include(range, other.min);
            Self::include(range, other.max);
        }
    }
}

/// What one column holds. Two censuses of parts of a table add up with [`ColumnCensus::merge`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnCensus {
    /// Cells that are NULL.
    pub nulls: WideCount,
    /// Cells of class INTEGER.
    pub integers: WideCount,
    /// Cells of class REAL.
    pub reals: WideCount,
    /// Cells of class TEXT.
    pub texts: WideCount,
    /// Cells of class BLOB.
    pub blobs: WideCount,
    /// The integers' range.
    pub integer_range: Option<Range<i64>>,
    /// Integers other than 0 and 1.
    pub integers_not_boolean: WideCount,
    /// Integers whose double would be another number (magnitude over 2⁵³).
    pub integers_not_double: WideCount,
    /// The finite reals' range.
    pub real_range: Option<Range<f64>>,
    /// Reals that are infinite.
    pub reals_infinite: WideCount,
    /// Reals that are negative zero, which `numeric` has not.
    pub reals_negative_zero: WideCount,
    /// Reals that are whole numbers within 64 bits.
    pub reals_whole: WideCount,
    /// Reals from 2,000,000 to below 3,000,000 (the years 763 to 3501) that are what SQLite's
    /// `julianday()` writes for a whole millisecond.
    #[serde(default)]
    pub reals_julian: WideCount,
    /// Among integers, finite reals and numeric texts together: the most digits before the decimal
    /// point.
    pub integer_digits: u32,
    /// … and the most digits after it, trailing zeros not counted.
    pub fraction_digits: u32,
    /// About texts.
    pub text: TextCensus,
    /// Blobs of exactly 16 bytes.
    pub blobs_of_16: WideCount,
    /// The longest text or blob, in bytes.
    pub longest: u64,
    /// All text and blob bytes together, plus 8 for each number.
    pub bytes: u64,
}

/// What the texts of a column look like. Each count is of texts, out of [`ColumnCensus::texts`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextCensus {
    /// Empty.
    pub empty: WideCount,
    /// Not valid UTF-8.
    pub invalid_utf8: WideCount,
    /// With a NUL byte.
    pub with_nul: WideCount,
    /// The longest in characters (Unicode scalar values; bytes where UTF-8 is invalid).
    pub longest_chars: u64,
    /// A spelling of a boolean that PostgreSQL accepts whole: `t f true false y n yes no on off 1 0`
    /// in any case.
    pub boolean: WideCount,
    /// A whole number within 64 bits in canonical form: no `+`, no leading zero, no `-0`.
    pub integer: WideCount,
    /// The range of those.
    pub integer_range: Option<Range<i64>>,
    /// A decimal number `[-]digits[.digits]` or with exponent, that `numeric` holds.
    pub decimal: WideCount,
    /// `YYYY-MM-DD`, a real day in years 0001 to 9999.
    pub date: WideCount,
    /// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`; up to six fraction digits that matter.
    pub time: WideCount,
    /// A date and a time with a space or `T` between, no offset; up to six fraction digits that
    /// matter.
    pub timestamp: WideCount,
    /// The same with `Z` or an offset `±HH[:MM]`, after a space or none.
    pub timestamp_offset: WideCount,
    /// How those that say a day are written.
    #[serde(default)]
    pub moments: MomentForms,
    /// Among `time`, `timestamp` and `timestamp_offset` forms that are otherwise well formed: more
    /// than six fraction digits that matter, so counted in none of them.
    pub too_precise: WideCount,
    /// Valid JSON (RFC 8259) of any kind.
    pub json: WideCount,
    /// Valid JSON that is an object or an array.
    pub json_container: WideCount,
    /// Valid JSON that `jsonb` refuses: `\u0000`, a lone surrogate, or a number beyond `numeric`.
    pub json_not_jsonb: WideCount,
    /// Valid JSON with a key twice in one object, which `jsonb` would drop.
    pub json_duplicate_keys: WideCount,
    /// Valid JSON with a negative zero, of which `jsonb` drops the sign.
    #[serde(default)]
    pub json_negative_zero: WideCount,
    /// A UUID: 36 characters with dashes, 32 hexadecimal digits, or the former in braces.
    pub uuid: WideCount,
    /// Those that carry the version and the variant of RFC 9562, which one in eight random texts of
    /// hexadecimal digits does.
    #[serde(default)]
    pub uuid_versioned: WideCount,
}

impl ColumnCensus {
    /// Returns the number of cells.
    #[must_use]
    pub fn rows(&self) -> WideCount {
        self.nulls + self.values()
    }

    /// Returns the number of cells that are not NULL.
    #[must_use]
    pub fn values(&self) -> WideCount {
        self.integers + self.reals + self.texts + self.blobs
    }

    /// Adds the census of other rows of the same column.
    pub fn merge(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.integers += other.integers;
        self.reals += other.reals;
        self.texts += other.texts;
        self.blobs += other.blobs;
        Range::merge(&mut self.integer_range, other.integer_range);
        self.integers_not_boolean += other.integers_not_boolean;
        self.integers_not_double += other.integers_not_double;
        Range::merge(&mut self.real_range, other.real_range);
        self.reals_infinite += other.reals_infinite;
        self.reals_negative_zero += other.reals_negative_zero;
        self.reals_whole += other.reals_whole;
        self.reals_julian += other.reals_julian;
        self.integer_digits = std::cmp::max(self.integer_digits, other.integer_digits);
        self.fraction_digits = std::cmp::max(self.fraction_digits, other.fraction_digits);
        self.text.merge(&other.text);
        self.blobs_of_16 += other.blobs_of_16;
        self.longest = std::cmp::max(self.longest, other.longest);
        self.bytes += other.bytes;
    }
}

impl TextCensus {
    /// Adds the census of other texts of the same column.
    pub fn merge(&mut self, other: &Self) {
        self.empty += other.empty;
        self.invalid_utf8 += other.invalid_utf8;
        self.with_nul += other.with_nul;
        self.longest_chars = std::cmp::max(self.longest_chars, other.longest_chars);
        self.boolean += other.boolean;
        self.integer += other.integer;
        Range::merge(&mut self.integer_range, other.integer_range);
        self.decimal += other.decimal;
        self.date += other.date;
        self.time += other.time;
        self.timestamp += other.timestamp;
        self.timestamp_offset += other.timestamp_offset;
        self.moments.merge(other.moments);
        self.too_precise += other.too_precise;
        self.json += other.json;
        self.json_container += other.json_container;
        self.json_not_jsonb += other.json_not_jsonb;
        self.json_duplicate_keys += other.json_duplicate_keys;
        self.json_negative_zero += other.json_negative_zero;
        self.uuid += other.uuid;
        self.uuid_versioned += other.uuid_versioned;
    }
}
