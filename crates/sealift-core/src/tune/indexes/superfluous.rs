//! Indexes that cost writes and bring nothing.

use super::{Index, IndexAdvice, IndexFacts, Kind};
use crate::name::Ident;
use crate::sql::Sql;

/// After so many days, what was never used is taken for useless: a week has every day of the week.
pub const DAYS_TO_JUDGE: u64 = 7;

/// Returns the indexes that another one makes superfluous: equal ones, and those whose keys another begins with.
pub(super) fn duplicates(facts: &IndexFacts) -> Vec<IndexAdvice> {
    let mut gone: Vec<&Ident> = Vec::new();
    let mut advice = Vec::new();
    for (at, index) in facts.indexes.iter().enumerate() {
        if !index.is_for_speed_only() || !index.valid {
            continue;
        }
        let keeper = facts.indexes.iter().enumerate().find(|(other_at, other)| {
            let stays = *other_at != at && !gone.contains(&&other.name);
            // Of two that replace each other and may both go, the later one goes.
            let goes_itself = at < *other_at && other.is_for_speed_only() && replaces(index, other);
            stays && replaces(other, index) && !goes_itself
        });
        let Some((_, keeper)) = keeper else { continue };
        gone.push(&index.name);
        let equal = keeper.keys.len() == index.keys.len();
        let because = if equal {
            format!("index {} is the same as {}", index.name, keeper.name)
        } else {
            format!(
                "index {} is the beginning of {}, which serves as well",
                index.name, keeper.name
            )
        };
        advice.push(drop_of(facts, index, Kind::Duplicate, because, true));
    }
    advice
}

/// Returns whether `keeper` finds everything that `index` finds, in the same order.
fn replaces(keeper: &Index, index: &Index) -> bool {
    let same_rows = keeper.table == index.table && keeper.condition == index.condition;
    let same_manner = keeper.method == index.method && keeper.valid && !keeper.being_built;
    let begins = match index.method.as_str() {
        "btree" => keeper.keys.starts_with(&index.keys),
        _ => keeper.keys == index.keys,
    };
    let carries = index.included.iter().all(|column| {
        let key = keeper.keys.iter().any(|key| key.column.as_ref() == Some(column));
        key || keeper.included.contains(column)
    });
    same_rows && same_manner && begins && carries
}

/// Returns the indexes that no query has used, apart from those that are dropped for another reason and those
/// by which a foreign key finds its rows.
pub(super) fn unused(facts: &IndexFacts, gone: &[&Ident]) -> Vec<IndexAdvice> {
    let ready = facts.statistics_days.is_some_and(|days| days >= DAYS_TO_JUDGE);
    let candidates = facts.indexes.iter().filter(|index| {
        let unused = index.scans == 0 && index.valid && index.is_for_speed_only();
        unused && !gone.contains(&&index.name) && !serves_a_key(facts, index, gone)
    });
    let advice = candidates.map(|index| {
        let caution = if ready {
            "; standbys count for themselves"
        } else {
            "; too early to say: remove the dashes when it stays so, also on standbys"
        };
        let because = format!("index {} ({} bytes) was not used{caution}", index.name, index.bytes);
        drop_of(facts, index, Kind::Unused, because, ready)
    });
    advice.collect()
}

/// Returns whether it is the only index by which a foreign key finds its rows: the server looks there without
/// counting a use for each, and would be advised to make it again.
fn serves_a_key(facts: &IndexFacts, index: &Index, gone: &[&Ident]) -> bool {
    facts.foreign_keys.iter().any(|key| {
        let others = facts.indexes.iter().filter(|other| {
            other.name != index.name && !gone.contains(&&other.name) && other.finds(key)
        });
        index.finds(key) && others.count() == 0
    })
}

fn drop_of(
    facts: &IndexFacts,
    index: &Index,
    kind: Kind,
    because: String,
    ready: bool,
) -> IndexAdvice {
    IndexAdvice {
        kind,
        table: index.table.clone(),
        index: Some(index.name.clone()),
        because,
        sql: Some(Sql::raw("drop index concurrently ").qualified(&facts.schema, &index.name)),
        ready,
    }
}
