//! Triggers of tables and views.

use super::comments::{comment, on_table};
use super::pairs::Pairs;
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step, alter};
use crate::name::Ident;
use crate::revision::model::{Model, Trigger, printed};
use crate::sql::Sql;
use std::collections::BTreeSet;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let owners: BTreeSet<&Ident> = owners(sides.base).chain(owners(sides.wanted)).collect();
    for owner in owners {
        let (old, new) = (of(sides.base, owner), of(sides.wanted, owner));
        let owner_goes = sides.views_down.contains(owner);
        let pairs = Pairs::by_name(
            old,
            new,
            |trigger| &trigger.name,
            |a, b| a.definition == b.definition && !owner_goes && !must_go(sides, owner, a),
        );
        for (a, b) in pairs.kept {
            if a.state != b.state {
                steps.push(switch(owner, a, b));
            }
            let on = on_table("trigger", &b.name, owner);
            steps.extend(comment(&on, a.comment.as_deref(), b.comment.as_deref()));
        }
        let gone = pairs.gone.into_iter().chain(pairs.changed.iter().map(|(old, _)| *old));
        steps.extend(gone.map(|trigger| {
            let title = format!("drop trigger {} of {owner}", trigger.name);
            let of_view = sides.base.view(owner).is_some();
            let phase = if of_view { Phase::DropViewTriggers } else { Phase::DropTriggers };
            make(owner, trigger).flipped(phase, title)
        }));
        let made = pairs.new.into_iter().chain(pairs.changed.iter().map(|(_, new)| *new));
        steps.extend(made.map(|trigger| make(owner, trigger)));
    }
    steps
}

fn owners(model: &Model) -> impl Iterator<Item = &Ident> {
    let tables = model.tables.iter().map(|table| &table.name);
    tables.chain(model.views.iter().map(|view| &view.name))
}

fn of<'a>(model: &'a Model, owner: &Ident) -> &'a [Trigger] {
    let table = model.table(owner).map(|table| table.triggers.as_slice());
    table.or_else(|| model.view(owner).map(|view| view.triggers.as_slice())).unwrap_or_default()
}

/// Its function is made anew, or a column in its condition changes: the server refuses both while it stands.
pub(super) fn must_go(sides: &Sides<'_>, owner: &Ident, trigger: &Trigger) -> bool {
    let function = sides.functions_down.iter().any(|(name, _)| *name == trigger.function);
    let columns = sides.moved.iter().filter(|(table, _)| table == owner);
    function
        || columns.into_iter().any(|(_, column)| {
            let changes = sides.is_remade(owner, std::slice::from_ref(column))
                || sides.changes_type(owner, std::slice::from_ref(column));
            changes && printed::mentions(&trigger.definition, column.as_str())
        })
}

pub(super) fn make(owner: &Ident, trigger: &Trigger) -> Step {
    let name = &trigger.name;
    let lock = |sql| Statement::brief(sql, Lock::ShareRowExclusive, owner);
    let mut up = vec![lock(trigger.definition.clone())];
    if trigger.state.is_some() {
        up.push(state(owner, trigger));
    }
    let on = on_table("trigger", name, owner);
    up.extend(comment(&on, None, trigger.comment.as_deref()).into_iter().flat_map(|s| s.up));
    let drop = Sql::raw("drop trigger ").ident(name).push(" on ").ident(owner);
    Step {
        phase: Phase::MakeTriggers,
        title: format!("create trigger {name} on {owner}"),
        note: None,
        up,
        down: vec![Statement::brief(drop, Lock::AccessExclusive, owner)],
    }
}

fn switch(owner: &Ident, old: &Trigger, new: &Trigger) -> Step {
    let title = format!("switch trigger {} of {owner}", new.name);
    Step::new(Phase::MakeTriggers, title, state(owner, new), state(owner, old))
}

fn state(owner: &Ident, trigger: &Trigger) -> Statement {
    let words = trigger.state.clone().unwrap_or_else(|| Sql::raw("enable"));
    let sql = alter(owner).sql(&words).push(" trigger ").ident(&trigger.name);
    Statement::brief(sql, Lock::ShareRowExclusive, owner)
}
