//! Histories of other tools, which are left alone: [`neighbours`] in the same schema, [`of_file`] in the SQLite file.

mod database;
mod file;

pub use database::neighbours;
pub use file::of_file;

use super::folder::Folder;
use super::history::History;
use super::known;
use crate::error::Result;
use crate::postgres::Session;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use serde::Serialize;

/// A tool that keeps a history of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Neighbour {
    /// Its name, as its makers write it.
    pub tool: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Where the database stands for it: the newest revision, or several.
    pub current: Vec<String>,
    /// How many revisions it has carried out; Alembic and golang-migrate keep only where they stand.
    pub applied: Option<u64>,
    /// What it says of a revision that failed half way.
    pub unfinished: bool,
}

/// Tools that run the same files by the same numbers.
const SAME_FILES: [&str; 2] = ["golang-migrate", "sqlx"];

/// Returns in a sentence each where a tool stands at one place in the file and at another in the database. A tool that
/// only one of the two knows is no disagreement: the other side may have been made without it.
#[must_use]
pub fn disagreements(file: &[Neighbour], database: &[Neighbour]) -> Vec<String> {
    let place = |one: &Neighbour| match one.current.is_empty() {
        true => "base".to_owned(),
        false => one.current.join(", "),
    };
    let pairs = file.iter().filter_map(|one| {
        database.iter().find(|other| other.tool == one.tool).map(|other| (one, other))
    });
    let differ = pairs.filter(|(one, other)| one.current != other.current);
    differ
        .map(|(one, other)| {
            let (there, here) = (place(one), place(other));
            format!("{} stands at {there} in the file, and at {here} in the database", one.tool)
        })
        .collect()
}

/// A tool that has carried out the files of this very folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its name.
    pub tool: &'static str,
    /// Up to which revision.
    pub id: Id,
}

/// Returns the tool that has carried out files of this folder, as long as Sealift has not: its newest revision has a file
/// here.
#[must_use]
pub fn predecessor(
    folder: &Folder,
    history: &History,
    neighbours: &[Neighbour],
) -> Option<Predecessor> {
    if !history.applied().is_empty() {
        return None;
    }
    neighbours.iter().filter(|one| SAME_FILES.contains(&one.tool)).find_map(|one| {
        let stands = Id::new(one.current.first()?.as_str()).ok()?;
        // Other tools drop zeros in front.
        let id = folder.graph().ids().find(|id| id.number() == stands.number())?;
        Some(Predecessor { tool: one.tool, id: id.clone() })
    })
}

/// Refuses to carry out again what another tool has.
///
/// # Errors
/// When there is such a tool.
pub async fn refuse_to_repeat(
    session: &Session,
    schema: &Ident,
    folder: &Folder,
    history: &History,
) -> Result<()> {
    let neighbours = neighbours(session, schema).await?;
    let Some(Predecessor { tool, id }) = predecessor(folder, history, &neighbours) else {
        return Ok(());
    };
    let says = known::OTHER_TOOL.says;
    Err(known::OTHER_TOOL
        .saying(format!("{tool} {says}, up to {id}"))
        .hinted(format!("to go on from there with Sealift: sealift revision stamp {id}")))
}
