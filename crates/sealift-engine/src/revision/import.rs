//! [`read`] and [`write()`]: migrations of other tools become revisions.

use super::folder::Folder;
use super::known;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::revision::file::{Direction, FileName, Parents, Transaction, slug};
use sealift_core::revision::foreign::{Foreign, Part, Scripts, alembic, marked};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What was read.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tool that the files are of.
    pub tool: &'static str,
    /// The migrations, in order.
    pub migrations: Vec<Foreign>,
    /// What a person should know, in sentences.
    pub notes: Vec<String>,
}

/// Reads migrations: of Alembic where `path` is its `.ini` file, else the files of a folder, of goose, dbmate, sqlx or
/// golang-migrate. `program` is how Alembic is called.
///
/// # Errors
/// When files cannot be read, or Alembic cannot be run, or what it prints is not understood.
pub fn read(path: &Path, program: &str) -> Result<Found> {
    if path.extension().is_some_and(|ending| ending == "ini" || ending == "toml") {
        return read_alembic(path, program);
    }
    read_folder(path)
}

/// Writes the migrations as revisions; returns the up files.
///
/// # Errors
/// When the folder has revisions already, a migration cannot be carried out as a file, or the system refuses.
pub fn write(folder: &Folder, migrations: &[Foreign]) -> Result<Vec<PathBuf>> {
    if folder.revisions().next().is_some() {
        return Err(Error::new(
            ErrorKind::Revision,
            format!("{} has revisions already", folder.path().display()),
        )
        .hinted("name an empty folder with --folder DIR"));
    }
    let mut scripts = Vec::new();
    for one in migrations {
        let pair = one.scripts().map_err(|error| {
            let says = known::BAD_FILE.says;
            known::BAD_FILE.saying(format!("migration {} {says}: {error}", one.message))
        })?;
        scripts.push((one, pair));
    }
    let mut files = Vec::new();
    for (one, [up, down]) in &scripts {
        let [path, _] = folder.write(&one.id, &slug(&one.message), up, down)?;
        files.push(path);
    }
    Ok(files)
}

fn read_alembic(path: &Path, program: &str) -> Result<Found> {
    let mut notes = Vec::new();
    let up = printed(path, program, &["upgrade", "base:heads", "--sql"])?;
    let down =
        printed(path, program, &["downgrade", "heads:base", "--sql"]).unwrap_or_else(|error| {
            notes.push(format!("there is no way down: {error}"));
            String::new()
        });
    let history = printed(path, program, &["history"]).unwrap_or_default();
    let scripts = Scripts { up: &up, down: &down, history: &history };
    let migrations = alembic(scripts).map_err(|error| {
        Error::new(ErrorKind::Revision, error.to_string()).hinted(
            "`alembic upgrade base:heads --sql` must print PostgreSQL's SQL: its env.py needs an offline mode, and a URL of PostgreSQL",
        )
    })?;
    Ok(Found { tool: "Alembic", migrations, notes })
}

/// Runs Alembic and returns what it prints.
fn printed(path: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("alembic"));
    command.args(words).arg("-c").arg(path).args(arguments);
    let shown = format!("{program} -c {} {}", path.display(), arguments.join(" "));
    let Output { status, stdout, stderr } = command.output().map_err(|error| {
        Error::new(ErrorKind::Revision, format!("cannot run `{shown}`"))
            .caused_by(error)
            .hinted("say how Alembic is called: --alembic 'python -m alembic'")
    })?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(Error::new(ErrorKind::Revision, format!("`{shown}` failed: {last}"))
            .hinted("run it yourself to see all that it says"));
    }
    String::from_utf8(stdout).map_err(|error| {
        Error::new(ErrorKind::Revision, format!("`{shown}` does not print UTF-8")).caused_by(error)
    })
}

fn read_folder(path: &Path) -> Result<Found> {
    let unreadable = |path: &Path, error| {
        Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).caused_by(error)
    };
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, error))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| unreadable(path, error))?.file_name();
        names.extend(name.to_str().and_then(FileName::parse));
    }
    names.sort_by(|a, b| a.id.cmp(&b.id));
    let mut migrations: Vec<Foreign> = Vec::new();
    let mut tool = "sqlx or golang-migrate";
    for name in &names {
        let file = path.join(name.to_string());
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
        let message = name.slug.replace('_', " ");
        match name.direction {
            Direction::UpOnly => {
                let whole = marked(name.id.clone(), &message, &text);
                if whole.is_some() {
                    tool = "goose or dbmate";
                }
                migrations.push(whole.unwrap_or_else(|| plain(name, &message, &text)));
            }
            Direction::Up => migrations.push(plain(name, &message, &text)),
            Direction::Down => {}
        }
    }
    for name in names.iter().filter(|name| name.direction == Direction::Down) {
        let file = path.join(name.to_string());
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
        if let Some(one) = migrations.iter_mut().find(|one| one.id == name.id) {
            one.down = part(&text);
        }
    }
    if migrations.is_empty() {
        return Err(Error::new(
            ErrorKind::Revision,
            format!("there are no migrations in {}", path.display()),
        )
        .hinted("files are called NUMBER_words.sql, or NUMBER_words.up.sql and .down.sql"));
    }
    Ok(Found { tool, migrations, notes: Vec::new() })
}

fn plain(name: &FileName, message: &str, text: &str) -> Foreign {
    Foreign {
        id: name.id.clone(),
        message: message.to_owned(),
        parents: Parents::Before,
        up: part(text),
        down: Part::default(),
    }
}

fn part(text: &str) -> Part {
    let off = text.starts_with("-- no-transaction");
    let transaction = if off { Transaction::Off } else { Transaction::On };
    Part { transaction, text: text.to_owned() }
}
