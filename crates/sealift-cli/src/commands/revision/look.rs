//! What only looks: `current`, `history`, `check`. Nothing is written, not even the table of the history.

use super::{both, present, reading};
use crate::args::PlaceOfRevisionsArgs;
use crate::commands::Context;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::table;
use sealift_core::revision::file::Id;
use sealift_core::revision::graph::Target;
use sealift_engine::revision::folder::{Folder, Revision};
use sealift_engine::revision::history::{Applied, History, Way};
use sealift_engine::revision::neighbours::{Neighbour, neighbours, predecessor};
use sealift_engine::revision::state::{Changed, Goal, State};
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
    place: &PlaceOfRevisionsArgs,
    context: &Context,
) -> CommandResult {
    let folder = if path.exists() { Some(Folder::read(path)?) } else { None };
    let (history, neighbours) = context.block_on(async {
        let (_, session, schema) = reading(place, context).await?;
        let history = History::read(&session, &schema).await?;
        Ok((history, neighbours(&session, &schema).await?))
    })?;
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
    };
    present(&current, table::revision_current(&current), context)?;
    let before = folder.as_ref().and_then(|one| predecessor(one, &history, &current.neighbours));
    if let Some(before) = before {
        context.printer.hint(format_args!(
            "{} has carried out these files; to go on from there with Sealift: sealift revision stamp {}",
            before.tool, before.id
        ));
    }
    if current.neighbours.iter().any(|one| one.tool == "Alembic")
        && Path::new("alembic.ini").exists()
    {
        context
            .printer
            .hint("for Alembic: alembic current; alembic upgrade head; alembic downgrade -1");
    }
    Ok(Exit::Done)
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

/// What `check --json` prints.
#[derive(Serialize)]
struct Checked {
    status: &'static str,
    heads: Vec<Id>,
    current: Vec<Id>,
    pending: Vec<Id>,
    changed: Vec<Changed>,
    problems: Vec<String>,
}

/// Says whether files and database agree.
pub(super) fn check(path: &Path, place: &PlaceOfRevisionsArgs, context: &Context) -> CommandResult {
    let (folder, history, ..) = context.block_on(both(path, place, context))?;
    let state = State { folder: &folder, history: &history };
    let mut problems = Vec::new();
    let heads = folder.graph().heads();
    if heads.len() > 1 {
        let list: Vec<&str> = heads.iter().map(Id::as_str).collect();
        problems.push(format!("there are {} heads: {}", heads.len(), list.join(", ")));
    }
    if let Some((applied, unfinished)) = history.unfinished() {
        problems.push(format!(
            "revision {} ({}) is unfinished on its way {}",
            applied.id, applied.message, unfinished.way
        ));
    }
    let changed = state.changed();
    for one in &changed {
        problems.push(format!("{} was changed after it was carried out", one.file));
    }
    let current = state.current().map_err(|error| problems.push(error.to_string()));
    let current = current.unwrap_or_default();
    let up = folder.graph().up(&history.done(), &Target::Heads);
    let pending = up.unwrap_or_default();
    if !pending.is_empty() && history.unfinished().is_none() {
        problems.push(format!("{} revisions are still to be carried out", pending.len()));
    }
    let agree = problems.is_empty();
    let mut text = match agree {
        true => "files and database agree".to_owned(),
        false => problems.iter().map(|line| format!("- {}\n", table::plain(line))).collect(),
    };
    for one in &changed {
        text.push_str(&format!("\n{}", one.difference));
    }
    let status = if agree { "ok" } else { "different" };
    let checked = Checked { status, heads, current, pending, changed, problems };
    present(&checked, text.trim_end(), context)?;
    if !agree {
        let goal = Goal { way: Way::Up, target: Target::Head };
        if state.todo(&goal).is_ok_and(|todo| !todo.revisions.is_empty()) {
            context.printer.hint("sealift revision upgrade carries out what is missing");
        }
    }
    Ok(if agree { Exit::Done } else { Exit::Differences })
}
