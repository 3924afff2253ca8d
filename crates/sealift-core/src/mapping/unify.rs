//! One type across every foreign key, and across all keys that hang together.

use super::choose::{Choice, Verdict, narrowest};
use super::fit::holds;
use super::{ColumnCensus, PgType};
use crate::convert::Reading;
use std::collections::BTreeMap;

/// A column of the schema: the table's and the column's position.
pub type ColumnId = (usize, usize);

/// A column that keys tie to others.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Which column.
    pub id: ColumnId,
    /// What its cells are.
    pub census: &'a ColumnCensus,
    /// The type it would get alone.
    pub choice: &'a Choice,
    /// Its type is not ours to change: a rowid alias, or the user's cast.
    pub fixed: bool,
    /// It points at nothing itself: which keys there may be is for it to say.
    pub root: bool,
}

/// Groups columns that foreign keys tie together, directly or through others.
#[must_use]
pub fn groups(ties: &[(ColumnId, ColumnId)]) -> Vec<Vec<ColumnId>> {
    let mut parent: BTreeMap<ColumnId, ColumnId> = BTreeMap::new();
    for (left, right) in ties {
        let left = root(&mut parent, *left);
        let right = root(&mut parent, *right);
        parent.insert(left, right);
    }
    let members: Vec<ColumnId> = parent.keys().copied().collect();
    let mut grouped: BTreeMap<ColumnId, Vec<ColumnId>> = BTreeMap::new();
    for member in members {
        grouped.entry(root(&mut parent, member)).or_default().push(member);
    }
    grouped.into_values().collect()
}

fn root(parent: &mut BTreeMap<ColumnId, ColumnId>, id: ColumnId) -> ColumnId {
    let mut current = id;
    while let Some(next) = parent.get(&current).copied() {
        if next == current {
            return current;
        }
        current = next;
    }
    parent.insert(current, current);
    current
}

