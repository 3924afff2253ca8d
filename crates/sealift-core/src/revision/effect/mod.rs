//! [`Effect`]: what a statement that a person has written costs a live database, as far as its text tells.
//!
//! Locks are those of manual section 13.3.1 and of the pages of the statements (PostgreSQL 14 to 18). What is not
//! recognised is said not to be known, never to be harmless.

mod alter_table;
mod reader;
mod time;

pub use time::{Size, Task, seconds};

use super::diff::{Danger, Lock, Work};
use super::split::Statement;
use reader::Reader;
use serde::Serialize;

/// What a statement costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The strongest lock that it takes on what others may use; `None` where the text does not tell.
    pub lock: Option<Lock>,
    /// What the lock is on, as the statement spells it, schema included where it is given.
    pub on: Vec<String>,
    /// How long it takes.
    pub work: Work,
    /// What a person should say yes to before.
    pub danger: Option<Danger>,
}

impl Effect {
    const fn unknown() -> Self {
        Self { lock: None, on: Vec::new(), work: Work::Brief, danger: None }
    }

    fn of(lock: Lock, work: Work) -> Self {
        Self { lock: Some(lock), on: Vec::new(), work, danger: None }
    }

    fn brief(lock: Lock) -> Self {
        Self::of(lock, Work::Brief)
    }

    fn on(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            if !self.on.contains(&name) {
                self.on.push(name);
            }
        }
        self
    }

    fn losing(mut self, what: String) -> Self {
        self.danger = Some(Danger::Loses(what));
        self
    }
}

impl Statement<'_> {
    /// Returns what the statement costs.
    #[must_use]
    pub fn effect(&self) -> Effect {
        let reader = Reader::new(self.text);
        let mut rest = reader.clone();
        let Some(verb) = rest.word() else { return Effect::unknown() };
        match verb.as_str() {
            "create" => create(rest),
            "drop" => drop(rest),
            "alter" => alter(rest),
            "truncate" => truncate(rest),
            "delete" => delete(rest),
            "with" => within(&reader),
            "update" => {
                rest.skip("only");
                Effect::of(Lock::None, Work::Scan).on(rest.name())
            }
            "insert" | "select" | "values" | "set" | "reset" | "show" | "grant" | "revoke"
            | "merge" | "begin" | "start" | "commit" | "end" | "rollback" | "savepoint"
            | "release" | "abort" | "notify" | "explain" => Effect::brief(Lock::None),
            "comment" => Effect::brief(Lock::ShareUpdateExclusive).on(commented(rest)),
            "analyze" | "analyse" => Effect::of(Lock::ShareUpdateExclusive, Work::Scan),
            "vacuum" => match reader.has("full") {
                true => Effect::of(Lock::AccessExclusive, Work::Rewrite),
                false => Effect::of(Lock::ShareUpdateExclusive, Work::Scan),
            },
            "cluster" => Effect::of(Lock::AccessExclusive, Work::Rewrite),
            "reindex" => match reader.has("concurrently") {
                true => Effect::of(Lock::ShareUpdateExclusive, Work::Scan),
                // The index itself is locked against readers, who plan with it.
                false => Effect::of(Lock::AccessExclusive, Work::Scan),
            },
            "refresh" => {
                rest.skip("materialized");
                rest.skip("view");
                rest.skip("concurrently");
                let lock = match reader.has("concurrently") {
                    true => Lock::ShareRowExclusive,
                    false => Lock::AccessExclusive,
                };
                Effect::of(lock, Work::Rewrite).on(rest.name())
            }
            _ => Effect::unknown(),
        }
    }
}

fn create(mut rest: Reader<'_>) -> Effect {
    rest.skip("or");
    rest.skip("replace");
    for word in ["temporary", "temp", "unlogged", "global", "local", "recursive"] {
        rest.skip(word);
    }
    let unique = rest.skip("unique");
    let constraint = rest.skip("constraint");
    match rest.word().as_deref() {
        Some("index") => {
            let lock = match rest.skip("concurrently") {
                true => Lock::ShareUpdateExclusive,
                false => Lock::Share,
            };
            Effect::of(lock, Work::Scan).on(rest.name_after("on"))
        }
        Some("table") => match rest.names_after("references") {
            parents if parents.is_empty() => Effect::brief(Lock::None),
            parents => Effect::brief(Lock::ShareRowExclusive).on(parents),
        },
        Some("trigger") => Effect::brief(Lock::ShareRowExclusive).on(rest.name_after("on")),
        Some("policy") => Effect::brief(Lock::AccessExclusive).on(rest.name_after("on")),
        Some("rule") => Effect::brief(Lock::AccessExclusive).on(rest.name_after("to")),
        Some("statistics") => Effect::brief(Lock::ShareUpdateExclusive).on(rest.name_after("from")),
        Some("materialized") => Effect::of(Lock::None, Work::Scan),
        Some(
            "view" | "function" | "procedure" | "sequence" | "type" | "domain" | "schema"
            | "extension" | "collation" | "aggregate" | "operator" | "cast" | "role" | "user"
            | "group" | "database" | "tablespace" | "publication" | "subscription" | "server"
            | "foreign" | "text" | "access",
        ) if !unique && !constraint => Effect::brief(Lock::None),
        Some(_) | None => Effect::unknown(),
    }
}

