//! What works on the files only: `init`, `new`, `merge`, `heads`, `show`.

use super::{alembic, now, present};
use crate::args::NewArgs;
use crate::commands::Context;
use crate::error::{CommandError, CommandResult, user_error};
use crate::exit::Exit;
use crate::table;
use sealift_core::revision::effect::Effect;
use sealift_core::revision::file::{Header, Id, Parents, Script, Transaction, slug};
use sealift_core::revision::graph::{GraphError, Target};
use sealift_core::revision::split::Statement;
use sealift_engine::revision::folder::{Folder, Revision, ScriptFile};
use sealift_engine::revision::import::{self, Asking};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `init` prints with `--json`.
#[derive(Serialize)]
struct Made {
    status: &'static str,
    folder: PathBuf,
    new: bool,
}

/// What `new` and `merge` print with `--json`.
#[derive(Serialize)]
struct Written {
    status: &'static str,
    id: Id,
    parents: Vec<Id>,
    files: [PathBuf; 2],
}

/// What `heads` prints with `--json`.
#[derive(Serialize)]
struct Heads<'a> {
    status: &'static str,
    heads: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a Id,
    message: String,
}

/// Makes the folder.
pub(super) fn init(folder: &Path, context: &Context) -> CommandResult {
    let new = Folder::make(folder)?;
    let made = Made { status: "ok", folder: folder.to_owned(), new };
    let state = if new { "made" } else { "is there already" };
    present(&made, format_args!("{} {state}", folder.display()), context)?;
    if alembic::is_here() {
        context.printer.hint(
            "this project has alembic.ini; if Alembic is to stay, use `alembic revision -m TEXT` and `alembic upgrade head`, and leave this folder",
        );
    } else if new {
        context.printer.hint("sealift revision new -m 'what it is for'");
    }
    Ok(Exit::Done)
}

/// Makes a revision with empty files.
pub(super) fn new(path: &Path, args: &NewArgs, context: &Context) -> CommandResult {
    let folder = Folder::read(path)?;
    let graph = folder.graph();
    let parent = match &args.parent {
        Some(text) => Some(graph.find(text)),
        None => graph.head().transpose(),
    };
    let parent = parent.transpose().map_err(|error| several(&error))?;
    let transaction = if args.no_transaction { Transaction::Off } else { Transaction::On };
    write(&folder, &args.message, parent.into_iter().collect(), transaction, context)
}

/// Makes a revision that joins all heads.
pub(super) fn merge(path: &Path, message: &str, context: &Context) -> CommandResult {
    let folder = Folder::read(path)?;
    let heads = folder.graph().heads();
    if heads.len() < 2 {
        return Err(user_error(GraphError::NothingToMerge.to_string()));
    }
    write(&folder, message, heads, Transaction::On, context)
}

fn write(
    folder: &Folder,
    message: &str,
    parents: Vec<Id>,
    transaction: Transaction,
    context: &Context,
) -> CommandResult {
    let id = folder.next_id(&now(context)?);
    let said = if parents.is_empty() { Parents::None } else { Parents::These(parents.clone()) };
    let message_line = Some(message.to_owned());
    let header = Header { message: message_line, parents: said, transaction, ..Header::default() };
    let up = Script::write(header.clone(), []);
    let down = Script::write(Header { parents: Parents::Before, ..header }, []);
    let files = folder.write(&id, &slug(message), &up, &down)?;
    let [up, down] = &files;
    let text = format!("{}\n{}", up.display(), down.display());
    present(&Written { status: "ok", id, parents, files }, text, context)
}

/// What `import` prints with `--json`.
#[derive(Serialize)]
struct Imported {
    status: &'static str,
    tool: &'static str,
    files: Vec<PathBuf>,
    notes: Vec<String>,
}

/// Makes revisions of another tool's migrations.
pub(super) fn import(
    path: &Path,
    from: &Path,
    asking: Asking<'_>,
    context: &Context,
) -> CommandResult {
    let folder = if path.exists() { Some(Folder::read(path)?) } else { None };
    let found = import::read(from, asking, folder.as_ref())?;
    Folder::make(path)?;
    let files = import::write(&Folder::read(path)?, &found)?;
    for note in &found.notes {
        context.printer.warning(note);
    }
    let lines: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let imported = Imported { status: "ok", tool: found.tool, files, notes: found.notes };
    present(&imported, lines.join("\n"), context)?;
    context.printer.hint(
        "where these migrations have been carried out: sealift revision stamp head; elsewhere: sealift revision upgrade",
    );
    Ok(Exit::Done)
}

