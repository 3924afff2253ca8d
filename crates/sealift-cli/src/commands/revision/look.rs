//! What only looks: `current`, `history`. Nothing is written, not even the table of the history.

use super::{alembic, both, present, reading};
use crate::args::{PlaceOfRevisionsArgs, SourceArgs};
use crate::commands::Context;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::settings::Origin;
use crate::table;
use sealift_core::revision::file::Id;
use sealift_engine::revision::folder::{Folder, Revision};
use sealift_engine::revision::history::{Applied, History};
use sealift_engine::revision::neighbours::{Neighbour, neighbours, of_file, predecessor};
use sealift_engine::revision::state::State;
use serde::Serialize;
use std::path::Path;

/// What `current --json` prints.
#[derive(Serialize)]
pub(crate) struct Current {
    status: &'static str,
    /// Where the database stands.
    pub(crate) current: Vec<Standing>,
    /// What stopped on its way.
    pub(crate) unfinished: Option<Applied>,
    /// The newest revisions of the files; `None` where there is no folder.
    pub(crate) heads: Option<Vec<Id>>,
    /// How many revisions are still to be carried out; `None` where there is no folder.
    pub(crate) pending: Option<usize>,
    /// Histories of other tools.
    pub(crate) neighbours: Vec<Neighbour>,
    /// Those in the SQLite file; `None` where no file was named.
    pub(crate) source: Option<Vec<Neighbour>>,
}

/// A revision at which the database stands.
#[derive(Serialize)]
pub(crate) struct Standing {
    /// Its number.
    pub(crate) id: Id,
    /// What it is for.
    pub(crate) message: String,
    /// Since when, in UTC.
    pub(crate) since: String,
}

/// Says where the database stands. Without a folder too: a server may be looked at from anywhere.
pub(super) fn current(
    path: &Path,
    source: &SourceArgs,
    place: &PlaceOfRevisionsArgs,
    context: &Context,
) -> CommandResult {
    let folder = if path.exists() { Some(Folder::read(path)?) } else { None };
    let (history, neighbours) = context.block_on(async {
        let (_, session, schema) = reading(place, context).await?;
        let history = match &folder {
            Some(folder) => History::read_for(&session, &schema, folder).await?,
            None => History::read(&session, &schema).await?,
        };
        Ok((history, neighbours(&session, &schema).await?))
    })?;
    let source = source_histories(source, context)?;
    let ids = match &folder {
        Some(folder) => State { folder, history: &history }.current()?,
        // Without files it is not known which follows which: the newest one.
        None => history.done().into_iter().next_back().into_iter().collect(),
    };
    let standing = ids.iter().filter_map(|id| history.applied().get(id)).map(|one| Standing {
        id: one.id.clone(),
        message: one.message.clone(),
        since: one.at.clone(),
    });
    let pending = folder.as_ref().map(|folder| {
        let done = history.done();
        folder.graph().ids().filter(|id| !done.contains(id)).count()
    });
    let current = Current {
        status: "ok",
        current: standing.collect(),
        unfinished: history.unfinished().map(|(applied, _)| applied.clone()),
        heads: folder.as_ref().map(|folder| folder.graph().heads()),
        pending,
        neighbours,
        source,
    };
    present(&current, table::revision_current(&current), context)?;
    let before = folder.as_ref().and_then(|one| predecessor(one, &history, &current.neighbours));
    if let Some(before) = before {
        context.printer.hint(format_args!(
            "{} has carried out these files; to go on from there with Sealift: sealift revision stamp {}",
            before.tool, before.id
        ));
    }
    if current.neighbours.iter().any(|one| one.tool == "Alembic") && alembic::is_here() {
        context
            .printer
            .hint("for Alembic: alembic current; alembic upgrade head; alembic downgrade -1");
    }
    Ok(Exit::Done)
}

/// Returns the histories in the SQLite file: that which was typed, or that of the settings where it is there.
fn source_histories(args: &SourceArgs, context: &Context) -> CommandResult<Option<Vec<Neighbour>>> {
    let typed = args.source.is_some() || args.sqlite_path.is_some();
    let setting = match context.environment.source(args) {
        Ok(setting) => setting,
        Err(error) if typed => return Err(error),
        Err(_) => return Ok(None),
    };
    match setting.origin {
        Origin::Argument(_) => context.require_file(&setting)?,
        Origin::File | Origin::Variable(_) | Origin::DotEnv(_) | Origin::Default => {
            if !setting.value.exists() {
                return Ok(None);
            }
        }
    }
    Ok(Some(of_file(&setting.value)?))
}

/// What `history --json` prints.
#[derive(Serialize)]
struct Listing {
    status: &'static str,
    revisions: Vec<Listed>,
}

/// A revision of the list.
#[derive(Serialize)]
pub(crate) struct Listed {
    /// Its number.
    pub(crate) id: Id,
    /// What it is for.
    pub(crate) message: String,
    /// What it follows.
    pub(crate) parents: Vec<Id>,
    /// Whether nothing follows it.
    pub(crate) head: bool,
    /// How it was carried out; `None` where it was not, or nobody looked.
    pub(crate) applied: Option<Applied>,
}

/// Lists the revisions, newest first.
pub(super) fn history(
    path: &Path,
    place: &PlaceOfRevisionsArgs,
    offline: bool,
    context: &Context,
) -> CommandResult {
    let (folder, history) = if offline {
        (Folder::read(path)?, None)
    } else {
        let (folder, history, ..) = context.block_on(both(path, place, context))?;
        (folder, Some(history))
    };
    let graph = folder.graph();
    let heads = graph.heads();
    let one = |revision: &Revision| Listed {
        id: revision.id.clone(),
        message: revision.message(),
        parents: graph.parents(&revision.id).cloned().collect(),
        head: heads.contains(&revision.id),
        applied: history.as_ref().and_then(|one| one.applied().get(&revision.id)).cloned(),
    };
    let revisions: Vec<Listed> = folder.revisions().rev().map(one).collect();
    let text = table::revision_history(&revisions, !offline);
    present(&Listing { status: "ok", revisions }, text, context)
}
