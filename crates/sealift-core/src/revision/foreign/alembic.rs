//! What `alembic upgrade --sql` and `alembic downgrade --sql` print, cut into revisions.
//!
//! Alembic writes `-- Running upgrade a, b -> c` before each (its `runtime/migration.py`). What it does to its own table
//! `alembic_version` stays in, so that Alembic goes on knowing where the database stands.

use super::{Foreign, Part};
use crate::revision::file::{Id, Parents, Transaction};
use crate::revision::split::{SplitError, Statement, split};
use std::collections::BTreeMap;

/// What Alembic prints.
#[derive(Debug, Clone, Copy)]
pub struct Scripts<'a> {
    /// `alembic upgrade base:heads --sql`.
    pub up: &'a str,
    /// `alembic downgrade heads:base --sql`; empty where it refuses.
    pub down: &'a str,
    /// `alembic history`.
    pub history: &'a str,
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
/// When the scripts hold no revision, or cannot be cut.
pub fn alembic(scripts: Scripts<'_>) -> Result<Vec<Foreign>, AlembicError> {
    let (before, ups) = sections(scripts.up, "-- Running upgrade ");
    let (_, downs) = sections(scripts.down, "-- Running downgrade ");
    let downs: BTreeMap<&str, &Section<'_>> =
        downs.iter().filter_map(|section| Some((*section.from.first()?, section))).collect();
    let messages = messages(scripts.history);
    let mut numbers: BTreeMap<&str, Id> = BTreeMap::new();
    let mut revisions: Vec<Foreign> = Vec::new();
    let mut first = before;
    for section in &ups {
        let Some(name) = section.to.first().copied() else { continue };
        let in_words = |error| AlembicError::Split { name: name.to_owned(), error };
        let text = std::mem::take(&mut first) + &section.text;
        let up = read(&text).map_err(in_words)?;
        let down = match downs.get(name) {
            Some(section) => read(&section.text).map_err(in_words)?,
            None => Part::default(),
        };
        let mut parents = Vec::new();
        for parent in &section.from {
            let id = numbers.get(parent).ok_or_else(|| AlembicError::NoParent {
                name: name.to_owned(),
                parent: (*parent).to_owned(),
            })?;
            parents.push(id.clone());
        }
        let number = format!("{:04}", revisions.len() + 1);
        let Ok(id) = Id::new(number) else { continue };
        numbers.insert(name, id.clone());
        let message = match messages.get(name) {
            Some(message) => format!("{name} {message}"),
            None => name.to_owned(),
        };
        revisions.push(Foreign {
            id,
            message,
            parents: if parents.is_empty() { Parents::None } else { Parents::These(parents) },
            up,
            down,
        });
    }
    if revisions.is_empty() { Err(AlembicError::Empty) } else { Ok(revisions) }
}

/// What belongs to one revision.
struct Section<'a> {
    from: Vec<&'a str>,
    to: Vec<&'a str>,
    text: String,
}

/// Cuts a script at its marks; returns what stands before the first one, too.
fn sections<'a>(script: &'a str, mark: &str) -> (String, Vec<Section<'a>>) {
    let mut before = String::new();
    let mut sections: Vec<Section<'a>> = Vec::new();
    for line in script.lines() {
        if let Some((from, to)) = line.strip_prefix(mark).and_then(|rest| rest.split_once("->")) {
            sections.push(Section { from: names(from), to: names(to), text: String::new() });
            continue;
        }
        let text = sections.last_mut().map_or(&mut before, |section| &mut section.text);
        text.push_str(line);
        text.push('\n');
    }
    (before, sections)
}

fn names(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Reads the lines of `alembic history`: `a -> b (head), what it is for`.
fn messages(history: &str) -> BTreeMap<&str, &str> {
    let one = |line: &'_ str| -> Option<(usize, usize)> {
        let arrow = line.find(" -> ")? + 4;
        let comma = arrow + line.get(arrow..)?.find(", ")?;
        Some((arrow, comma))
    };
    history
        .lines()
        .filter_map(|line| {
            let (arrow, comma) = one(line)?;
            let name = line.get(arrow..comma)?.split_whitespace().next()?;
            Some((name, line.get(comma + 2..)?.trim()))
        })
        .collect()
}

/// Takes out what begins and ends transactions: at both ends that is Alembic's own. In between it is an
/// `autocommit_block`, and the revision goes statement by statement.
fn read(text: &str) -> Result<Part, SplitError> {
    let statements = split(text)?;
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
mod tests {
    use super::*;

    const UP: &str = "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL, \n    \
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n\
        -- Running upgrade  -> aa\n\nCREATE TABLE t (a INTEGER);\n\n\
        INSERT INTO alembic_version (version_num) VALUES ('aa') RETURNING alembic_version.version_num;\n\n\
        -- Running upgrade aa -> bb\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n\nBEGIN;\n\n\
        UPDATE alembic_version SET version_num='bb' WHERE alembic_version.version_num = 'aa';\n\n\
        -- Running upgrade aa -> cc\n\nINSERT INTO alembic_version (version_num) VALUES ('cc');\n\n\
        -- Running upgrade bb, cc -> dd\n\nDELETE FROM alembic_version;\n\nCOMMIT;\n\n";

    const DOWN: &str = "BEGIN;\n\n-- Running downgrade dd -> bb, cc\n\nselect 4;\n\n\
        -- Running downgrade aa -> \n\nDROP TABLE t;\n\nCOMMIT;\n\n";

    const HISTORY: &str = "bb, cc -> dd (head) (mergepoint), both, again\naa -> bb, index\n\
        <base> -> aa (branchpoint), first\n";

    #[test]
    fn the_script_of_alembic_becomes_revisions() {
        let scripts = Scripts { up: UP, down: DOWN, history: HISTORY };
        let revisions = alembic(scripts).unwrap();
        let messages: Vec<&str> = revisions.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, ["aa first", "bb index", "cc", "dd both, again"]);
        let [first, second, third, last] = revisions.as_slice() else { unreachable!() };
        assert!(first.up.text.starts_with("CREATE TABLE IF NOT EXISTS alembic_version"));
        assert!(first.up.text.contains("CREATE TABLE t"), "{}", first.up.text);
        assert_eq!(first.down.text, "DROP TABLE t;\n\n");
        assert_eq!(first.parents, Parents::None);
        assert_eq!(second.up.transaction, Transaction::Off);
        assert!(!second.up.text.contains("BEGIN"), "{}", second.up.text);
        assert_eq!(third.parents, Parents::These(vec![first.id.clone()]));
        assert_eq!(last.parents, Parents::These(vec![second.id.clone(), third.id.clone()]));
        assert_eq!(last.up.transaction, Transaction::On);
        assert!(revisions.iter().all(|one| one.scripts().is_ok()));
    }

    #[test]
    fn a_script_without_revisions_is_refused() {
        let scripts = Scripts { up: "BEGIN;\nCOMMIT;\n", down: "", history: "" };
        assert_eq!(alembic(scripts), Err(AlembicError::Empty));
    }
}
