//! [`read`] and [`write()`]: migrations of other tools become revisions.

mod alembic;

use super::folder::Folder;
use super::known;
use crate::error::{Error, ErrorKind, Result};
use sealift_core::revision::file::{Direction, FileName, Parents, Transaction, slug};
use sealift_core::revision::foreign::{Foreign, Part, marked};
use std::fs;
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tool that the files are of.
    pub tool: &'static str,
    /// The migrations, in order.
    pub migrations: Vec<Foreign>,
    /// Whether they follow revisions that are in the folder already.
    pub follow: bool,
    /// What a person should know, in sentences.
    pub notes: Vec<String>,
}

/// How Alembic is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// How it is called: `poetry run alembic`.
    pub program: &'a str,
    /// Which of its revisions, as it takes them: `base:heads`.
    pub revisions: &'a str,
}

/// Reads migrations: of Alembic where `path` is its `.ini` file, else the files of a folder, of goose, dbmate, sqlx or
/// golang-migrate. `folder` is where they are to go, if it is there already.
///
/// # Errors
/// When files cannot be read, or Alembic cannot be run, or what it prints is not understood or does not tell all.
pub fn read(path: &Path, asking: Asking<'_>, folder: Option<&Folder>) -> Result<Found> {
    if path.extension().is_some_and(|ending| ending == "ini" || ending == "toml") {
        return alembic::read(path, asking, folder);
    }
    read_folder(path)
}

/// Writes the migrations as revisions; returns the up files.
///
/// # Errors
/// When the folder has revisions that these do not follow, a migration cannot be carried out as a file, or the system
/// refuses.
pub fn write(folder: &Folder, found: &Found) -> Result<Vec<PathBuf>> {
    if folder.revisions().next().is_some() && !found.follow {
        return Err(Error::new(
            ErrorKind::Revision,
            format!("{} has revisions already", folder.path().display()),
        )
        .hinted("name an empty folder with --folder DIR"));
    }
    let mut scripts = Vec::new();
    for one in &found.migrations {
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
    Ok(Found { tool, migrations, follow: false, notes: Vec::new() })
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
