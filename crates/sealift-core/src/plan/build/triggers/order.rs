//! The names of triggers, by which PostgreSQL orders them (manual, section 39.1).

use super::chain::Candidate;
use crate::ast::{ForeignKeyAction, TriggerTiming};
use crate::name::{Ident, NameSpace, fit};
use crate::schema::source;
use crate::schema::target::TriggerEvent;
use crate::translate;

/// What PostgreSQL's own triggers of foreign keys are called. SQLite does what a foreign key does
/// before the triggers after the row's change (`sqlite3GenerateRowDelete` in `delete.c`).
const FOREIGN_KEY: &str = "RI_ConstraintTrigger_z";

/// Returns a name for each: its own where that keeps SQLite's order, in which the candidates stand.
pub(super) fn names(candidates: &[Candidate<'_>], tables: &[source::Table]) -> Vec<Ident> {
    let mut names: Vec<Option<Ident>> = vec![None; candidates.len()];
    let mut spaces: Vec<(&str, NameSpace)> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if names.get(index).is_some_and(Option::is_some) {
            continue;
        }
        let group: Vec<(usize, &Candidate<'_>)> =
            candidates.iter().enumerate().filter(|(_, other)| together(candidate, other)).collect();
        let own: Vec<Ident> = group.iter().map(|(_, one)| fit(&one.trigger.name)).collect();
        let after_keys =
            candidate.trigger.tree.timing == TriggerTiming::After && is_followed(candidate, tables);
        let in_order = own.is_sorted_by(|a, b| a.as_str() < b.as_str());
        let late = !after_keys || own.iter().all(|name| name.as_str() > FOREIGN_KEY);
        let subject = candidate.subject.source_name.as_str();
        let space = match spaces.iter().position(|(name, _)| *name == subject) {
            Some(position) => position,
            None => {
                spaces.push((subject, NameSpace::new()));
                spaces.len() - 1
            }
        };
        let Some((_, space)) = spaces.get_mut(space) else { continue };
        for (number, (position, one)) in (1..).zip(&group) {
            let name: i32 = number;
            let wanted = if in_order && late {
                one.trigger.name.clone()
            } else {
                format!("t{name:03}_{}", one.trigger.name)
            };
            if let Some(slot) = names.get_mut(*position) {
                *slot = Some(space.claim(&wanted));
            }
        }
    }
    names.into_iter().flatten().collect()
}

/// Returns whether two triggers fire for the same row at the same time.
pub(super) fn together(one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    let key = |candidate: &Candidate<'_>| {
        let tree = &candidate.trigger.tree;
        (candidate.subject.source_name.clone(), tree.timing, translate::event(tree))
    };
    key(one) == key(other)
}

/// Returns whether a foreign key does something when the trigger's event happens.
fn is_followed(candidate: &Candidate<'_>, tables: &[source::Table]) -> bool {
    let keys = tables.iter().flat_map(|table| &table.foreign_keys);
    let name = &candidate.subject.source_name;
    let event = translate::event(&candidate.trigger.tree);
    let acts = |action: ForeignKeyAction| match action {
        ForeignKeyAction::NoAction | ForeignKeyAction::Restrict => false,
        ForeignKeyAction::SetNull | ForeignKeyAction::SetDefault | ForeignKeyAction::Cascade => {
            true
        }
    };
    keys.filter(|key| key.parent.eq_ignore_ascii_case(name)).any(|key| match event {
        TriggerEvent::Insert => false,
        TriggerEvent::Update => acts(key.on_update),
        TriggerEvent::Delete => acts(key.on_delete),
    })
}
