//! `sealift revision`

mod alembic;
mod apply;
mod check;
mod diff;
mod files;
mod look;
mod model;
mod whole;

pub(crate) use diff::Diffed;
pub(crate) use look::{Current, Listed};

use super::Context;
use crate::args::{PlaceOfRevisionsArgs, RevisionAction, RevisionArgs};
use crate::error::{CommandResult, user_error};
use crate::exit::Exit;
use crate::units;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_engine::postgres::{Endpoint, Session};
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::history::History;
use sealift_engine::revision::import::Asking;
use std::path::Path;

/// Makes, carries out and shows revisions.
pub(crate) fn run(args: &RevisionArgs, context: &Context) -> CommandResult {
    carry_out(args, context).map_err(|error| {
        // Where Alembic is at home and no folder of ours is, Alembic is what was meant.
        match alembic::command(&args.action) {
            Some(command) if alembic::is_here() && !args.folder.exists() => error.hinted(format!(
                "this project has alembic.ini: {command}; to take its history over: sealift revision import alembic.ini"
            )),
            Some(_) | None => error,
        }
    })
}

fn carry_out(args: &RevisionArgs, context: &Context) -> CommandResult {
    let folder = args.folder.as_path();
    match &args.action {
        RevisionAction::Init => files::init(folder, context),
        RevisionAction::New(new) => files::new(folder, new, context),
        RevisionAction::Diff(diff) => diff::diff(folder, diff, context),
        RevisionAction::Baseline(args) => whole::baseline(folder, args, context),
        RevisionAction::Squash(args) => whole::squash(folder, args, context),
        RevisionAction::Merge { message } => files::merge(folder, message, context),
        RevisionAction::Import { path, alembic, revisions } => {
            files::import(folder, path, Asking { program: alembic, revisions }, context)
        }
        RevisionAction::Heads => files::heads(folder, context),
        RevisionAction::Show { revision } => files::show(folder, revision, context),
        RevisionAction::Upgrade(upgrade) => apply::upgrade(folder, upgrade, context),
        RevisionAction::Downgrade(downgrade) => apply::downgrade(folder, downgrade, context),
        RevisionAction::Stamp { revision, place, retry_for } => {
            apply::stamp(folder, revision, place, *retry_for, context)
        }
        RevisionAction::Current { source, place } => look::current(folder, source, place, context),
        RevisionAction::History { place, offline } => {
            look::history(folder, place, *offline, context)
        }
        RevisionAction::Check(args) => check::check(folder, args, context),
    }
}

/// Returns the number of a revision that is made now.
fn now(context: &Context) -> CommandResult<Id> {
    let digits = units::stamp(context.since_epoch).replace('_', "");
    Id::new(digits).map_err(|error| user_error("the clock gives no number").caused_by(&error))
}

/// Opens the server to look at it.
async fn reading(
    place: &PlaceOfRevisionsArgs,
    context: &Context,
) -> CommandResult<(Endpoint, Session, Ident)> {
    let schema = context.environment.schema(place.schema.as_ref())?;
    let setting = context.environment.target(place.target.to.as_ref(), "--to")?;
    let endpoint = context.endpoint(&setting).await?.for_reading();
    endpoint.probe().await?;
    let session = endpoint.connect("sealift revision").await?;
    Ok((endpoint, session, schema))
}

/// Reads the files, and what was carried out of them.
async fn both(
    folder: &Path,
    place: &PlaceOfRevisionsArgs,
    context: &Context,
) -> CommandResult<(Folder, History, Session, Ident)> {
    let folder = Folder::read(folder)?;
    let (_, session, schema) = reading(place, context).await?;
    let history = History::read_for(&session, &schema, &folder).await?;
    Ok((folder, history, session, schema))
}

/// Prints an answer, as an object or for a person.
fn present(
    value: &impl serde::Serialize,
    text: impl std::fmt::Display,
    context: &Context,
) -> CommandResult {
    if context.printer.is_json() {
        context.printer.json(value)?;
    } else {
        context.printer.answer(text)?;
    }
    Ok(Exit::Done)
}
