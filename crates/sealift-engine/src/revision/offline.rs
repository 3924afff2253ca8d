//! [`script`]: the way from one revision to another as a script for psql, without a server.

use super::folder::{Folder, Revision, graph_error};
use super::history::{History, How};
use super::state::script_file;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::name::Ident;
use sealift_core::revision::file::{Id, Transaction};
use sealift_core::revision::graph::Target;
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;
use std::collections::BTreeSet;
use std::time::Duration;

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where the database stands: `base` or a revision.
    pub from: Target,
    /// Where it is to stand.
    pub to: Target,
    /// Up or down.
    pub way: Way,
}

/// Returns the script. It stops at the first error when psql reads it.
///
/// # Errors
/// When one of the two revisions is unknown or not clear, or there is no way down.
pub fn script(
    folder: &Folder,
    schema: &Ident,
    stretch: &Stretch,
    lock_timeout: Duration,
) -> Result<String> {
    let graph = folder.graph();
    let applied = standing(folder, &stretch.from)?;
    let found = match stretch.way {
        Way::Up => graph.up(&applied, &stretch.to),
        Way::Down => graph.down(&applied, &stretch.to),
    };
    let ids = found.map_err(|error| graph_error(&error))?;
    let history = History::unseen(schema)?;
    let millis = i64::try_from(lock_timeout.as_millis()).unwrap_or(0);
    let mut text = format!(
        "-- sealift revision {}: {} to {}\n\\set ON_ERROR_STOP on\n",
        stretch.way.command(),
        stretch.from,
        stretch.to
    );
    line(&mut text, &Sql::raw("set standard_conforming_strings = on"));
    line(&mut text, &Sql::raw("set lock_timeout = ").int(millis));
    line(&mut text, &path(schema)?);
    if ids.is_empty() {
        text.push_str("\n-- nothing to do\n");
        return Ok(text);
    }
    text.push_str("\nbegin;\n");
    history.make_statements()?.iter().for_each(|sql| line(&mut text, sql));
    text.push_str("commit;\n");
    for id in &ids {
        one(&mut text, folder, folder.revision(id)?, &history, stretch.way)?;
    }
    Ok(text)
}

/// Returns the revisions that were carried out in a database that stands at `from`.
fn standing(folder: &Folder, from: &Target) -> Result<BTreeSet<Id>> {
    let graph = folder.graph();
    match from {
        Target::Base => Ok(BTreeSet::new()),
        Target::Heads => Ok(graph.ids().cloned().collect()),
        Target::Head => {
            let head = graph.head().map_err(|error| graph_error(&error))?;
            Ok(head.map(|id| graph.with_ancestors(&id)).unwrap_or_default())
        }
        Target::Revision(text) => {
            let id = graph.find(text).map_err(|error| graph_error(&error))?;
            Ok(graph.with_ancestors(&id))
        }
        Target::Forward(_) | Target::Back(_) => Err(Error::new(
            ErrorKind::Usage,
            format!("`{from}` says nothing without a database; name a revision, or base"),
        )),
    }
}

/// Each revision with its row of the history; the file stands as it is.
fn one(
    text: &mut String,
    folder: &Folder,
    revision: &Revision,
    history: &History,
    way: Way,
) -> Result<()> {
    let file = script_file(revision, way)?;
    let parents: Vec<Id> = folder.graph().parents(&revision.id).cloned().collect();
    let record = match way {
        Way::Up => history.recorded(revision, &parents, How::Run, 0.0),
        Way::Down => history.forgotten(&revision.id),
    };
    let whole = file.script.header().transaction == Transaction::On;
    text.push_str(&format!("\n-- {}\n", file.path.display()));
    if whole {
        text.push_str("begin;\n");
    }
    for statement in file.script.statements() {
        line(text, &statement.sql());
    }
    line(text, &record);
    if whole {
        text.push_str("commit;\n");
    }
    Ok(())
}

fn line(text: &mut String, sql: &Sql) {
    text.push_str(sql.as_str());
    text.push_str(";\n");
}

/// Extensions are usually in `public`.
fn path(schema: &Ident) -> Result<Sql> {
    let public = Ident::new("public")
        .map_err(|error| Error::new(ErrorKind::Bug, "a constant name").caused_by(error))?;
    let mut names = vec![schema];
    if *schema != public {
        names.push(&public);
    }
    Ok(Sql::raw("set search_path = ").idents(names))
}
