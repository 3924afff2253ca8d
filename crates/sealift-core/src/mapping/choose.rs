//! Meaning + census → the narrowest type that holds every cell and fits the meaning.

use super::declared::Meaning;
use super::fit::{epoch, holds, julian_days};
use super::{ColumnCensus, PgType};
use crate::convert::Reading;
use crate::sqlite::Affinity;

/// How the chosen type relates to the declared one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What was declared.
    AsDeclared,
    /// A wider type of the same family, such as `bigint` for `SMALLINT`: a note.
    Widened,
    /// Another family, such as `text` for a "number" that holds words: a warning.
    LeftFamily,
}

/// The type of a column and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The type.
    pub data_type: PgType,
    /// How its cells are read.
    pub reading: Reading,
    /// Why, for people.
    pub because: String,
    /// How it relates to the declared type.
    pub verdict: Verdict,
    /// The type that was declared, when the cells do not fit it: the caller lists which do not.
    pub wanted: Option<PgType>,
    /// A way to read the cells under which they would fit what was declared, at the price it names.
    pub remedy: Option<(PgType, Reading)>,
}

/// What is known about a column besides its cells.
#[derive(Debug, Clone, Copy)]
pub struct ColumnFacts<'a> {
    /// The declared type as written.
    pub declared_type: &'a str,
    /// Its affinity.
    pub affinity: Affinity,
    /// The column is another name for the rowid.
    pub rowid_alias: bool,
    /// A check says `json_valid(column)`.
    pub json_checked: bool,
    /// The column is part of a key, a unique constraint or an index: `json` has no equality.
    pub indexed: bool,
}

/// Returns the type of a column.
#[must_use]
pub fn choose(facts: ColumnFacts<'_>, census: &ColumnCensus) -> Choice {
    let meaning = meaning(facts);
    let declared = shown(facts.declared_type);
    if facts.rowid_alias {
        return as_declared(PgType::BigInt, "the rowid: always a 64-bit whole number".to_owned());
    }
    if census.values() == 0 {
        let data_type = comparable(meaning.of_nothing(), facts.indexed);
        return as_declared(data_type, format!("{declared}; no values yet"));
    }
    match meaning {
        Meaning::Unknown(_) => by_data_alone(facts, census),
        Meaning::Type(wanted) => by_meaning(comparable(wanted, facts.indexed), facts, census),
    }
}

/// Returns what the declared type and the checks mean together.
fn meaning(facts: ColumnFacts<'_>) -> Meaning {
    let declared = Meaning::of(facts.declared_type, facts.affinity);
    let is_text = matches!(declared, Meaning::Type(PgType::Text | PgType::Varchar(_)));
    if facts.json_checked && is_text { Meaning::Type(PgType::Json) } else { declared }
}

/// `json` has neither equality nor order, so a key or an index on it cannot be made.
fn comparable(data_type: PgType, indexed: bool) -> PgType {
    if indexed && data_type == PgType::Json { PgType::Text } else { data_type }
}

fn as_declared(data_type: PgType, because: String) -> Choice {
    Choice {
        data_type,
        reading: Reading::Plain,
        because,
        verdict: Verdict::AsDeclared,
        wanted: None,
        remedy: None,
    }
}

fn by_meaning(wanted: PgType, facts: ColumnFacts<'_>, census: &ColumnCensus) -> Choice {
    let declared = shown(facts.declared_type);
    // `jsonb` keeps the value but not the order of keys, the spacing and the form of numbers.
    let wanted =
        if wanted == PgType::Jsonb { comparable(PgType::Json, facts.indexed) } else { wanted };
    if holds(wanted, Reading::Plain, census) {
        return as_declared(wanted, format!("{declared}; {}", fits(wanted, census)));
    }
    if let Some(choice) = same_family(wanted, &declared, census) {
        return choice;
    }
    let data_type = narrowest(census);
    Choice {
        data_type,
        reading: Reading::Plain,
        because: format!("{declared}, but {}", what_it_holds(census)),
        verdict: Verdict::LeftFamily,
        wanted: Some(wanted),
        remedy: remedy(wanted, census),
    }
}

