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

/// Returns the one type of a group, with how cells are read, or `None` when no type holds them all
/// without changing a column that is fixed.
#[must_use]
pub fn one_type(members: &[Member<'_>]) -> Option<(PgType, Reading)> {
    let mut census = ColumnCensus::default();
    for member in members {
        census.merge(member.census);
    }
    let fixed: Vec<&Member<'_>> = members.iter().filter(|member| member.fixed).collect();
    if let Some(first) = fixed.first() {
        let (data_type, reading) = (first.choice.data_type, first.choice.reading);
        let agreed = fixed.iter().all(|member| member.choice.data_type == data_type);
        let fits =
            members.iter().all(|member| member.fixed || holds(data_type, reading, member.census));
        return (agreed && fits).then_some((data_type, reading));
    }
    let mut candidates: Vec<(PgType, Reading)> =
        members.iter().map(|member| (member.choice.data_type, member.choice.reading)).collect();
    candidates.push((narrowest(&census), Reading::Plain));
    candidates.extend(
        [PgType::Numeric(None), PgType::Text, PgType::Bytea]
            .map(|data_type| (data_type, Reading::Plain)),
    );
    candidates.sort_by_key(|(data_type, _)| width(*data_type));
    candidates.dedup();
    candidates.into_iter().find(|(data_type, reading)| {
        holds(*data_type, *reading, &census)
            && members.iter().all(|member| no_narrower(*data_type, member.choice))
    })
}

/// A declared `bigint` must not become `smallint` because the other end of the key is one.
fn no_narrower(data_type: PgType, choice: &Choice) -> bool {
    let same_family = data_type.is_integer() && choice.data_type.is_integer();
    !same_family
        || width(data_type) >= width(choice.data_type)
        || choice.verdict == Verdict::LeftFamily
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
