//! `revision diff`: from what the database holds to what it is to be, as files.

use super::model::{given, request};
use super::{both, now, present};
use crate::args::DiffArgs;
use crate::commands::Context;
use crate::error::{CommandError, CommandResult, usage_error, user_error};
use crate::exit::Exit;
use crate::settings::Model;
use crate::table;
use sealift_core::revision::diff::{Danger, Revision};
use sealift_core::revision::file::{Id, Parents};
use sealift_core::revision::graph::Target;
use sealift_core::revision::model::Rename;
use sealift_engine::revision::difference::{Found, difference};
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::state::State;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `diff --json` prints.
#[derive(Serialize)]
pub(crate) struct Diffed {
    status: &'static str,
    /// Where the revisions are; none where nothing differs.
    pub(crate) revisions: Vec<DiffedRevision>,
    /// What they do, in order.
    pub(crate) steps: Vec<String>,
    /// What they lose or the server may refuse.
    pub(crate) dangers: Vec<Danger>,
    /// What differs and is not among the steps.
    pub(crate) not_covered: Vec<String>,
    /// What was not compared, and why.
    pub(crate) notes: Vec<String>,
}

/// A revision that was written.
#[derive(Serialize)]
pub(crate) struct DiffedRevision {
    id: Id,
    /// Its files, up first.
    pub(crate) files: [PathBuf; 2],
}

/// Writes the revisions that make the database like a model, or prints them.
pub(super) fn diff(path: &Path, args: &DiffArgs, context: &Context) -> CommandResult {
    let renames = args.rename.iter().map(|text| Rename::parse(text));
    let renames: Vec<Rename> = renames.collect::<Result<_, _>>().map_err(|error| {
        usage_error("--rename cannot be read").caused_by(&error).hinted(
            "--rename users=people for a table, --rename users.name=users.full_name for a column",
        )
    })?;
    let model = given(&args.model, context)?;
    if model == Model::Head && !args.sql {
        return Err(usage_error(
            "what leads back to head is nothing to write down as a new revision",
        )
        .hinted("to see it: sealift revision diff head --sql"));
    }
    let (folder, parents) = up_to_date(path, args, context)?;
    let found = context.watched(async |events, cancel| {
        let request = request(model, &args.model, renames, &folder, context).await?;
        Ok(difference(&request, &events, &cancel).await?)
    })?;
    if !args.no_renames && !found.difference.candidates.is_empty() {
        return Err(ask_about(&found.difference.candidates));
    }
    warn(&found, context);
    let message = args.message.as_deref().unwrap_or_default();
    let written = found.difference.revisions(&folder.next_id(&now(context)?), parents, message);
    if args.sql {
        let text: Vec<&str> = written.iter().map(|one| one.up.text()).collect();
        context.printer.raw(text.join("\n").as_bytes())?;
        return Ok(Exit::Done);
    }
    let revisions = written.iter().map(|one| write(&folder, one));
    let revisions = revisions.collect::<CommandResult<Vec<DiffedRevision>>>()?;
    let more = !revisions.is_empty();
    let diffed = Diffed {
        status: "ok",
        revisions,
        steps: found.difference.steps.iter().map(|step| step.title.clone()).collect(),
        dangers: found.difference.dangers().cloned().collect(),
        not_covered: found.difference.not_covered,
        notes: found.notes,
    };
    present(&diffed, table::diffed(&diffed), context)?;
    if more {
        context.printer.hint("read the files; then: sealift revision upgrade --dry-run");
    }
    Ok(Exit::Done)
}

fn write(folder: &Folder, one: &Revision) -> CommandResult<DiffedRevision> {
    let files = folder.write(&one.id, &one.slug, &one.up, &one.down)?;
    Ok(DiffedRevision { id: one.id.clone(), files })
}

/// The database must stand at the newest revision: what it lacks of the files would be written a second time.
fn up_to_date(path: &Path, args: &DiffArgs, context: &Context) -> CommandResult<(Folder, Parents)> {
    // To print the way, no folder is needed.
    if args.sql && !path.exists() && args.model.model.as_deref() != Some("head") {
        let folder = Folder::empty(path);
        return Ok((folder, Parents::None));
    }
    let (folder, history, ..) = context.block_on(both(path, &args.model.place(), context))?;
    let head = folder.graph().head().map_err(|error| super::files::several(&error))?;
    if !args.sql {
        let state = State { folder: &folder, history: &history };
        state.check()?;
        if let Some((applied, _)) = history.unfinished() {
            return Err(user_error(format!("revision {} is unfinished", applied.id))
                .hinted("sealift revision upgrade goes on with it"));
        }
        let pending = folder.graph().up(&history.done(), &Target::Head).unwrap_or_default();
        if !pending.is_empty() {
            let many = crate::units::counted_len(pending.len(), "revision");
            return Err(user_error(format!("{many} still to be carried out in this database"))
                .hinted(
                    "carry them out first: sealift revision upgrade; or compare with another database: --to URL",
                ));
        }
    }
    let parents = head.map_or(Parents::None, |id| Parents::These(vec![id]));
    Ok((folder, parents))
}

/// A rename is never guessed.
fn ask_about(candidates: &[Rename]) -> CommandError {
    let shown: Vec<String> = candidates
        .iter()
        .map(|one| format!("  --rename '{}'", table::plain(&one.to_string())))
        .collect();
    user_error(format!("this may be a rename, and may be not:\n{}", shown.join("\n"))).hinted(
        "add what is one; if none is, --no-renames drops what is gone, with its cells, and makes what is new",
    )
}

fn warn(found: &Found, context: &Context) {
    for line in &found.difference.not_covered {
        context.printer.warning(format_args!("not written down: {}", table::plain(line)));
    }
    for note in &found.notes {
        context.printer.note(table::plain(note));
    }
}