/// Returns the reading that brings the cells into the declared type, when one alone does.
fn remedy(wanted: PgType, census: &ColumnCensus) -> Option<(PgType, Reading)> {
    let text = &census.text;
    let only_texts = census.texts == census.values();
    match wanted {
        PgType::Text | PgType::Varchar(_) if only_texts && text.invalid_utf8 == 0 => {
            Some((PgType::Text, Reading::StripNul))
        }
        PgType::Text | PgType::Varchar(_) if only_texts && text.with_nul == 0 => {
            Some((PgType::Text, Reading::ReplaceInvalid))
        }
        PgType::Boolean if census.integers + census.reals == census.values() => {
            Some((PgType::Boolean, Reading::NonzeroTrue))
        }
        PgType::Date | PgType::Timestamp if julian_days(census) => {
            Some((PgType::Timestamp, Reading::JulianDay))
        }
        PgType::Date if only_texts && text.date + text.empty == census.values() => {
            Some((PgType::Date, Reading::EmptyNull))
        }
        PgType::Date | PgType::Timestamp
            if only_texts && text.timestamp + text.date + text.empty == census.values() =>
        {
            Some((PgType::Timestamp, Reading::EmptyNull))
        }
        PgType::TimestampTz
            if only_texts
                && text.timestamp + text.timestamp_offset + text.date == census.values() =>
        {
            Some((PgType::TimestampTz, Reading::NaiveUtc))
        }
        PgType::SmallInt | PgType::Integer | PgType::BigInt
            if text.empty > 0
                && text.integer + text.empty == census.texts
                && census.reals + census.blobs == 0 =>
        {
            Some((PgType::BigInt, Reading::EmptyNull))
        }
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(_)
        | PgType::Text
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Timestamp
        | PgType::TimestampTz
        | PgType::Json
        | PgType::Jsonb
        | PgType::Uuid => None,
    }
}

/// Returns the first wider type of the family of `wanted` that holds every cell.
fn same_family(wanted: PgType, declared: &str, census: &ColumnCensus) -> Option<Choice> {
    let candidates: &[PgType] = match wanted {
        PgType::SmallInt => &[PgType::Integer, PgType::BigInt],
        PgType::Integer => &[PgType::BigInt],
        PgType::Numeric(Some(_)) => &[PgType::Numeric(None)],
        PgType::Varchar(_) | PgType::Json => &[PgType::Text],
        PgType::Jsonb => &[PgType::Json, PgType::Text],
        PgType::Date => &[PgType::Timestamp, PgType::TimestampTz],
        PgType::Timestamp => &[PgType::TimestampTz],
        PgType::TimestampTz => &[PgType::Timestamp],
        PgType::Boolean
        | PgType::BigInt
        | PgType::Double
        | PgType::Numeric(None)
        | PgType::Text
        | PgType::Bytea
        | PgType::Time
        | PgType::Uuid => &[],
    };
    for candidate in candidates {
        if holds(*candidate, Reading::Plain, census) {
            return Some(Choice {
                data_type: *candidate,
                reading: Reading::Plain,
                because: format!("{declared}, but {}", why_wider(*candidate, wanted, census)),
                verdict: Verdict::Widened,
                wanted: Some(wanted),
                remedy: None,
            });
        }
    }
    let is_moment = matches!(wanted, PgType::Date | PgType::Timestamp | PgType::TimestampTz);
    let (reading, said) = match epoch(census) {
        Some(reading) if census.integers == census.values() => {
            (reading, format!("every cell is a number of {} since 1970", unit(reading)))
        }
        Some(_) | None if holds(PgType::Timestamp, Reading::JulianDay, census) => {
            (Reading::JulianDay, "every cell is a Julian day, to the millisecond".to_owned())
        }
        Some(_) | None => return None,
    };
    is_moment.then(|| Choice {
        data_type: PgType::Timestamp,
        reading,
        because: format!("{declared}; {said}"),
        verdict: Verdict::Widened,
        wanted: None,
        remedy: None,
    })
}

/// Nothing is declared that says more than an affinity: the cells decide.
fn by_data_alone(facts: ColumnFacts<'_>, census: &ColumnCensus) -> Choice {
    let data_type = narrowest(census);
    let declared = shown(facts.declared_type);
    let expected: &[PgType] = match facts.affinity {
        Affinity::Integer => &[PgType::BigInt],
        Affinity::Real => &[PgType::Double],
        Affinity::Text => &[PgType::Text],
        Affinity::Numeric | Affinity::Blob => &[],
    };
    let mixed = classes(census) > 1 && !(census.texts == 0 && census.blobs == 0);
    let left = (!expected.is_empty() && !expected.contains(&data_type)) || mixed;
    Choice {
        data_type,
        reading: Reading::Plain,
        because: format!("{declared}; {}", what_it_holds(census)),
        verdict: if left { Verdict::LeftFamily } else { Verdict::AsDeclared },
        wanted: expected.first().copied().filter(|_| left),
        remedy: None,
    }
}

