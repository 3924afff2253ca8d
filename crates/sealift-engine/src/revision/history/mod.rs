//! [`History`]: which revisions were carried out in a schema, kept in the database with their texts.
//!
//! One table: `_sealift.revision`, or `_sealift_revision` in the schema itself where the role may make no schema.
//! sqlx's `_sqlx_migrations` is left to sqlx.

mod place;
mod read;
mod squashed;
mod write;

use place::Place;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_core::revision::way::Way;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was carried out in one schema.
#[derive(Debug, Clone)]
pub struct History {
    schema: Ident,
    place: Place,
    is_there: bool,
    applied: BTreeMap<Id, Applied>,
    /// Of a revision into which others were squashed: the rows that these have left, which stand for it.
    squashed: BTreeMap<Id, Vec<Id>>,
}

/// A revision that was carried out, or begun.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Applied {
    /// Its number.
    pub id: Id,
    /// What it is for.
    pub message: String,
    /// The numbers that it follows, with commas between them.
    pub parents: String,
    /// SHA-384 of the way up, 96 hexadecimal digits.
    pub checksum: String,
    /// When it ended, in UTC.
    pub at: String,
    /// How long it took.
    pub seconds: f64,
    /// The role that did it.
    pub by: String,
    /// How it came here.
    pub how: How,
    /// The way up as it was carried out.
    #[serde(skip)]
    pub up: String,
    /// How far it got, where it has not ended.
    pub unfinished: Option<Unfinished>,
}

/// How a revision came into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Its statements were carried out.
    Run,
    /// Somebody said that the database is like that.
    Stamp,
}

/// A revision without a transaction that stopped on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    /// Which way.
    pub way: Way,
    /// How many statements are done.
    pub done: usize,
    /// What the server said of the next one, where it refused it.
    pub failure: Option<String>,
    /// The file as it was begun.
    #[serde(skip)]
    pub text: String,
}

impl History {
    /// Returns what was carried out or begun, by number.
    #[must_use]
    pub fn applied(&self) -> &BTreeMap<Id, Applied> {
        &self.applied
    }

    /// Returns whether the database has a table of revisions.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.is_there
    }

    /// Returns the revisions that the schema stands on. One that is on its way up is not among them, one on its way down
    /// still is.
    #[must_use]
    pub fn done(&self) -> BTreeSet<Id> {
        let counts = |applied: &&Applied| match &applied.unfinished {
            None => true,
            Some(unfinished) => unfinished.way == Way::Down,
        };
        self.applied.values().filter(counts).map(|applied| applied.id.clone()).collect()
    }

    /// Returns the revision that stopped on its way, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<(&Applied, &Unfinished)> {
        self.applied.values().find_map(|applied| Some((applied, applied.unfinished.as_ref()?)))
    }

    /// Returns where the history is kept, or would be, for messages.
    #[must_use]
    pub fn location(&self) -> String {
        self.place.to_string()
    }
}
