//! Indexes of tables that stay.

use super::comments::{comment, object};
use super::pairs::Pairs;
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step, Work};
use crate::name::Ident;
use crate::revision::model::{Index, View};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (old, new) in sides.shared_tables() {
        let (pairs, table) = (sides.indexes(old, new), &new.name);
        for (a, b) in &pairs.renamed {
            steps.push(rename(table, &a.name, &b.name, Phase::Rename));
        }
        for (a, b) in pairs.kept.iter().chain(&pairs.renamed) {
            let on = object("index", &b.name);
            steps.extend(comment(&on, a.comment.as_deref(), b.comment.as_deref()));
        }
        for index in pairs.gone.iter().chain(pairs.changed.iter().map(|(old, _)| old)) {
            // Comes before all of these, so its way back comes behind them.
            steps.extend(said_again(index));
        }
        steps.extend(pairs.gone.iter().map(|index| {
            // It goes last if it can, so that nothing waits for it; else it would go with its columns.
            let stays = index.columns.iter().all(|column| new.column(column).is_some());
            let moves =
                sides.is_remade(table, &index.columns) || sides.changes_type(table, &index.columns);
            let phase = if stays && !moves { Phase::DropOldIndexes } else { Phase::DropIndexes };
            drop(table, index, phase)
        }));
        steps.extend(pairs.new.iter().map(|index| build(table, index)));
        for index in pairs.new.iter().chain(pairs.changed.iter().map(|(_, new)| new)) {
            let said = comment(&object("index", &index.name), None, index.comment.as_deref());
            steps.extend(said.map(|step| Step { down: Vec::new(), ..step }));
        }
        for (a, b) in pairs.changed {
            // Where its columns change too, the old one may not survive that.
            let moves = sides.is_remade(table, &a.columns)
                || sides.changes_type(table, &a.columns)
                || !a.columns.iter().all(|column| new.column(column).is_some());
            if moves {
                steps.push(drop(table, a, Phase::DropIndexes));
                steps.push(build(table, b));
            } else {
                steps.extend(replace(sides, table, a, b));
            }
        }
    }
    steps
}

/// The comment of an index that goes, for the way back; it comes behind the index there.
fn said_again(index: &Index) -> Option<Step> {
    let said = comment(&object("index", &index.name), None, index.comment.as_deref())?;
    Some(Step {
        phase: Phase::DropIndexes,
        up: Vec::new(),
        down: said.up,
        title: said.title,
        note: None,
    })
}

/// `create index …` on a table that nobody uses yet.
pub(super) fn create_plainly(table: &Ident, index: &Index) -> Sql {
    create(table, index, &index.name, "")
}

fn create(table: &Ident, index: &Index, name: &Ident, how: &'static str) -> Sql {
    Sql::raw(if index.unique { "create unique index " } else { "create index " })
        .push(how)
        .ident(name)
        .push(" on ")
        .ident(table)
        .push(" ")
        .sql(&index.tail)
}

fn build(table: &Ident, index: &Index) -> Step {
    let alone =
        |sql, work| Statement::brief(sql, Lock::ShareUpdateExclusive, table).working(work).alone();
    let step = Step::new(
        Phase::BuildIndexes,
        format!("build index {} on {table}", index.name),
        alone(create(table, index, &index.name, "concurrently "), Work::Scan),
        alone(Sql::raw("drop index concurrently ").ident(&index.name), Work::Brief),
    );
    if index.unique {
        step.noting("fails where two rows are equal in it, and leaves an index that is not valid")
    } else {
        step
    }
}

fn drop(table: &Ident, index: &Index, phase: Phase) -> Step {
    build(table, index).flipped(phase, format!("drop index {} of {table}", index.name))
}

/// The new one is built beside the old one, so that queries always have one of the two.
fn replace(sides: &Sides<'_>, table: &Ident, old: &Index, new: &Index) -> Vec<Step> {
    let beside = Index { name: sides.free_name(&format!("{}_new", new.name)), ..new.clone() };
    vec![
        build(table, &beside),
        drop(table, old, Phase::BuildIndexes),
        rename(table, &beside.name, &new.name, Phase::BuildIndexes),
    ]
}

/// Takes no lock against readers and writers (the page of `ALTER INDEX`).
fn rename(table: &Ident, old: &Ident, new: &Ident, phase: Phase) -> Step {
    let way = |from: &Ident, to: &Ident| {
        let sql = Sql::raw("alter index ").ident(from).push(" rename to ").ident(to);
        Statement::brief(sql, Lock::ShareUpdateExclusive, table)
    };
    Step::new(phase, format!("rename index {old} to {new}"), way(old, new), way(new, old))
}

/// Indexes of a materialized view that stays.
pub(super) fn of_view(old: &View, new: &View) -> Vec<Step> {
    let pairs = Pairs::by_name(
        &old.indexes,
        &new.indexes,
        |index| &index.name,
        |a, b| a.unique == b.unique && a.tail == b.tail && (a.valid || !b.valid),
    );
    let name = &new.name;
    let gone = pairs.gone.into_iter().chain(pairs.changed.iter().map(|(old, _)| *old));
    let mut steps: Vec<Step> = gone.map(|index| drop(name, index, Phase::DropIndexes)).collect();
    let made = pairs.new.into_iter().chain(pairs.changed.iter().map(|(_, new)| *new));
    steps.extend(made.map(|index| build(name, index)));
    for (a, b) in pairs.kept {
        let on = object("index", &b.name);
        steps.extend(comment(&on, a.comment.as_deref(), b.comment.as_deref()));
    }
    steps
}
