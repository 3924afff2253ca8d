//! Alembic's revisions, by way of the SQL that it prints without a database.
//!
//! Where a revision's Python needs the database, Alembic fails there. The printing is begun anew behind it, so that all
//! such revisions are known at once.

use super::super::folder::Folder;
use super::{Asking, Found};
use crate::error::{Error, ErrorKind, Result};
use sealift_core::revision::file::Parents;
use sealift_core::revision::foreign::{
    AlembicError, Before, Begun, Scripts, Unprinted, alembic, begun, complete, hides, python_files,
};
use sealift_core::revision::way::Way;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What must be so that Alembic prints SQL at all.
const NEEDS_OFFLINE: &str = "`alembic upgrade base:heads --sql` must print PostgreSQL's SQL: its env.py needs an offline mode, and a URL of PostgreSQL";

/// Asks Alembic.
///
/// # Errors
/// When it cannot be run, or what it prints is not understood or does not tell all that a revision does.
pub(super) fn read(ini: &Path, asking: Asking<'_>, folder: Option<&Folder>) -> Result<Found> {
    let (from, to) = asking.revisions.split_once(':').ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("`{}` says no way", asking.revisions)).hinted(
            "give FROM:TO, such as base:heads, or 3ba25f23fb7d:heads for what comes behind it",
        )
    })?;
    let tool = Program { ini, program: asking.program };
    let up = tool.print(Way::Up, from, to)?;
    if !up.failed.is_empty() {
        return Err(not_printed(&up));
    }
    let mut notes = Vec::new();
    let down = tool.print(Way::Down, to, from).unwrap_or_else(|error| {
        notes.push(format!("there is no way down: {error}"));
        Printed::default()
    });
    // It fails where a revision looks at its context on being loaded; its words are all that is missing then.
    let history = tool.run(&["history"]).and_then(Ran::said).unwrap_or_default();
    let scripts = Scripts { up: &up.script, down: &down.script, history: &history };
    let before = before(folder, from);
    let imported = alembic(scripts, &before).map_err(|error| not_understood(&error))?;
    if !up.script.lines().any(|line| line.trim_end() == "BEGIN;") {
        notes.push("Alembic begins no transaction, as for SQLite and MySQL: look whether its sqlalchemy.url is one of PostgreSQL".to_owned());
    }
    let first = imported.revisions.first().map(|one| &one.parents);
    if let (Some(Parents::None), Some(from)) = (first, &before.from) {
        notes.push(format!("a database must stand at {from} of Alembic before these are carried out: alembic upgrade {from}"));
    }
    let no_way_down = down.failed.iter().chain(&imported.no_way_down);
    notes.extend(
        no_way_down.map(|one| format!("revision {} has no way down: {}", one.name, one.why)),
    );
    let names: Vec<&str> = imported.revisions.iter().map(|one| name(&one.message)).collect();
    notes.extend(tool.hiding(&names));
    let follow = !before.imported.is_empty() || before.head.is_some();
    let follow = follow && before.from.is_some();
    Ok(Found { tool: "Alembic", migrations: imported.revisions, follow, notes })
}

/// What is in the folder already: a revision of Alembic has its name first in its message.
fn before(folder: Option<&Folder>, from: &str) -> Before {
    let from = (!from.is_empty() && from != "base").then(|| from.to_owned());
    let (Some(folder), true) = (folder, from.is_some()) else {
        return Before { from, ..Before::default() };
    };
    let named = folder.revisions().map(|one| (name(&one.message()).to_owned(), one.id.clone()));
    Before {
        imported: named.collect(),
        head: folder.graph().head().ok().flatten(),
        from,
        newest: folder.revisions().next_back().map(|one| one.id.clone()),
    }
}

fn name(message: &str) -> &str {
    message.split_whitespace().next().unwrap_or_default()
}

/// What Alembic prints of one way.
#[derive(Debug, Default)]
struct Printed {
    script: String,
    failed: Vec<Unprinted>,
    /// Where the database stands before the first that failed.
    before: Vec<String>,
}

/// How Alembic is called.
#[derive(Debug, Clone, Copy)]
struct Program<'a> {
    ini: &'a Path,
    program: &'a str,
}

/// What came of it.
struct Ran {
    shown: String,
    output: Output,
}

