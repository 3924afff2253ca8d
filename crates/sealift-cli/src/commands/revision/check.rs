//! `revision check`: whether files, database and model agree. Nothing is written.

use super::model::{given, holds_sql, place, request, up_files};
use super::{both, present};
use crate::args::{ModelArgs, RevisionCheckArgs};
use crate::commands::Context;
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::settings::Model;
use crate::table;
use crate::units;
use sealift_core::revision::file::Id;
use sealift_core::revision::graph::Target;
use sealift_core::revision::way::Way;
use sealift_engine::revision::difference::{Found, difference};
use sealift_engine::revision::folder::Folder;
use sealift_engine::revision::history::History;
use sealift_engine::revision::neighbours::{disagreements, neighbours, of_file};
use sealift_engine::revision::state::{Changed, Goal, State};
use serde::Serialize;
use std::path::Path;

/// What `check --json` prints.
#[derive(Serialize)]
struct Checked {
    status: &'static str,
    heads: Vec<Id>,
    current: Vec<Id>,
    pending: Vec<Id>,
    changed: Vec<Changed>,
    /// What would make the schema what the files make.
    drift: Vec<String>,
    /// What would make it what the model makes; `None` where there is no model.
    model: Option<Vec<String>>,
    /// Each disagreement in a sentence.
    problems: Vec<String>,
    notes: Vec<String>,
}

/// Says whether files, database and model agree.
pub(super) fn check(path: &Path, args: &RevisionCheckArgs, context: &Context) -> CommandResult {
    let model = args.model.model.as_ref().map(|_| given(&args.model, context)).transpose()?;
    let file = match &model {
        Some(Model::File(file)) if !holds_sql(file)? => Some(file.clone()),
        Some(Model::File(_) | Model::Head | Model::Server(_)) | None => None,
    };
    let (folder, history, in_database) = context.block_on(async {
        let (folder, history, session, schema) = both(path, &args.model.place(), context).await?;
        let in_database = match &file {
            Some(_) => neighbours(&session, &schema).await?,
            None => Vec::new(),
        };
        Ok((folder, history, in_database))
    })?;
    let mut problems = Vec::new();
    let mut checked = of_history(&folder, &history, &mut problems);
    if !args.history_only {
        let found = of_files(&folder, &history, args, context)?;
        let drift = differences(&found);
        if !drift.is_empty() {
            let many = units::counted_len(drift.len(), "difference");
            problems.push(format!("the schema is not what its revisions make: {many}"));
        }
        checked.drift = drift;
        if let Some(model) = model {
            let found = of_model(&folder, model, &args.model, context)?;
            let differs = differences(&found);
            if !differs.is_empty() {
                let many = units::counted_len(differs.len(), "difference");
                problems.push(format!("the schema is not what the model makes: {many}"));
            }
            checked.model = Some(differs);
            checked.notes = found.notes;
        }
    }
    if let Some(file) = &file {
        problems.extend(disagreements(&of_file(file)?, &in_database));
    }
    let agree = problems.is_empty();
    checked.status = if agree { "ok" } else { "different" };
    checked.problems = problems;
    present(&checked, text(&checked), context)?;
    if !agree {
        hint(&checked, args, &State { folder: &folder, history: &history }, context);
    }
    Ok(if agree { Exit::Done } else { Exit::Differences })
}

fn of_history(folder: &Folder, history: &History, problems: &mut Vec<String>) -> Checked {
    let state = State { folder, history };
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
        let many = units::counted_len(pending.len(), "revision");
        problems.push(format!("{many} still to be carried out"));
    }
    let (status, drift, notes) = ("ok", Vec::new(), Vec::new());
    let (model, problems) = (None, Vec::new());
    Checked { status, heads, current, pending, changed, drift, model, problems, notes }
}

/// Compares the schema with what the revisions that it has carried out make.
fn of_files(
    folder: &Folder,
    history: &History,
    args: &RevisionCheckArgs,
    context: &Context,
) -> CommandResult<Found> {
    let done = history.done();
    // What has no file is a problem that is told already.
    let ids = folder.graph().ids().filter(|id| done.contains(id));
    let files = up_files(folder, ids)?;
    let compared = context.watched(async |events, cancel| {
        let place = place(&args.model.place(), args.model.scratch.as_ref(), context).await?;
        Ok(difference(&place.request(files), &events, &cancel).await?)
    });
    compared.map_err(|error| {
        error.hinted("to compare files and history only, and no schema: --history-only")
    })
}

fn of_model(
    folder: &Folder,
    model: Model,
    args: &ModelArgs,
    context: &Context,
) -> CommandResult<Found> {
    context.watched(async |events, cancel| {
        let request = request(model, args, Vec::new(), folder, context).await?;
        Ok(difference(&request, &events, &cancel).await?)
    })
}

fn differences(found: &Found) -> Vec<String> {
    let steps = found.difference.steps.iter().map(|step| step.title.clone());
    steps.chain(found.difference.not_covered.iter().cloned()).collect()
}

fn text(checked: &Checked) -> String {
    if checked.problems.is_empty() {
        return match &checked.model {
            Some(_) => "files, database and model agree".to_owned(),
            None => "files and database agree".to_owned(),
        };
    }
    let mut text: String =
        checked.problems.iter().map(|line| format!("- {}\n", table::plain(line))).collect();
    for one in &checked.changed {
        text.push_str(&format!("\n{}", one.difference));
    }
    let mut list = |title: &str, lines: &[String]| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {}\n", table::plain(line))));
        }
    };
    list("to make it what the revisions make:", &checked.drift);
    list("to make it what the model makes:", checked.model.as_deref().unwrap_or_default());
    text.trim_end().to_owned()
}

fn hint(checked: &Checked, args: &RevisionCheckArgs, state: &State<'_>, context: &Context) {
    let goal = Goal { way: Way::Up, target: Target::Head };
    if state.todo(&goal).is_ok_and(|todo| !todo.revisions.is_empty()) {
        context.printer.hint("sealift revision upgrade carries out what is missing");
    } else if state.folder.graph().ids().next().is_none() && !checked.drift.is_empty() {
        context.printer.hint("sealift revision baseline takes the schema as the first revision");
    } else if !checked.drift.is_empty() {
        context.printer.hint("the statements: sealift revision diff head --sql");
    } else if checked.model.as_ref().is_some_and(|lines| !lines.is_empty()) {
        // A URL may hold a password.
        let typed = args.model.model.as_deref().filter(|typed| !typed.contains([':', '=']));
        let model = typed.unwrap_or("MODEL");
        context.printer.hint(format_args!(
            "sealift revision diff {model} -m TEXT writes it down as a revision"
        ));
    }
}