/// Lists the revisions that nothing follows.
pub(super) fn heads(path: &Path, context: &Context) -> CommandResult {
    let folder = Folder::read(path)?;
    let ids = folder.graph().heads();
    let mut heads = Vec::new();
    for id in &ids {
        heads.push(Named { id, message: folder.revision(id)?.message() });
    }
    let lines: Vec<String> =
        heads.iter().map(|head| format!("{}  {}", head.id, table::plain(&head.message))).collect();
    let text = if lines.is_empty() { "no revision yet".to_owned() } else { lines.join("\n") };
    present(&Heads { status: "ok", heads }, text, context)
}

/// What `show` prints with `--json`.
#[derive(Serialize)]
struct Shown<'a> {
    status: &'static str,
    id: &'a Id,
    message: String,
    parents: Vec<&'a Id>,
    children: Vec<&'a Id>,
    checksum: String,
    transaction: bool,
    up: Option<ShownFile<'a>>,
    down: Option<ShownFile<'a>>,
}

#[derive(Serialize)]
struct ShownFile<'a> {
    file: &'a Path,
    text: &'a str,
    statements: Vec<Effect>,
}

/// Shows one revision.
pub(super) fn show(path: &Path, text: &str, context: &Context) -> CommandResult {
    let folder = Folder::read(path)?;
    let revision = find(&folder, text)?;
    let graph = folder.graph();
    let header = revision.up.script.header();
    let shown = Shown {
        status: "ok",
        id: &revision.id,
        message: revision.message(),
        parents: graph.parents(&revision.id).collect(),
        children: graph.children(&revision.id).collect(),
        checksum: revision.up.script.checksum().to_string(),
        transaction: header.transaction == Transaction::On,
        up: Some(shown_file(&revision.up)),
        down: revision.down.as_ref().map(shown_file),
    };
    let list = |ids: &[&Id]| {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        if ids.is_empty() { "-".to_owned() } else { ids.join(", ") }
    };
    let mut text = format!(
        "{}  {}\n  follows      {}\n  followed by  {}\n  checksum     {}\n",
        revision.id,
        table::plain(&shown.message),
        list(&shown.parents),
        list(&shown.children),
        shown.checksum
    );
    for file in [Some(&revision.up), revision.down.as_ref()].into_iter().flatten() {
        text.push_str(&format!("\n{}\n\n", file.path.display()));
        for line in file.script.text().lines() {
            text.push_str(&format!("  {}\n", table::plain(line)));
        }
    }
    present(&shown, text.trim_end(), context)
}

fn shown_file(file: &ScriptFile) -> ShownFile<'_> {
    ShownFile {
        file: &file.path,
        text: file.script.text(),
        statements: file.script.statements().iter().map(Statement::effect).collect(),
    }
}

fn find<'a>(folder: &'a Folder, text: &str) -> CommandResult<&'a Revision> {
    let graph = folder.graph();
    let wrong = |error: GraphError| several(&error);
    let id = match Target::parse(text).map_err(wrong)? {
        Target::Head => graph.head().map_err(wrong)?,
        Target::Revision(text) => Some(graph.find(&text).map_err(wrong)?),
        Target::Heads | Target::Base | Target::Forward(_) | Target::Back(_) => {
            return Err(several(&GraphError::Unknown { text: text.to_owned() }));
        }
    };
    let id = id.ok_or_else(|| user_error("there is no revision yet"))?;
    Ok(folder.revision(&id)?)
}

/// Returns an error of the graph, with what to type where several heads are in the way.
pub(super) fn several(error: &GraphError) -> CommandError {
    let said = user_error(error.to_string());
    said.hinted(match matches!(error, GraphError::SeveralHeads { .. }) {
        true => "join them: sealift revision merge; or name one: --parent REVISION",
        false => "`sealift revision history --offline` lists the revisions",
    })
}
