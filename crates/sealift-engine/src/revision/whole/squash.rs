//! [`squash`]: one revision in the place of many.

use super::statement::{Part, part};
use super::{proved, written};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events};
use crate::revision::folder::{Folder, Revision};
use crate::revision::wanted::{Place, UpFile, read, unless_stopped};
use sealift_core::revision::diff;
use sealift_core::revision::file::{Header, Id, Parents};
use sealift_core::revision::model::Model;
use sealift_core::sql::Sql;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// How many statements a message names.
const NAMED: usize = 5;

/// What is to become one revision.
#[derive(Debug)]
pub struct Squash<'a> {
    /// The files.
    pub folder: &'a Folder,
    /// The last one; all that it follows become one with it.
    pub last: Id,
    /// What the new one is for.
    pub message: String,
    /// Whether what the files do to rows and rights may be left out.
    pub schema_only: bool,
}

/// One revision, which was tried and not written yet.
#[derive(Debug)]
pub struct Squashed {
    /// The revision, by the number of the last one.
    pub revision: diff::Revision,
    /// The revisions in whose place it comes, the last one among them.
    pub replaced: Vec<Id>,
    /// What the old files do to rows and rights, by file and line.
    pub left_out: Vec<String>,
}

/// Makes one revision of many. Nothing is written.
///
/// # Errors
/// When there is only one; another revision follows one in the middle; a statement is about more than the schema; the
/// server cannot be reached, or what the new file makes is not the same; when it was stopped.
pub async fn squash(place: &Place, wish: &Squash<'_>, cancel: &Cancel) -> Result<Squashed> {
    unless_stopped(cancel, Box::pin(tried(place, wish, cancel))).await
}

async fn tried(place: &Place, wish: &Squash<'_>, cancel: &Cancel) -> Result<Squashed> {
    let ids = wish.folder.graph().with_ancestors(&wish.last);
    let old: Vec<&Revision> =
        ids.iter().map(|id| wish.folder.revision(id)).collect::<Result<_>>()?;
    alone(wish.folder, &ids, &wish.last)?;
    let (before, left_out) = statements(&old);
    if !left_out.is_empty() && !wish.schema_only {
        return Err(more_than_schema(&left_out));
    }
    let target = place.target.clone().for_reading();
    target.probe().await?;
    let session = target.connect("sealift revision").await?;
    let request = place.request(old.iter().map(|revision| UpFile::from(*revision)).collect());
    let (none, events) = (Model::default(), Events::silent());
    let wanted = read(&request, &session, &none, &events, cancel).await?.model;
    let headers = || old.iter().map(|one| one.up.script.header());
    let earlier: BTreeSet<Id> = headers()
        .flat_map(|one| one.replaces.iter().chain(&one.replaces_earlier))
        .cloned()
        .collect();
    let header = Header {
        message: Some(wish.message.clone()),
        parents: Parents::None,
        replaces: ids.iter().filter(|id| **id != wish.last).cloned().collect(),
        replaces_earlier: earlier.into_iter().collect(),
        ..Header::default()
    };
    let (revision, not_covered) = written(&wanted, &wish.last, header, &before)?;
    if let Some(what) = not_covered.first() {
        return Err(Error::new(
            ErrorKind::Revision,
            format!("the revisions make more than one file can be made of: {what}"),
        )
        .hinted("leave them as they are, or squash those before it"));
    }
    proved(place, &session, &revision, &wanted, cancel).await?;
    Ok(Squashed { revision, replaced: ids.into_iter().collect(), left_out })
}

/// Puts the new revision in the place of the old ones, whose files go into a folder beside. Returns the new files, up
/// first, and that folder.
///
/// # Errors
/// When the system refuses. What was moved is moved back.
pub fn replace(folder: &Folder, squashed: &Squashed) -> Result<([PathBuf; 2], PathBuf)> {
    let diff::Revision { id, slug, up, down } = &squashed.revision;
    let beside = folder.path().join(format!("squashed-{id}"));
    fs::create_dir(&beside).map_err(|error| {
        Error::new(ErrorKind::Io, format!("cannot make folder {}", beside.display()))
            .caused_by(error)
    })?;
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut all = || {
        for id in &squashed.replaced {
            let old = folder.revision(id)?;
            for file in std::iter::once(&old.up).chain(&old.down) {
                let to = beside.join(file.path.file_name().unwrap_or_default());
                fs::rename(&file.path, &to).map_err(|error| {
                    let path = file.path.display();
                    Error::new(ErrorKind::Io, format!("cannot move {path}")).caused_by(error)
                })?;
                moved.push((file.path.clone(), to));
            }
        }
        folder.write(id, slug, up, down)
    };
    match all() {
        Ok(files) => Ok((files, beside)),
        Err(error) => {
            // The first failure is the one to be told; what stays behind is named by its folder.
            let back = moved.iter().try_for_each(|(from, to)| fs::rename(to, from));
            let back = back.and_then(|()| fs::remove_dir(&beside));
            match back {
                Ok(()) => Err(error),
                Err(_) => Err(error.hinted(format!("the old files are in {}", beside.display()))),
            }
        }
    }
}

/// There must be several, and nothing else may follow one in the middle.
fn alone(folder: &Folder, ids: &BTreeSet<Id>, last: &Id) -> Result<()> {
    if ids.len() < 2 {
        return Err(Error::new(
            ErrorKind::Revision,
            format!("there is nothing to squash: {last} follows no other revision"),
        ));
    }
    for id in ids.iter().filter(|id| *id != last) {
        if let Some(child) = folder.graph().children(id).find(|child| !ids.contains(*child)) {
            return Err(Error::new(
                ErrorKind::Revision,
                format!("revision {child} follows {id}, which would not be there any more"),
            )
            .hinted("squash up to a revision that all others follow"));
        }
    }
    Ok(())
}

/// Returns what comes in front, and what would be lost.
fn statements(old: &[&Revision]) -> (Vec<Sql>, Vec<String>) {
    let (mut before, mut lost): (Vec<Sql>, Vec<String>) = Default::default();
    for revision in old {
        for statement in &revision.up.script.statements() {
            match part(statement) {
                Part::Schema | Part::Nothing => {}
                Part::Extension => {
                    let sql = statement.sql();
                    if !before.contains(&sql) {
                        before.push(sql);
                    }
                }
                Part::Lost => {
                    let words = statement.words(2).join(" ");
                    lost.push(format!("{}: {words}", revision.up.at(statement.line)));
                }
            }
        }
    }
    (before, lost)
}

fn more_than_schema(lost: &[String]) -> Error {
    let mut named: Vec<&str> = lost.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("and {} more", lost.len().saturating_sub(NAMED));
    if lost.len() > NAMED {
        named.push(&more);
    }
    Error::new(
        ErrorKind::Revision,
        format!("the files do more than make a schema:\n  {}", named.join("\n  ")),
    )
    .hinted(
        "squash the revisions before that; or leave it out with --schema-only, and bring it in with a revision of \
         its own where new databases need it",
    )
}