fn drop(mut rest: Reader<'_>) -> Effect {
    let kind = rest.word().unwrap_or_default();
    rest.skip("view");
    let concurrently = rest.skip("concurrently");
    rest.skip_if_exists();
    let cascades = rest.has("cascade");
    let names = rest.names();
    let shown = names.join(", ");
    let effect = Effect::brief(Lock::AccessExclusive);
    match kind.as_str() {
        "table" | "foreign" => effect.on(names).losing(format!("the rows of table {shown}")),
        "schema" => effect.losing(format!("schema {shown} with all that is in it")),
        "database" => effect.losing(format!("database {shown}")),
        "sequence" => effect.on(names).losing(format!("the position of sequence {shown}")),
        "owned" => effect.losing("everything that the role owns".to_owned()),
        "index" if concurrently => Effect::brief(Lock::ShareUpdateExclusive).on(names),
        "trigger" | "policy" | "rule" => effect.on(rest.name_after("on")),
        "type" | "domain" | "extension" | "function" | "procedure" | "routine" if cascades => {
            effect.losing(format!("all that depends on {kind} {shown}, columns included"))
        }
        "view" | "materialized" | "index" => effect.on(names),
        _ => Effect::brief(Lock::None),
    }
}

fn alter(mut rest: Reader<'_>) -> Effect {
    match rest.word().as_deref() {
        Some("table") => alter_table::effect(rest),
        Some("index") => {
            rest.skip_if_exists();
            Effect::brief(Lock::ShareUpdateExclusive).on(rest.name())
        }
        Some("view" | "materialized") => {
            rest.skip("view");
            rest.skip_if_exists();
            Effect::brief(Lock::AccessExclusive).on(rest.name())
        }
        Some("sequence") => {
            rest.skip_if_exists();
            Effect::brief(Lock::ShareRowExclusive).on(rest.name())
        }
        // The tables that use it are read; which these are, only the server knows.
        Some("domain") if rest.has("add") || rest.has("validate") || rest.has("not") => {
            Effect { work: Work::Scan, ..Effect::unknown() }
        }
        Some("type") if rest.has("attribute") => Effect::unknown(),
        Some("trigger" | "policy" | "rule") => {
            Effect::brief(Lock::AccessExclusive).on(rest.name_after("on"))
        }
        Some(_) => Effect::brief(Lock::None),
        None => Effect::unknown(),
    }
}

fn truncate(mut rest: Reader<'_>) -> Effect {
    rest.skip("table");
    rest.skip("only");
    let names = rest.names();
    let what = format!("the rows of table {}", names.join(", "));
    Effect::brief(Lock::AccessExclusive).on(names).losing(what)
}

fn delete(mut rest: Reader<'_>) -> Effect {
    rest.skip("from");
    rest.skip("only");
    let name = rest.name();
    let which = if rest.has("where") { "some rows" } else { "the rows" };
    let what = format!("{which} of table {}", name.clone().unwrap_or_default());
    Effect::of(Lock::None, Work::Scan).on(name).losing(what)
}

/// `with … delete from …`
fn within(reader: &Reader<'_>) -> Effect {
    match reader.name_after_words(&["delete", "from"]) {
        Some(name) => Effect::of(Lock::None, Work::Scan)
            .losing(format!("some rows of table {name}"))
            .on([name]),
        None => Effect::of(Lock::None, Work::Scan),
    }
}

/// `comment on table t`, `comment on column t.c`; a comment on anything else locks nothing that is used.
fn commented(mut rest: Reader<'_>) -> Option<String> {
    rest.skip("on");
    match rest.word().as_deref() {
        Some("table") => rest.name(),
        Some("column") => rest.name()?.rsplit_once('.').map(|(table, _)| table.to_owned()),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests;
