//! What `alembic upgrade --sql` and `alembic downgrade --sql` print, cut into revisions.
//!
//! What a revision does to Alembic's own table `alembic_version` stays in, so that Alembic goes on knowing where the
//! database stands. Where its Python asks the database for rows, what it does with them is not in the SQL: such a revision
//! is refused, or has no way down.

mod asks;
mod history;
mod section;

pub use history::{hides, python_files};
pub use section::{Begun, begun, complete};

use super::{Foreign, Part};
use crate::revision::file::{Id, Parents, Transaction};
use crate::revision::split::{SplitError, Statement, split};
use crate::revision::way::Way;
use history::messages;
use section::{Section, sections};
use std::collections::BTreeMap;

/// What Alembic prints.
#[derive(Debug, Clone, Copy)]
pub struct Scripts<'a> {
    /// `alembic upgrade base:heads --sql`.
    pub up: &'a str,
    /// `alembic downgrade heads:base --sql`, without the revisions where it fails.
    pub down: &'a str,
    /// `alembic history`.
    pub history: &'a str,
}

/// What is there before the first of these revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Revisions of Alembic that were imported earlier, by their names.
    pub imported: BTreeMap<String, Id>,
    /// The revision behind which the first one comes, where what it follows was not imported: a baseline, say.
    pub head: Option<Id>,
    /// The revision of Alembic that the first one follows; `None` from the very beginning.
    pub from: Option<String>,
    /// The largest number of a revision.
    pub newest: Option<Id>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The revisions, in the order in which Alembic carries them out.
    pub revisions: Vec<Foreign>,
    /// Those whose way down cannot be taken over.
    pub no_way_down: Vec<Unprinted>,
}

/// A revision of Alembic that its SQL does not tell all about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprinted {
    /// Alembic's name of it.
    pub name: String,
    /// Why.
    pub why: String,
}

/// Why that cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlembicError {
    /// There is no revision in it.
    #[error("there is no line `-- Running upgrade …` in what Alembic prints")]
    Empty,
    /// A statement cannot be told from the next.
    #[error("revision {name} of Alembic: {error}")]
    Split {
        /// Alembic's name of it.
        name: String,
        /// Why.
        error: SplitError,
    },
    /// A revision asks for rows.
    #[error("revision {name} of Alembic: {}", asks::words(.statement))]
    Asks {
        /// Alembic's name of it.
        name: String,
        /// The statement by which it asks.
        statement: String,
    },
    /// A revision follows one that is not there.
    #[error("revision {name} of Alembic follows {parent}, which is not printed before it")]
    NoParent {
        /// Alembic's name of it.
        name: String,
        /// The parent's.
        parent: String,
    },
}

/// Returns the revisions, numbered in the order in which Alembic carries them out.
///
/// # Errors
/// When the scripts hold no revision or cannot be cut, or a revision asks for rows on its way up.
pub fn alembic(scripts: Scripts<'_>, before: &Before) -> Result<Imported, AlembicError> {
    let (head, ups) = sections(scripts.up, Way::Up);
    let (_, downs) = sections(scripts.down, Way::Down);
    // Printed twice where the printing began anew between two branches.
    let mut by_name: BTreeMap<&str, &Section<'_>> = BTreeMap::new();
    for section in &downs {
        by_name.entry(section.name()).or_insert(section);
    }
    let messages = messages(scripts.history);
    let mut numbers = before.imported.clone();
    let mut newest = before.newest.clone();
    let mut all = Imported { revisions: Vec::new(), no_way_down: Vec::new() };
    let mut first = head;
    for section in &ups {
        let name = section.name();
        if name.is_empty() || numbers.contains_key(name) {
            continue;
        }
        let text = std::mem::take(&mut first) + &section.text;
        let up = read(&text, name)?;
        let down = match by_name.get(name).map(|section| read(&section.text, name)) {
            Some(Ok(down)) => down,
            None => Part::default(),
            Some(Err(AlembicError::Asks { name, statement })) => {
                all.no_way_down.push(Unprinted { name, why: asks::words(&statement) });
                Part::default()
            }
            Some(Err(error)) => return Err(error),
        };
        let parents = parents(section, &numbers, before, all.revisions.is_empty())?;
        let id = newest.as_ref().map_or_else(Id::first_imported, Id::next);
        newest = Some(id.clone());
        numbers.insert(name.to_owned(), id.clone());
        let message = match messages.get(name) {
            Some(message) => format!("{name} {message}"),
            None => name.to_owned(),
        };
        all.revisions.push(Foreign { id, message, parents, up, down });
    }
    if all.revisions.is_empty() { Err(AlembicError::Empty) } else { Ok(all) }
}

fn parents(
    section: &Section<'_>,
    numbers: &BTreeMap<String, Id>,
    before: &Before,
    is_first: bool,
) -> Result<Parents, AlembicError> {
    let mut parents = Vec::new();
    for parent in &section.from {
        match (numbers.get(*parent), &before.from) {
            (Some(id), _) => parents.push(id.clone()),
            (None, Some(from)) if is_first && parent.starts_with(from.as_str()) => {
                parents.extend(before.head.clone());
            }
            (None, _) => {
                let (name, parent) = (section.name().to_owned(), (*parent).to_owned());
                return Err(AlembicError::NoParent { name, parent });
            }
        }
    }
    Ok(if parents.is_empty() { Parents::None } else { Parents::These(parents) })
}

/// Takes out what begins and ends transactions: at both ends that is Alembic's own. In between it is an
/// `autocommit_block`, and the revision goes statement by statement.
fn read(text: &str, name: &str) -> Result<Part, AlembicError> {
    let statements =
        split(text).map_err(|error| AlembicError::Split { name: name.to_owned(), error })?;
    if let Some(asking) = statements.iter().find(|one| asks::for_rows(one)) {
        let statement = asks::shown(asking);
        return Err(AlembicError::Asks { name: name.to_owned(), statement });
    }
    let is_ours = |one: &&Statement<'_>| !one.controls_transaction();
    let first = statements.iter().position(|one| is_ours(&one));
    let last = statements.iter().rposition(|one| is_ours(&one));
    let within = match (first, last) {
        (Some(first), Some(last)) => statements.get(first..=last).unwrap_or_default(),
        (None, _) | (_, None) => &[],
    };
    let off = |one: &Statement<'_>| one.controls_transaction() || one.stands_alone();
    let transaction = if within.iter().any(off) { Transaction::Off } else { Transaction::On };
    let mut body = Part { transaction, text: String::new() };
    for statement in within.iter().filter(is_ours) {
        body.text.push_str(&repeatable(statement.text));
        body.text.push_str(";\n\n");
    }
    Ok(body)
}

/// Alembic's own table stays when all is taken back (newer versions of Alembic do not drop it).
fn repeatable(text: &str) -> String {
    match text.strip_prefix("CREATE TABLE ") {
        Some(rest) if text.contains("alembic_version_pkc") => {
            format!("CREATE TABLE IF NOT EXISTS {rest}")
        }
        Some(_) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