/// Returns the narrowest type that holds every cell, whatever was declared.
#[must_use]
pub(super) fn narrowest(census: &ColumnCensus) -> PgType {
    let numbers = census.integers + census.reals;
    let values = census.values();
    if census.integers == values {
        PgType::BigInt
    } else if numbers == values {
        if holds(PgType::Double, Reading::Plain, census) {
            PgType::Double
        } else {
            PgType::Numeric(None)
        }
    } else if holds(PgType::Text, Reading::Plain, census) {
        PgType::Text
    } else {
        PgType::Bytea
    }
}

fn classes(census: &ColumnCensus) -> usize {
    [census.integers, census.reals, census.texts, census.blobs]
        .iter()
        .filter(|count| **count > 0)
        .count()
}

fn shown(declared_type: &str) -> String {
    if declared_type.trim().is_empty() {
        "no declared type".to_owned()
    } else {
        format!("declared {}", declared_type.trim())
    }
}

fn unit(reading: Reading) -> &'static str {
    match reading {
        Reading::UnixMillis => "milliseconds",
        Reading::UnixMicros => "microseconds",
        Reading::UnixSeconds
        | Reading::Plain
        | Reading::JulianDay
        | Reading::NaiveUtc
        | Reading::EmptyNull
        | Reading::NonzeroTrue
        | Reading::StripNul
        | Reading::ReplaceInvalid
        | Reading::Latin1 => "seconds",
    }
}

/// Says in what way every cell fits.
fn fits(data_type: PgType, census: &ColumnCensus) -> String {
    match data_type {
        PgType::SmallInt | PgType::Integer | PgType::BigInt => match census.integer_range {
            Some(range) => format!("whole numbers from {} to {}", range.min, range.max),
            None => "every text is a whole number".to_owned(),
        },
        PgType::Varchar(_) => {
            format!("at most {} characters", census.text.longest_chars)
        }
        PgType::Boolean => "only true and false".to_owned(),
        PgType::Json => "every cell is valid JSON, kept byte for byte".to_owned(),
        PgType::Jsonb => "every cell is valid JSON".to_owned(),
        PgType::Uuid => "every cell is a UUID".to_owned(),
        PgType::Date => "every cell is a day".to_owned(),
        PgType::Time => "every cell is a time of day".to_owned(),
        PgType::Timestamp => "every cell is a moment without offset".to_owned(),
        PgType::TimestampTz => "every cell is a moment with its offset".to_owned(),
        PgType::Double | PgType::Numeric(_) | PgType::Text | PgType::Bytea => {
            "every cell fits".to_owned()
        }
    }
}

fn why_wider(data_type: PgType, wanted: PgType, census: &ColumnCensus) -> String {
    match data_type {
        PgType::Integer | PgType::BigInt => match census.integer_range {
            Some(range) => format!("whole numbers reach from {} to {}", range.min, range.max),
            None => "its texts are larger whole numbers".to_owned(),
        },
        PgType::Numeric(_) if census.reals_infinite > 0 => {
            "some numbers are infinite, which no bound takes".to_owned()
        }
        PgType::Numeric(_) => format!(
            "numbers have up to {} digits before and {} after the point",
            census.integer_digits, census.fraction_digits
        ),
        PgType::Text if matches!(wanted, PgType::Json | PgType::Jsonb) => {
            match census.texts.saturating_sub(census.text.json) {
                0 => "some numbers are infinite, which JSON does not know".to_owned(),
                refused => format!("{refused} of {} texts are not valid JSON", census.texts),
            }
        }
        PgType::Text if census.texts < census.values() => {
            "some cells are numbers, which have no length".to_owned()
        }
        PgType::Text => format!("texts are up to {} characters long", census.text.longest_chars),
        PgType::Json => "some cells would change in jsonb".to_owned(),
        PgType::Timestamp => "cells hold times of day and no offset".to_owned(),
        PgType::TimestampTz => "every cell has an offset".to_owned(),
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Double
        | PgType::Varchar(_)
        | PgType::Bytea
        | PgType::Date
        | PgType::Time
        | PgType::Jsonb
        | PgType::Uuid => "its cells need it".to_owned(),
    }
}

/// Lists what the cells are, most telling first.
fn what_it_holds(census: &ColumnCensus) -> String {
    let mut parts = Vec::new();
    let mut part = |count: u64, one: &str, many: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    part(census.text.with_nul, "text with a NUL byte", "texts with a NUL byte");
    part(census.text.invalid_utf8, "text that is not UTF-8", "texts that are not UTF-8");
    part(census.blobs, "blob", "blobs");
    part(census.texts, "text", "texts");
    part(census.reals, "fractional number", "fractional numbers");
    part(census.integers, "whole number", "whole numbers");
    format!("it holds {}", parts.join(", "))
}

#[cfg(test)]
mod tests;