impl Program<'_> {
    /// Prints all of a way that can be printed.
    fn print(self, way: Way, from: &str, to: &str) -> Result<Printed> {
        let (mut printed, mut from) = (Printed::default(), from.to_owned());
        loop {
            let range = format!("{from}:{to}");
            let ran = self.run(&[way.command(), range.as_str(), "--sql"])?;
            let script = String::from_utf8_lossy(&ran.output.stdout).into_owned();
            let why = match ran.said() {
                Ok(script) => {
                    printed.script.push_str(&script);
                    return Ok(printed);
                }
                Err(error) => error,
            };
            let Some(Begun { name, before, behind }) = begun(&script, way) else {
                return if printed.failed.is_empty() { Err(why) } else { Ok(printed) };
            };
            if printed.failed.iter().any(|one| one.name == name) {
                return Ok(printed);
            }
            printed.script.push_str(&complete(&script, way));
            if printed.failed.is_empty() {
                printed.before = before;
            }
            let next = match way {
                Way::Up => Some(name.clone()),
                // At the base, and where branches part, there is nothing to begin anew from.
                Way::Down => <[String; 1]>::try_from(behind).ok().map(|[behind]| behind),
            };
            let why = why.to_string();
            let why = why.split_once("failed: ").map_or(why.as_str(), |(_, why)| why).to_owned();
            printed.failed.push(Unprinted { name, why });
            match next {
                Some(next) => from = next,
                None => return Ok(printed),
            }
        }
    }

    /// Returns what in the Python of these revisions may keep something out of their SQL.
    fn hiding(self, names: &[&str]) -> Vec<String> {
        let verbose = self.run(&["history", "--verbose"]).and_then(Ran::said);
        let verbose = verbose.unwrap_or_default();
        let files = python_files(&verbose);
        let files = files.into_iter().filter(|(name, _)| names.contains(name));
        files
            .filter_map(|(name, path)| {
                let (what, line) = hides(&fs::read_to_string(path).ok()?)?;
                Some(format!(
                    "revision {name} {what} ({path}:{line}): look whether its SQL does all that its Python does"
                ))
            })
            .collect()
    }

    fn run(self, arguments: &[&str]) -> Result<Ran> {
        let mut words = self.program.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("alembic"));
        command.args(words).arg("-c").arg(self.ini).args(arguments);
        let shown = format!("{} -c {} {}", self.program, self.ini.display(), arguments.join(" "));
        let output = command.output().map_err(|error| {
            Error::new(ErrorKind::Revision, format!("cannot run `{shown}`"))
                .caused_by(error)
                .hinted("say how Alembic is called: --alembic 'python -m alembic'")
        })?;
        Ok(Ran { shown, output })
    }
}

impl Ran {
    /// Returns what it printed.
    fn said(self) -> Result<String> {
        let Self { shown, output: Output { status, stdout, stderr } } = self;
        if !status.success() {
            let said = String::from_utf8_lossy(&stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            return Err(Error::new(ErrorKind::Revision, format!("`{shown}` failed: {last}"))
                .hinted("run it yourself to see all that it says"));
        }
        String::from_utf8(stdout).map_err(|error| {
            Error::new(ErrorKind::Revision, format!("`{shown}` does not print UTF-8"))
                .caused_by(error)
        })
    }
}

/// Revisions whose Python works on the database.
fn not_printed(up: &Printed) -> Error {
    let list: Vec<String> =
        up.failed.iter().map(|one| format!("\n  {}: {}", one.name, one.why)).collect();
    let message = format!("Alembic cannot print these revisions as SQL:{}", list.concat());
    let first = up.failed.first().map(|one| one.name.as_str()).unwrap_or_default();
    let before = up.before.join(",");
    let before = if before.is_empty() { "base" } else { &before };
    Error::new(ErrorKind::Revision, message).hinted(around(first, before))
}

/// What to do about a revision whose SQL does not tell all.
fn around(name: &str, before: &str) -> String {
    format!(
        "their Python needs the database, which --sql has not: say in SQL what it does (op.execute). Or go around: import --revisions base:{before}, write {name} by hand (sealift revision new -m '{name} …'), then import --revisions {name}:heads"
    )
}

fn not_understood(error: &AlembicError) -> Error {
    let ours = Error::new(ErrorKind::Revision, error.to_string());
    match error {
        AlembicError::Asks { name, .. } => ours.hinted(around(name, "the one before it")),
        AlembicError::NoParent { parent, .. } => {
            ours.hinted(format!("import up to {parent} first, into the same folder"))
        }
        AlembicError::Empty | AlembicError::Split { .. } => ours.hinted(NEEDS_OFFLINE),
    }
}
