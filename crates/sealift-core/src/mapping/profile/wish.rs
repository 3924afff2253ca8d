//! What a profile is told about a column, what it may wish, and the law that decides over wishes.

use crate::convert::Reading;
use crate::mapping::declared::split;
use crate::mapping::{Choice, ColumnCensus, PgType, Verdict, holds};

/// What a profile is told about a column.
#[derive(Debug, Clone)]
pub struct ProfileColumn<'a> {
    /// Its table.
    pub table: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The declared type as written.
    pub declared_type: &'a str,
    /// A check says `json_valid(column)`.
    pub json_checked: bool,
    /// Its default is the word `true` or `false`.
    pub truth_default: bool,
    /// A key of this table makes it point at another one.
    pub is_child: bool,
    /// It is part of a key, a unique constraint or an index: `json` has no equality.
    pub indexed: bool,
    /// What it holds.
    pub census: &'a ColumnCensus,
}

impl ProfileColumn<'_> {
    /// Returns the declared type's upper-case name and its numbers.
    pub(super) fn declared(&self) -> (String, Vec<u64>) {
        split(self.declared_type)
    }
}

/// What a profile wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// The type with how its cells are read.
    Type(PgType, Reading),
    /// A type that Sealift does not write, by its name.
    NotWritten(&'static str),
}

/// Wishes for a type whose cells are read by the obvious rule.
pub(super) fn plain(data_type: PgType) -> Option<Wish> {
    Some(Wish::Type(data_type, Reading::Plain))
}

/// Wishes for `timestamptz` where the framework writes moments in UTC, with or without saying so.
pub(super) fn utc(census: &ColumnCensus) -> Option<Wish> {
    let all_placed = census.values() > 0 && census.text.timestamp_offset == census.values();
    let reading = if all_placed { Reading::Plain } else { Reading::NaiveUtc };
    Some(Wish::Type(PgType::TimestampTz, reading))
}

/// Wishes for a type of moments where the framework writes milliseconds since 1970 as integers.
///
/// The framework says the unit, so that moments before 1973 are none to doubt; but a column without
/// a single number that must be milliseconds is not what the framework wrote.
pub(super) fn millis(data_type: PgType, census: &ColumnCensus) -> Option<Wish> {
    let numbers = census.values() > 0 && census.integers == census.values();
    numbers.then_some(Wish::Type(data_type, Reading::UnixMillis))
}

/// Wishes for `uuid` where every cell is 32 hexadecimal digits that carry a UUID's version: eight of
/// them are no coincidence, and neither is one in a column that is called an id.
pub(super) fn digits_of_uuid(column: &ProfileColumn<'_>) -> Option<Wish> {
    let census = column.census;
    let all = census.text.uuid_versioned == census.values() && census.text.longest_chars == 32;
    let name = column.name.to_ascii_lowercase();
    let called_id = name == "id" || name.ends_with("_id") || name.contains("uid");
    let evident = census.values() >= 8 || (census.values() > 0 && called_id);
    (all && evident).then_some(Wish::Type(PgType::Uuid, Reading::Plain))
}

/// What became of a profile's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was none, or the usual rule fulfils it.
    Usual,
    /// It is fulfilled.
    Followed(Choice),
    /// The type, with how its cells would be read, does not hold every cell.
    DoesNotFit(PgType, Reading),
    /// Sealift does not write the type.
    NotWritten(&'static str),
}

/// Weighs a profile's wish for a column against what the usual rule chose.
#[must_use]
pub fn apply(profile: super::Profile, column: &ProfileColumn<'_>, usual: &Choice) -> Outcome {
    let (data_type, reading) = match profile.wish(column) {
        None => return Outcome::Usual,
        Some(Wish::NotWritten(name)) => return Outcome::NotWritten(name),
        Some(Wish::Type(data_type, reading)) => (data_type, reading),
    };
    if usual.data_type == data_type && usual.reading == reading {
        return Outcome::Usual;
    }
    if (column.indexed && data_type == PgType::Json)
        || !holds_all(data_type, reading, column.census)
    {
        return Outcome::DoesNotFit(data_type, reading);
    }
    let how = match reading {
        Reading::Plain => String::new(),
        Reading::UnixSeconds
        | Reading::UnixMillis
        | Reading::UnixMicros
        | Reading::JulianDay
        | Reading::NaiveUtc
        | Reading::EmptyNull
        | Reading::NonzeroTrue
        | Reading::StripNul
        | Reading::ReplaceInvalid
        | Reading::Latin1 => format!(", read as {reading}"),
    };
    let all = if column.census.values() == 0 {
        "no values yet".to_owned()
    } else {
        format!("every cell fits{how}")
    };
    Outcome::Followed(Choice {
        data_type,
        reading,
        because: format!(
            "declared {}; {profile} makes {data_type} of it, and {all}",
            column.declared_type.trim()
        ),
        verdict: Verdict::AsDeclared,
        wanted: None,
        remedy: None,
    })
}

/// Returns whether a type holds every cell. A profile's milliseconds are a statement, not a guess, so
/// that only the range of PostgreSQL's and SQLite's years bounds them.
fn holds_all(data_type: PgType, reading: Reading, census: &ColumnCensus) -> bool {
    let moment = matches!(data_type, PgType::Timestamp | PgType::TimestampTz);
    if moment && reading == Reading::UnixMillis && census.values() > 0 {
        return census.integers == census.values()
            && census.integer_range.is_some_and(|range| {
                range.min >= FIRST_MILLISECOND && range.max <= LAST_MILLISECOND && range.max >= SURE
            });
    }
    holds(data_type, reading, census)
}

/// 0001-01-01 in milliseconds since 1970.
const FIRST_MILLISECOND: i64 = -62_135_596_800_000;
/// The last millisecond of the year 9999.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;
/// As milliseconds 1973, as seconds the year 5138: the larger cells of a column tell the unit.
const SURE: i64 = 100_000_000_000;

/// How wide a key is that counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowId {
    /// `integer`, as the columns show that point at it.
    Integer,
    /// `integer`, whatever the other tables of the file have.
    IntegerAnyway,
    /// `bigint`
    BigInt,
    /// As those keys of the file of which it is known.
    LikeOthers,
}

/// What is known about a key that is the rowid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowIdFacts<'a> {
    /// The table.
    pub table: &'a str,
    /// `AUTOINCREMENT`
    pub autoincrement: bool,
    /// The key points at another table's.
    pub is_child: bool,
    /// Columns point at it.
    pub has_child: bool,
    /// One of those is declared with 64 bits.
    pub has_wide_child: bool,
}
