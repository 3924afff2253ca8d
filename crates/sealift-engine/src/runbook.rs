//! The failures that are known beforehand, gathered for `docs/runbook.md`: what is said, what it means,
//! what to type.
//!
//! A failure belongs to the folder that raises it: its row stands in that folder's `known.rs`.

use crate::error::Known;
use crate::{migrate, postgres, revision, sqlite, store};

/// Failures of one kind of thing, in the order of the page.
#[derive(Debug)]
pub struct Chapter {
    /// The heading.
    pub title: &'static str,
    /// The rows.
    pub failures: &'static [&'static Known],
}

/// Returns the chapters of the page.
#[must_use]
pub fn chapters() -> [Chapter; 5] {
    [
        Chapter { title: "The SQLite file", failures: sqlite::KNOWN },
        Chapter { title: "The server", failures: postgres::KNOWN },
        Chapter { title: "Half way", failures: migrate::KNOWN },
        Chapter { title: "The state of an earlier run", failures: store::KNOWN },
        Chapter { title: "Revisions", failures: revision::KNOWN },
    ]
}
