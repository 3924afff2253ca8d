//! How many cells a type holds, where it does not hold them all.

use super::choose::{Choice, Verdict};
use super::declared::Meaning;
use super::fit::epoch;
use super::{ColumnCensus, ColumnFacts, PgType, Range};
use crate::convert::Reading;
use crate::sqlite::Affinity;

/// Returns the type and the reading that keep to what was declared and hold the most cells, with the
/// number of those; `None` where the declared type says nothing that a cell could fail to fit.
///
/// The number is exact but for cells whose digits or length the census does not know one by one.
#[must_use]
pub fn most_cells(
    facts: ColumnFacts<'_>,
    choice: &Choice,
    census: &ColumnCensus,
) -> Option<(PgType, Reading, u64)> {
    let candidates = candidates(facts, choice, census);
    let counted = candidates.into_iter().map(|(data_type, reading)| {
        (data_type, reading, cells_that_fit(data_type, reading, census))
    });
    // Of equals the first, which is nearest to what was declared.
    counted.reduce(|best, next| if next.2 > best.2 { next } else { best })
}

/// Returns the type that was declared and its kin: what SQLite's sloppy names may have meant.
fn candidates(
    facts: ColumnFacts<'_>,
    choice: &Choice,
    census: &ColumnCensus,
) -> Vec<(PgType, Reading)> {
    let plain = |types: &[PgType]| types.iter().map(|it| (*it, Reading::Plain)).collect();
    let Some(wanted) = choice.wanted else {
        let unknown = Meaning::of(facts.declared_type, facts.affinity);
        let is_number = unknown == Meaning::Unknown(Affinity::Numeric);
        return if is_number && choice.verdict == Verdict::LeftFamily {
            plain(&[PgType::BigInt, PgType::Double, PgType::Numeric(None)])
        } else {
            Vec::new()
        };
    };
    let mut found: Vec<(PgType, Reading)> = match wanted {
        PgType::SmallInt => plain(&[PgType::SmallInt, PgType::Integer, PgType::BigInt]),
        PgType::Integer => plain(&[PgType::Integer, PgType::BigInt]),
        PgType::Date => plain(&[PgType::Date, PgType::Timestamp, PgType::TimestampTz]),
        PgType::Timestamp => plain(&[PgType::Timestamp, PgType::TimestampTz]),
        PgType::TimestampTz => plain(&[PgType::TimestampTz, PgType::Timestamp]),
        PgType::Boolean
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Time
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => plain(&[wanted]),
    };
    if wanted.is_moment()
        && let Some(reading) = epoch(census)
    {
        found.push((PgType::Timestamp, reading));
    }
    found
}

/// Returns how many cells a type holds, as far as the census knows them one by one.
#[must_use]
pub fn cells_that_fit(data_type: PgType, reading: Reading, census: &ColumnCensus) -> u64 {
    let text = &census.text;
    let numbers = census.integers + census.reals;
    let whole = |low: i64, high: i64| {
        let inside = |range: Option<Range<i64>>, count: u64| {
            range.filter(|range| range.min >= low && range.max <= high).map_or(0, |_| count)
        };
        inside(census.integer_range, census.integers)
            + inside(text.integer_range, text.integer)
            + census.reals_whole
    };
    match data_type {
        PgType::Boolean => census.integers - census.integers_not_boolean + text.boolean,
        PgType::SmallInt => whole(i64::from(i16::MIN), i64::from(i16::MAX)),
        PgType::Integer => whole(i64::from(i32::MIN), i64::from(i32::MAX)),
        PgType::BigInt => whole(i64::MIN, i64::MAX),
        PgType::Double => numbers - census.integers_not_double + text.decimal,
        PgType::Numeric(_) => numbers - census.reals_negative_zero + text.decimal,
        PgType::Text | PgType::Varchar(_) => {
            numbers + census.texts.saturating_sub(text.invalid_utf8 + text.with_nul)
        }
        PgType::Bytea => census.values(),
        PgType::Date => text.date,
        PgType::Time => text.time,
        PgType::Timestamp => match reading {
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros => census.integers,
            Reading::Plain
            | Reading::JulianDay
            | Reading::NaiveUtc
            | Reading::EmptyNull
            | Reading::NonzeroTrue
            | Reading::StripNul
            | Reading::ReplaceInvalid
            | Reading::Latin1 => text.timestamp + text.date,
        },
        PgType::TimestampTz => match reading {
            Reading::NaiveUtc => text.timestamp_offset + text.timestamp + text.date,
            Reading::UnixSeconds | Reading::UnixMillis | Reading::UnixMicros => census.integers,
            Reading::Plain
            | Reading::JulianDay
            | Reading::EmptyNull
            | Reading::NonzeroTrue
            | Reading::StripNul
            | Reading::ReplaceInvalid
            | Reading::Latin1 => text.timestamp_offset,
        },
        PgType::Json | PgType::Jsonb => numbers - census.reals_infinite + text.json,
        PgType::Uuid => text.uuid + census.blobs_of_16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{TextCensus, choose};

    fn most(declared_type: &str, census: &ColumnCensus) -> Option<(PgType, Reading, u64)> {
        let facts = ColumnFacts {
            declared_type,
            affinity: Affinity::of(Some(declared_type), false),
            rowid_alias: false,
            json_checked: false,
            indexed: false,
        };
        most_cells(facts, &choose(facts, census), census)
    }

    #[test]
    fn a_number_among_words_stays_a_number() {
        let census = ColumnCensus {
            integers: 800,
            texts: 3,
            integer_range: Some(Range { min: 1, max: 9 }),
            ..ColumnCensus::default()
        };
        assert_eq!(most("INTEGER", &census), Some((PgType::BigInt, Reading::Plain, 800)));
        assert_eq!(most("SCORE", &census), Some((PgType::BigInt, Reading::Plain, 800)));
        assert_eq!(most("ANYTHING", &ColumnCensus::default()), None);
    }

    #[test]
    fn the_moments_that_most_cells_are_decide_which_type_is_meant() {
        let text = TextCensus { timestamp: 10, date: 1, ..TextCensus::default() };
        let census = ColumnCensus { texts: 13, text, ..ColumnCensus::default() };
        assert_eq!(most("DATE", &census), Some((PgType::Timestamp, Reading::Plain, 11)));
        let text = TextCensus { empty: 1, ..TextCensus::default() };
        let census = ColumnCensus {
            integers: 5,
            texts: 1,
            integer_range: Some(Range { min: 1_700_000_000, max: 1_700_000_100 }),
            text,
            ..ColumnCensus::default()
        };
        assert_eq!(most("DATETIME", &census), Some((PgType::Timestamp, Reading::UnixSeconds, 5)));
    }
}
