//! A schema from nothing in one revision: `baseline`, `squash`.

use super::files::find;
use super::model::place;
use super::{both, now, present};
use crate::args::{BaselineArgs, SquashArgs};
use crate::commands::Context;
use crate::error::{CommandResult, user_error};
use crate::exit::Exit;
use crate::table;
use sealift_core::revision::file::Id;
use sealift_core::revision::graph::Target;
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::run;
use sealift_engine::revision::whole::{self, Squash};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `baseline --json` prints.
#[derive(Serialize)]
struct Adopted {
    status: &'static str,
    id: Id,
    files: [PathBuf; 2],
    not_covered: Vec<String>,
}

/// What `squash --json` prints.
#[derive(Serialize)]
struct Squashed {
    status: &'static str,
    id: Id,
    files: [PathBuf; 2],
    replaced: Vec<Id>,
    kept_in: PathBuf,
    left_out: Vec<String>,
}

/// Writes a database down as the first revision, and that it stands there.
pub(super) fn baseline(path: &Path, args: &BaselineArgs, context: &Context) -> CommandResult {
    Folder::make(path)?;
    let (folder, history, ..) = context.block_on(both(path, &args.place, context))?;
    if let Some(id) = folder.graph().ids().next() {
        return Err(user_error(format!("there is a revision already: {id}")).hinted(
            "a baseline is the first one; where a database is as the files say: sealift revision stamp head",
        ));
    }
    if let Some(id) = history.applied().keys().next() {
        return Err(user_error(format!("this database has carried out revision {id}")).hinted(
            "fetch its files; or let the history begin anew: sealift revision stamp base",
        ));
    }
    let id = folder.next_id(&now(context)?);
    let (files, not_covered) = context.watched(async |events, cancel| {
        let place = place(&args.place, args.scratch.as_ref(), context).await?;
        let baseline = whole::baseline(&place, &id, &args.message, &cancel).await?;
        let one = &baseline.revision;
        let files = folder.write(&one.id, &one.slug, &one.up, &one.down)?;
        let written = Folder::read(path)?;
        let patience = Duration::from_secs(args.retry_for);
        let head = Target::Head;
        run::stamp(&place.target, &place.schema, &written, &head, patience).await?;
        events.notice(format!("the database stands at {id}"));
        Ok((files, baseline.not_covered))
    })?;
    for what in &not_covered {
        context.printer.warning(format_args!("not in the file: {}", table::plain(what)));
    }
    let text = format!("{}\n{}", files[0].display(), files[1].display());
    present(&Adopted { status: "ok", id, files, not_covered }, text, context)
}

/// Puts one revision in the place of many.
pub(super) fn squash(path: &Path, args: &SquashArgs, context: &Context) -> CommandResult {
    let folder = Folder::read(path)?;
    let last = find(&folder, &args.revision)?.id.clone();
    let squashed = context.watched(async |_, cancel| {
        let place = place(&args.place, args.scratch.as_ref(), context).await?;
        let wish = Squash {
            folder: &folder,
            last: last.clone(),
            message: args.message.clone(),
            schema_only: args.schema_only,
        };
        Ok(whole::squash(&place, &wish, &cancel).await?)
    })?;
    let (files, kept_in) = whole::replace(&folder, &squashed)?;
    for what in &squashed.left_out {
        context.printer.warning(format_args!("left out: {}", table::plain(what)));
    }
    let text = format!(
        "{}\n{}\nin the place of {} revisions, which are kept in {}",
        files[0].display(),
        files[1].display(),
        squashed.replaced.len(),
        kept_in.display()
    );
    let (replaced, left_out) = (squashed.replaced, squashed.left_out);
    let said = Squashed { status: "ok", id: last, files, replaced, kept_in, left_out };
    present(&said, text, context)?;
    context.printer.hint(
        "a database that has carried out some of them only: sealift revision upgrade --folder with that folder, then go on here",
    );
    Ok(Exit::Done)
}
