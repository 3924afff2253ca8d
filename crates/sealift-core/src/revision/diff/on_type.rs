//! What stands on the columns of a type that is made anew. The server changes no column under a view or a trigger, and has
//! no way to compare the new type with a value of the old one in a check or the condition of an index.

use super::comments::{comment, object};
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Work};
use super::{constraints, indexes, triggers, views};
use crate::name::Ident;
use crate::revision::model::{
    Column, Constraint, ConstraintKind, Dependency, Index, Table, Trigger, View, printed,
};
use std::collections::BTreeSet;

/// Statements around the change of a type.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Before it.
    pub(super) take_down: Vec<Statement>,
    /// Behind it.
    pub(super) put_back: Vec<Statement>,
}

/// Returns what is there when a phase begins and stands on these columns, which are all of a type.
pub(super) fn standing(
    sides: &Sides<'_>,
    name: &Ident,
    columns: &[(&Ident, &Column)],
    phase: Phase,
) -> Standing {
    let mut standing = Standing::default();
    let (mut views_back, mut keys_back) = (Vec::new(), Vec::new());
    for view in views_on(sides, name, columns, phase).iter().rev() {
        let step = views::make_view(view, phase);
        standing.take_down.extend(step.down);
        let made = view.triggers.iter().flat_map(|it| triggers::make(&view.name, it).up);
        views_back.push(step.up.into_iter().chain(made).collect::<Vec<_>>());
    }
    for table in &sides.base.tables {
        for trigger in triggers_of(sides, table, phase) {
            let of = columns.iter().filter(|(of, _)| **of == table.name);
            let mut names = of.map(|(_, column)| column.name.as_str());
            if names.any(|column| printed::mentions(&trigger.definition, column)) {
                let step = triggers::make(&table.name, trigger);
                standing.take_down.extend(step.down);
                standing.put_back.extend(step.up);
            }
        }
        for constraint in constraints_of(sides, table, phase) {
            let stands = match constraint.kind {
                ConstraintKind::Check | ConstraintKind::Exclusion => {
                    printed::mentions(&constraint.definition, name.as_str())
                }
                ConstraintKind::Foreign => refers(table, constraint, columns),
                ConstraintKind::Primary | ConstraintKind::Unique => false,
            };
            if !stands {
                continue;
            }
            let step = constraints::plainly(&table.name, constraint);
            let step = constraints::with_comment(step, &table.name, constraint);
            // Foreign keys first, and last again.
            if constraint.kind == ConstraintKind::Foreign {
                standing.take_down.splice(0..0, step.down);
                keys_back.extend(step.up);
            } else {
                standing.take_down.extend(step.down);
                standing.put_back.extend(step.up);
            }
        }
        for index in indexes_of(sides, table, phase) {
            if printed::mentions(&index.tail, name.as_str()) {
                let drop = crate::sql::Sql::raw("drop index ").ident(&index.name);
                let drop = Statement::brief(drop, Lock::AccessExclusive, &table.name);
                standing.take_down.push(drop);
                let create = indexes::create_plainly(&table.name, index);
                let create = Statement::brief(create, Lock::ShareRowExclusive, &table.name);
                standing.put_back.push(create.working(Work::Scan));
                let said = comment(&object("index", &index.name), None, index.comment.as_deref());
                standing.put_back.extend(said.into_iter().flat_map(|step| step.up));
            }
        }
    }
    standing.put_back.extend(keys_back);
    standing.put_back.extend(views_back.into_iter().rev().flatten());
    standing
}

/// Views on the columns or the type, and views on these, each behind those it stands on.
fn views_on<'a>(
    sides: &Sides<'a>,
    name: &Ident,
    columns: &[(&Ident, &Column)],
    phase: Phase,
) -> Vec<&'a View> {
    let mut found: Vec<&View> = Vec::new();
    let mut names: BTreeSet<&Ident> = BTreeSet::new();
    for view in views::ordered_views(sides.base) {
        let is_there = phase < Phase::DropViews || !sides.views_down.contains(&view.name);
        let stands = view.depends_on.iter().any(|on| match on {
            Dependency::Relation { name, column } => {
                names.contains(name)
                    || columns
                        .iter()
                        .any(|(table, of)| *table == name && column.as_ref() == Some(&of.name))
            }
            Dependency::Type { name: of } => of == name,
            Dependency::Function { .. } => false,
        });
        if is_there && stands {
            found.push(view);
            names.insert(&view.name);
        }
    }
    found
}

fn refers(table: &Table, constraint: &Constraint, columns: &[(&Ident, &Column)]) -> bool {
    let has = |of: &Ident, names: &[Ident]| {
        columns.iter().any(|(table, column)| *table == of && names.contains(&column.name))
    };
    has(&table.name, &constraint.columns)
        || constraint.references.as_ref().is_some_and(|to| has(&to.table, &to.columns))
}

fn constraints_of<'a>(sides: &Sides<'a>, table: &'a Table, phase: Phase) -> Vec<&'a Constraint> {
    if phase < Phase::DropViews {
        return table.constraints.iter().collect();
    }
    let Some(new) = sides.wanted.table(&table.name) else { return Vec::new() };
    let pairs = sides.constraints(table, new);
    pairs.kept.into_iter().chain(pairs.renamed).map(|(_, new)| new).collect()
}

fn indexes_of<'a>(sides: &Sides<'a>, table: &'a Table, phase: Phase) -> Vec<&'a Index> {
    if phase < Phase::DropViews {
        return table.indexes.iter().collect();
    }
    let Some(new) = sides.wanted.table(&table.name) else { return Vec::new() };
    let pairs = sides.indexes(table, new);
    // An index that goes, or is built anew beside the old one, goes only behind this.
    let old = pairs.gone.into_iter().chain(pairs.changed.into_iter().map(|(old, _)| old));
    let old = old.filter(|index| {
        index.columns.iter().all(|column| new.column(column).is_some())
            && !sides.is_remade(&table.name, &index.columns)
            && !sides.changes_type(&table.name, &index.columns)
    });
    pairs.kept.into_iter().chain(pairs.renamed).map(|(_, new)| new).chain(old).collect()
}

fn triggers_of<'a>(sides: &Sides<'a>, table: &'a Table, phase: Phase) -> Vec<&'a Trigger> {
    let Some(new) = sides.wanted.table(&table.name) else {
        return if phase < Phase::DropViews { table.triggers.iter().collect() } else { Vec::new() };
    };
    let stays = |trigger: &&Trigger| {
        phase < Phase::DropViews
            || new.triggers.iter().any(|other| {
                other.name == trigger.name
                    && other.definition == trigger.definition
                    && !triggers::must_go(sides, &table.name, trigger)
            })
    };
    table.triggers.iter().filter(stays).collect()
}
