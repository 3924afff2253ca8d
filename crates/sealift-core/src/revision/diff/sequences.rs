//! Sequences, those of identity columns left out.

use super::comments::{comment, object};
use super::pairs::Pairs;
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step};
use super::tables::counting;
use crate::name::Ident;
use crate::revision::model::{Model, Sequence, printed};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let pairs =
        Pairs::by_name(&sides.base.sequences, &sides.wanted.sequences, |s| &s.name, |a, b| a == b);
    for (old, new) in pairs.changed {
        if old.options != new.options {
            let title = format!("change how sequence {} counts", new.name);
            steps.push(Step::new(Phase::MakeSequences, title, alter(new), alter(old)));
        }
        if old.owned_by != new.owned_by {
            steps.push(own(old, new, Phase::OwnSequences));
        }
        let on = object("sequence", &new.name);
        steps.extend(comment(&on, old.comment.as_deref(), new.comment.as_deref()));
    }
    for sequence in pairs.new {
        steps.push(make(sequence));
        if sequence.owned_by.is_some() {
            steps.push(own(&free(sequence), sequence, Phase::OwnSequences));
        }
    }
    for sequence in pairs.gone {
        let title = format!("drop sequence {}", sequence.name);
        steps.push(make(sequence).flipped(Phase::DropSequences, title));
        if sequence.owned_by.is_some() {
            // Otherwise it would go with its column, and the way back would not make it again.
            steps.push(own(sequence, &free(sequence), Phase::DisownSequences));
        }
    }
    steps
}

/// Gives sequences of columns that stay, but have other names, these names; returns the model with them and the steps.
pub(super) fn follow_names(base: &Model, wanted: &Model) -> (Model, Vec<Step>) {
    let mut model = base.clone();
    let mut steps = Vec::new();
    for new in &wanted.sequences {
        let is_old = |old: &&Sequence| {
            old.owned_by.is_some() && old.owned_by == new.owned_by && old.options == new.options
        };
        let taken = base.sequence(&new.name).is_some();
        let Some(old) = base.sequences.iter().find(is_old) else { continue };
        if taken || wanted.sequence(&old.name).is_some() {
            continue;
        }
        steps.push(Step::new(
            Phase::Rename,
            format!("rename sequence {} to {}", old.name, new.name),
            rename(&old.name, &new.name),
            rename(&new.name, &old.name),
        ));
        for sequence in model.sequences.iter_mut().filter(|sequence| sequence.name == old.name) {
            sequence.name = new.name.clone();
        }
        let (from, to) = (as_class(&old.name), as_class(&new.name));
        for column in model.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.default = column.default.as_ref().map(|default| {
                Sql::printed_by_server(default.as_str().replace(from.as_str(), to.as_str()))
            });
        }
    }
    (model, steps)
}

/// `'name'::regclass`, as the server prints it.
fn as_class(name: &Ident) -> Sql {
    let quoted = printed::with_names(&Sql::new().ident(name), |name| Some(name.to_owned()));
    Sql::new().literal(quoted.as_str()).push("::regclass")
}

fn free(sequence: &Sequence) -> Sequence {
    Sequence { owned_by: None, ..sequence.clone() }
}

fn make(sequence: &Sequence) -> Step {
    let name = &sequence.name;
    let create = Sql::raw("create sequence ")
        .ident(name)
        .push(" as ")
        .sql(&sequence.options.type_name)
        .push(" ")
        .sql(&counting(&sequence.options));
    let drop = Statement::free(Sql::raw("drop sequence ").ident(name));
    let drop = drop.losing(format!("where sequence {name} stands"));
    let mut step = Step::new(
        Phase::MakeSequences,
        format!("create sequence {name}"),
        Statement::free(create),
        drop,
    );
    let said = comment(&object("sequence", name), None, sequence.comment.as_deref());
    step.up.extend(said.into_iter().flat_map(|said| said.up));
    step
}

fn alter(sequence: &Sequence) -> Statement {
    let sql = Sql::raw("alter sequence ")
        .ident(&sequence.name)
        .push(" as ")
        .sql(&sequence.options.type_name)
        .push(" ")
        .sql(&counting(&sequence.options));
    Statement::brief(sql, Lock::ShareRowExclusive, &sequence.name)
}

fn rename(from: &Ident, to: &Ident) -> Statement {
    let sql = Sql::raw("alter sequence ").ident(from).push(" rename to ").ident(to);
    Statement::brief(sql, Lock::AccessExclusive, from)
}

fn own(old: &Sequence, new: &Sequence, phase: Phase) -> Step {
    let way = |to: &Sequence| {
        let sql = Sql::raw("alter sequence ").ident(&to.name).push(" owned by ");
        let sql = match &to.owned_by {
            Some(owner) => sql.qualified(&owner.table, &owner.column),
            None => sql.push("none"),
        };
        Statement::free(sql)
    };
    Step::new(phase, format!("change the owner of sequence {}", new.name), way(new), way(old))
}