/// Returns which members of a group get one type, and which one, with how cells are read.
///
/// Where a column's type is fixed, a member whose cells do not fit it keeps its own, and is left out
/// here: its key cannot be made, and those of the others can. `None` when nothing is left to agree on.
#[must_use]
pub fn one_type_of_most(members: &[Member<'_>]) -> Option<(Vec<ColumnId>, PgType, Reading)> {
    let ids = |members: &[Member<'_>]| members.iter().map(|member| member.id).collect();
    if let Some((data_type, reading)) = one_type(members) {
        return Some((ids(members), data_type, reading));
    }
    let (data_type, reading) = members
        .iter()
        .find(|member| member.fixed)
        .map(|member| (member.choice.data_type, member.choice.reading))?;
    let fitting: Vec<Member<'_>> = members
        .iter()
        .filter(|member| {
            if member.fixed {
                member.choice.data_type == data_type
            } else {
                takes(data_type, reading, member)
            }
        })
        .cloned()
        .collect();
    (fitting.len() > 1).then(|| (ids(&fitting), data_type, reading))
}

/// Returns whether a column that is not fixed can be given the type of one that is.
fn takes(data_type: PgType, reading: Reading, member: &Member<'_>) -> bool {
    holds(data_type, reading, member.census) && stands_for(data_type, member, true)
}

/// Returns the one type of a group, with how cells are read, or `None` when no type holds them all
/// without changing a column that is fixed.
fn one_type(members: &[Member<'_>]) -> Option<(PgType, Reading)> {
    let mut census = ColumnCensus::default();
    for member in members {
        census.merge(member.census);
    }
    let fixed: Vec<&Member<'_>> = members.iter().filter(|member| member.fixed).collect();
    if let Some(first) = fixed.first() {
        let (data_type, reading) = (first.choice.data_type, first.choice.reading);
        let agreed = fixed.iter().all(|member| member.choice.data_type == data_type);
        let fits = members.iter().all(|member| member.fixed || takes(data_type, reading, member));
        return (agreed && fits).then_some((data_type, reading));
    }
    let mut candidates: Vec<(PgType, Reading)> =
        members.iter().map(|member| (member.choice.data_type, member.choice.reading)).collect();
    if census.values() > 0 {
        candidates.push((narrowest(&census), Reading::Plain));
    }
    candidates.extend(common_decimal(members).map(|data_type| (data_type, Reading::Plain)));
    candidates.extend(
        [PgType::Numeric(None), PgType::Text, PgType::Bytea]
            .map(|data_type| (data_type, Reading::Plain)),
    );
    candidates.sort_by_key(|(data_type, _)| width(*data_type));
    candidates.dedup();
    let own = |data_type: PgType| members.iter().any(|member| member.choice.data_type == data_type);
    candidates.into_iter().find(|(data_type, reading)| {
        holds(*data_type, *reading, &census)
            && members.iter().all(|member| stands_for(*data_type, member, own(*data_type)))
    })
}

/// Returns whether a type can take the place of a member's own.
///
/// Within a family it must not be narrower: a declared `bigint` does not become `smallint` because
/// the other end of the key is one. Between families the cells decide; a column without any goes
/// along with what another end of the key has, and with nothing else.
fn stands_for(data_type: PgType, member: &Member<'_>, is_own_of_some: bool) -> bool {
    let own = member.choice.data_type;
    // Keys that are texts by declaration may be words tomorrow, whatever numbers point at them today.
    if own.is_text() && member.root {
        return data_type == PgType::Bytea
            || (data_type.is_text() && width(data_type) >= width(own));
    }
    // A text keeps its spelling: `00501` is no number, `1.50` and `1.5` are two texts. Whole numbers
    // in their one canonical form are all that `holds` lets through here.
    if own.is_text() && member.census.texts > 0 && !data_type.is_integer() {
        return data_type == PgType::Bytea
            || (data_type.is_text() && width(data_type) >= width(own));
    }
    // A decimal is not made a binary fraction because its cells would survive it: those to come decide.
    if matches!(own, PgType::Numeric(_)) && data_type == PgType::Double {
        return is_own_of_some;
    }
    if family(data_type) == family(own) {
        is_as_wide(data_type, own) || member.choice.verdict == Verdict::LeftFamily
    } else {
        is_own_of_some || member.census.values() > 0
    }
}

/// Returns whether a type takes every value that another one of its family takes.
fn is_as_wide(data_type: PgType, own: PgType) -> bool {
    match (data_type, own) {
        (PgType::Numeric(Some(wide)), PgType::Numeric(Some(narrow))) => {
            digits(wide) >= digits(narrow) && wide.1 >= narrow.1
        }
        _ => width(data_type) >= width(own),
    }
}

/// Returns how many digits before the point a `numeric(p,s)` has.
fn digits((precision, scale): (u16, u16)) -> u16 {
    precision.saturating_sub(scale)
}

/// Returns the narrowest `numeric(p,s)` that takes all that those of a group take.
fn common_decimal(members: &[Member<'_>]) -> Option<PgType> {
    let bounds = members.iter().filter_map(|member| match member.choice.data_type {
        PgType::Numeric(bounds) => bounds,
        PgType::Boolean
        | PgType::SmallInt
        | PgType::Integer
        | PgType::BigInt
        | PgType::Double
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
    });
    bounds
        .reduce(|left, right| {
            let scale = std::cmp::max(left.1, right.1);
            (std::cmp::max(digits(left), digits(right)).saturating_add(scale), scale)
        })
        .map(|bounds| PgType::Numeric(Some(bounds)))
}

/// Types that hold the same kind of value.
fn family(data_type: PgType) -> u8 {
    match data_type {
        PgType::Boolean => 0,
        PgType::SmallInt | PgType::Integer | PgType::BigInt => 1,
        PgType::Double => 2,
        PgType::Numeric(_) => 3,
        PgType::Text | PgType::Varchar(_) | PgType::Json | PgType::Jsonb => 4,
        PgType::Bytea => 5,
        PgType::Date | PgType::Timestamp | PgType::TimestampTz => 6,
        PgType::Time => 7,
        PgType::Uuid => 8,
    }
}

/// Narrow types first; texts before bytes.
fn width(data_type: PgType) -> u64 {
    match data_type {
        PgType::Boolean => 0,
        PgType::SmallInt => 1,
        PgType::Integer => 2,
        PgType::BigInt => 3,
        PgType::Date => 4,
        PgType::Time => 5,
        PgType::Timestamp => 6,
        PgType::TimestampTz => 7,
        PgType::Uuid => 8,
        PgType::Double => 9,
        PgType::Numeric(Some(_)) => 10,
        PgType::Numeric(None) => 11,
        PgType::Jsonb => 12,
        PgType::Varchar(length) => 13 + u64::from(length),
        PgType::Text => u64::MAX - 2,
        PgType::Json => u64::MAX - 1,
        PgType::Bytea => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{ColumnFacts, Range, TextCensus, choose};
    use crate::sqlite::Affinity;

    fn choice(declared_type: &str, census: &ColumnCensus) -> Choice {
        let facts = ColumnFacts {
            declared_type,
            affinity: Affinity::of(Some(declared_type), false),
            rowid_alias: false,
            json_checked: false,
            indexed: true,
        };
        choose(facts, census)
    }

    fn one(columns: &[(&str, ColumnCensus)]) -> Option<PgType> {
        let choices: Vec<Choice> =
            columns.iter().map(|(declared, census)| choice(declared, census)).collect();
        let members: Vec<Member<'_>> = columns
            .iter()
            .zip(&choices)
            .enumerate()
            .map(|(at, ((_, census), choice))| Member {
                id: (at, 0),
                census,
                choice,
                fixed: false,
                root: false,
            })
            .collect();
        one_type(&members).map(|(data_type, _)| data_type)
    }

    fn integers(max: i64) -> ColumnCensus {
        ColumnCensus {
            integers: 1,
            integer_range: Some(Range { min: 1, max }),
            integers_not_boolean: 1,
            ..ColumnCensus::default()
        }
    }

    fn texts(text: TextCensus) -> ColumnCensus {
        ColumnCensus { texts: 1, text, ..ColumnCensus::default() }
    }

    #[test]
    fn columns_tied_through_a_third_are_one_group() {
        let found = groups(&[((1, 0), (0, 0)), ((2, 1), (1, 0)), ((4, 0), (3, 0))]);
        assert_eq!(found, vec![vec![(0, 0), (1, 0), (2, 1)], vec![(3, 0), (4, 0)]]);
    }

    #[test]
    fn the_wider_integer_wins() {
        assert_eq!(
            one(&[("SMALLINT", integers(5)), ("INTEGER", integers(9))]),
            Some(PgType::BigInt)
        );
    }

    #[test]
    fn decimals_of_two_sizes_stay_decimals_and_take_what_either_takes() {
        let prices = || ColumnCensus {
            reals: 1,
            real_range: Some(Range { min: 1.5, max: 1.5 }),
            integer_digits: 1,
            fraction_digits: 1,
            ..ColumnCensus::default()
        };
        assert_eq!(
            one(&[("DECIMAL(5,2)", prices()), ("DECIMAL(10,1)", prices())]),
            Some(PgType::Numeric(Some((11, 2))))
        );
        assert_eq!(
            one(&[("DECIMAL(5,2)", prices()), ("REAL", prices())]),
            Some(PgType::Double),
            "one end is a binary fraction already"
        );
    }

    #[test]
    fn a_column_that_does_not_fit_a_fixed_one_does_not_keep_the_others_from_it() {
        let columns = [
            ("INTEGER", integers(9)),
            ("TEXT", texts(TextCensus::default())),
            ("SMALLINT", integers(5)),
        ];
        let choices: Vec<Choice> =
            columns.iter().map(|(declared, census)| choice(declared, census)).collect();
        let members: Vec<Member<'_>> = columns
            .iter()
            .zip(&choices)
            .enumerate()
            .map(|(at, ((_, census), choice))| Member {
                id: (at, 0),
                census,
                choice,
                fixed: at == 0,
                root: false,
            })
            .collect();
        assert_eq!(
            one_type_of_most(&members),
            Some((vec![(0, 0), (2, 0)], PgType::BigInt, Reading::Plain))
        );
    }

    #[test]
    fn empty_texts_stay_texts_and_the_longer_one_wins() {
        let empty = ColumnCensus::default;
        assert_eq!(one(&[("TEXT", empty()), ("TEXT", empty())]), Some(PgType::Text));
        assert_eq!(
            one(&[("VARCHAR(32)", empty()), ("VARCHAR(63)", empty())]),
            Some(PgType::Varchar(63))
        );
    }

    #[test]
    fn texts_that_are_all_whole_numbers_follow_the_integer_they_point_at() {
        let child = texts(TextCensus {
            integer: 1,
            integer_range: Some(Range { min: 7, max: 7 }),
            ..TextCensus::default()
        });
        assert_eq!(one(&[("TEXT", child), ("INTEGER", integers(9))]), Some(PgType::BigInt));
    }

    #[test]
    fn a_text_key_keeps_its_spelling_whatever_points_at_it() {
        let zeros = || texts(TextCensus { decimal: 1, ..TextCensus::default() });
        assert_eq!(one(&[("VARCHAR(5)", zeros()), ("INT", integers(10_001))]), Some(PgType::Text));
        assert_eq!(one(&[("TEXT", zeros()), ("DECIMAL(10,2)", integers(2))]), Some(PgType::Text));
        let flags = texts(TextCensus { boolean: 1, ..TextCensus::default() });
        assert_eq!(one(&[("TEXT", flags), ("BOOLEAN", integers(1))]), Some(PgType::Text));
        let ids = || texts(TextCensus { uuid: 1, ..TextCensus::default() });
        assert_eq!(one(&[("TEXT", ids()), ("UUID", ids())]), Some(PgType::Text));
    }

    #[test]
    fn a_text_key_of_numbers_stays_text_where_it_is_pointed_at() {
        let numbers = texts(TextCensus {
            integer: 1,
            integer_range: Some(Range { min: 7, max: 7 }),
            ..TextCensus::default()
        });
        for parent in [numbers, ColumnCensus::default()] {
            let child = integers(7);
            let choices = [choice("TEXT", &parent), choice("INT", &child)];
            let of = |at: usize, census| Member {
                id: (at, 0),
                census,
                choice: &choices[at],
                fixed: false,
                root: at == 0,
            };
            assert_eq!(
                one_type(&[of(0, &parent), of(1, &child)]),
                Some((PgType::Text, Reading::Plain))
            );
        }
    }

    #[test]
    fn a_number_column_full_of_text_keys_becomes_text_on_both_ends() {
        let words = || texts(TextCensus::default());
        assert_eq!(one(&[("INTEGER", words()), ("TEXT", words())]), Some(PgType::Text));
    }
}
