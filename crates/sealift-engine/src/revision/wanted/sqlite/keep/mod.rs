//! What SQLite cannot say stays as the database has it.
//!
//! A comment that the file lacks was not taken away by anybody: there are none in SQLite. The same goes for all that
//! is named here. What SQLite can say (tables, columns, defaults of one value, checks, keys, B-tree indexes, views,
//! triggers) is compared.

mod left;
mod table;

pub(super) use left::Left;

use super::Strictness;
use sealift_core::ddl::FUNCTION_MARK;
use sealift_core::name::Ident;
use sealift_core::revision::lex::tokens;
use sealift_core::revision::model::{Function, Model, OwnedBy, Trigger, View, ViewKind};
use sealift_core::sql::Sql;

/// Takes into the wanted schema what of the database's stays. Returns what is not compared at all, each in a sentence.
pub(super) fn keep(
    base: &Model,
    wanted: &mut Model,
    left: &Left,
    strictness: Strictness,
) -> Vec<String> {
    let notes = leave_special_tables(base, wanted);
    for table in &base.tables {
        match wanted.tables.iter_mut().find(|new| new.name == table.name) {
            Some(new) => table::keep(table, new, base, left, strictness),
            None if left.leaves(&table.name) => wanted.tables.push(table.clone()),
            None => {}
        }
    }
    for view in &base.views {
        match wanted.views.iter_mut().find(|new| new.name == view.name) {
            // Somebody has made it so by hand.
            Some(new) if view.kind == ViewKind::Materialized => new.clone_from(view),
            Some(new) => {
                new.comment.clone_from(&view.comment);
                new.options.clone_from(&view.options);
                if words(&view.definition) == words(&new.definition) {
                    new.definition.clone_from(&view.definition);
                }
                keep_triggers(&view.triggers, &mut new.triggers, base, left);
            }
            None if view.kind == ViewKind::Materialized || left.leaves(&view.name) => {
                wanted.views.push(view.clone());
            }
            None => {}
        }
    }
    for function in &mut wanted.functions {
        let before = base.functions.iter().find(|other| other.name == function.name);
        function.comment = before.and_then(|before| before.comment.clone());
    }
    let foreign = base.functions.iter().filter(|function| !is_ours(function));
    wanted.functions.extend(foreign.cloned());
    keep_functions_of_triggers(base, wanted);
    wanted.enums.clone_from(&base.enums);
    wanted.domains.clone_from(&base.domains);
    wanted.other.clone_from(&base.other);
    let has = |owner: &OwnedBy| {
        let table = wanted.table(&owner.table);
        table.is_some_and(|table| table.column(&owner.column).is_some_and(|c| c.identity.is_none()))
    };
    let sequences = base
        .sequences
        .iter()
        .filter(|sequence| sequence.owned_by.as_ref().is_none_or(has))
        .cloned()
        .collect();
    wanted.sequences = sequences;
    notes
}

/// Our translation names each table as itself (`from users users`), which a person has no reason to write.
fn words(definition: &Sql) -> Vec<String> {
    let tokens = tokens(definition.as_str()).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    for token in tokens.iter().filter(|token| token.is_significant()) {
        let repeats = token.name().is_some() && words.last().is_some_and(|last| last == token.text);
        if !repeats {
            words.push(token.text.to_owned());
        }
    }
    words
}

/// A table that is partitioned, or foreign, or has parents cannot be told from an ordinary one by SQLite.
fn leave_special_tables(base: &Model, wanted: &mut Model) -> Vec<String> {
    let special = |name: &Ident| {
        let is_table = |kind: &str| kind.contains("table") || kind == "partition";
        base.table(name).is_none()
            && base.other.iter().any(|other| other.name == name.as_str() && is_table(&other.kind))
    };
    let mut notes = Vec::new();
    wanted.tables.retain(|table| {
        let stays = !special(&table.name);
        if !stays {
            notes.push(format!("table {} is of a special kind in the database", table.name));
        }
        stays
    });
    notes
}

/// Triggers that Sealift has not made of SQLite's.
fn keep_triggers(old: &[Trigger], new: &mut Vec<Trigger>, base: &Model, left: &Left) {
    for trigger in old {
        let of_ours = base
            .functions
            .iter()
            .any(|function| function.name == trigger.function && is_ours(function));
        match new.iter_mut().find(|other| other.name == trigger.name) {
            Some(other) => {
                other.comment.clone_from(&trigger.comment);
                other.state.clone_from(&trigger.state);
            }
            None if !of_ours || left.names("trigger ", &trigger.name) => new.push(trigger.clone()),
            None => {}
        }
    }
}

/// The functions of triggers of ours that were kept because their source could not be carried.
fn keep_functions_of_triggers(base: &Model, wanted: &mut Model) {
    let called: Vec<Ident> = wanted
        .tables
        .iter()
        .flat_map(|table| &table.triggers)
        .chain(wanted.views.iter().flat_map(|view: &View| &view.triggers))
        .map(|trigger| trigger.function.clone())
        .collect();
    for function in base.functions.iter().filter(|function| called.contains(&function.name)) {
        if !wanted.functions.iter().any(|other| other.name == function.name) {
            wanted.functions.push(function.clone());
        }
    }
}

fn is_ours(function: &Function) -> bool {
    function.definition.as_str().contains(FUNCTION_MARK)
}
