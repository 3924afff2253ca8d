//! [`Folder`]: the files of all revisions, read and checked.

mod new_file;

use super::known;
use crate::error::{Error, ErrorKind, Result};
use new_file::{there_already, write_new};
use sealift_core::revision::file::{Direction, FileName, Id, Script, Transaction};
use sealift_core::revision::graph::{Graph, GraphError};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All revisions of a folder, which fit together.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    revisions: BTreeMap<Id, Revision>,
    graph: Graph,
}

/// One revision.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its number.
    pub id: Id,
    /// What its files are called behind the number.
    pub slug: String,
    /// The way up.
    pub up: ScriptFile,
    /// The way down, where there is a file.
    pub down: Option<ScriptFile>,
}

/// A file and what it says.
#[derive(Debug, Clone)]
pub struct ScriptFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub script: Script,
}

impl Folder {
    /// Reads the folder.
    ///
    /// # Errors
    /// When it is not there, a file cannot be read or carried out, or the revisions do not fit together.
    pub fn read(path: &Path) -> Result<Self> {
        let entries = fs::read_dir(path).map_err(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                return unreadable(path, error);
            }
            known::NO_FOLDER.saying(format!("{} at {}", known::NO_FOLDER.says, path.display()))
        })?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| unreadable(path, error))?.file_name();
            names.extend(name.to_str().and_then(FileName::parse));
        }
        names.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.to_string().cmp(&b.to_string())));
        let mut pairs: BTreeMap<Id, Pair> = BTreeMap::new();
        for name in names {
            pairs.entry(name.id.clone()).or_default().take(name)?;
        }
        let mut revisions = BTreeMap::new();
        for (id, pair) in pairs {
            let revision = pair.read(path, &id)?;
            revisions.insert(id, revision);
        }
        let parents =
            revisions.values().map(|r| (r.id.clone(), r.up.script.header().parents.clone()));
        let graph = Graph::new(parents).map_err(|error| does_not_fit(&error))?;
        Ok(Self { path: path.to_owned(), revisions, graph })
    }

    /// Returns a folder without revisions, whether it is there or not.
    #[must_use]
    pub fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), revisions: BTreeMap::new(), graph: Graph::default() }
    }

    /// Makes the folder, and says whether it was not there before.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn make(path: &Path) -> Result<bool> {
        if path.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(path).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot make folder {}", path.display()))
                .caused_by(error)
        })?;
        Ok(true)
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns which revision follows which.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns all revisions, each behind its parents.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = &Revision> {
        self.revisions.values()
    }

    /// Returns a revision.
    ///
    /// # Errors
    /// When it has no file.
    pub fn revision(&self, id: &Id) -> Result<&Revision> {
        self.revisions.get(id).ok_or_else(|| graph_error(&GraphError::NoFile { id: id.clone() }))
    }

    /// Returns the number of a new revision: this moment, or right behind the newest one where that is not earlier.
    #[must_use]
    pub fn next_id(&self, now: &Id) -> Id {
        match self.revisions.keys().next_back() {
            Some(newest) if newest >= now => newest.next(),
            Some(_) | None => now.clone(),
        }
    }

    /// Writes the two files of a new revision, and returns where they are, up first. The way down is written first, so that
    /// no revision is there without it.
    ///
    /// # Errors
    /// When a file of the name is there, or the system refuses.
    pub fn write(&self, id: &Id, slug: &str, up: &Script, down: &Script) -> Result<[PathBuf; 2]> {
        let path = |direction| {
            let name = FileName { id: id.clone(), slug: slug.to_owned(), direction };
            self.path.join(name.to_string())
        };
        let [up_path, down_path] = [path(Direction::Up), path(Direction::Down)];
        for path in [&up_path, &down_path] {
            if path.exists() {
                return Err(there_already(path));
            }
        }
        write_new(&down_path, down.text())?;
        write_new(&up_path, up.text())?;
        Ok([up_path, down_path])
    }
}

impl Revision {
    /// Returns what it is for: its message, or else the words of its file's name.
    #[must_use]
    pub fn message(&self) -> String {
        let said = self.up.script.header().message.clone();
        said.filter(|text| !text.is_empty()).unwrap_or_else(|| self.slug.replace('_', " "))
    }
}

impl ScriptFile {
    fn read(path: PathBuf) -> Result<Self> {
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let broken = |reason: String| {
            let says = known::BAD_FILE.says;
            known::BAD_FILE.saying(format!("{} {says}: {reason}", path.display()))
        };
        let text =
            String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8 text".to_owned()))?;
        if text.starts_with('\u{feff}') {
            return Err(broken("it begins with a byte order mark, which is no SQL".to_owned()));
        }
        let script = Script::parse(text).map_err(|error| broken(error.to_string()))?;
        let file = Self { path, script };
        file.check_blocks().map_err(|line| {
            let path = file.path.display();
            known::BAD_FILE.saying(format!(
                "{path} {}: line {line}: a transaction begins here and does not end",
                known::BAD_FILE.says
            ))
        })?;
        Ok(file)
    }

    /// Returns the file and a line of it, as editors take it: `revisions/1_x.up.sql:12`.
    #[must_use]
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    /// A file without a transaction may have some of its own, each of which ends.
    fn check_blocks(&self) -> Result<(), usize> {
        if self.script.header().transaction == Transaction::On {
            return Ok(());
        }
        let mut open = None;
        for statement in self.script.statements() {
            if !statement.controls_transaction() {
                continue;
            }
            open = match statement.words(1).first().map(String::as_str) {
                Some("begin" | "start") => Some(statement.line),
                _ => None,
            };
        }
        open.map_or(Ok(()), Err)
    }
}

/// The files of one number.
#[derive(Default)]
struct Pair {
    up: Option<FileName>,
    down: Option<FileName>,
}

impl Pair {
    fn take(&mut self, name: FileName) -> Result<()> {
        let place = match name.direction {
            Direction::Up | Direction::UpOnly => &mut self.up,
            Direction::Down => &mut self.down,
        };
        if let Some(other) = place {
            let says = known::BAD_FOLDER.says;
            let message = format!("{says}: {other} and {name} have one number");
            return Err(known::BAD_FOLDER.saying(message));
        }
        *place = Some(name);
        Ok(())
    }

    fn read(self, folder: &Path, id: &Id) -> Result<Revision> {
        let says = known::BAD_FOLDER.says;
        let Some(up) = self.up else {
            let down = self.down.map(|name| name.to_string()).unwrap_or_default();
            let message = format!("{says}: {down} is there without its .up.sql");
            return Err(known::BAD_FOLDER.saying(message));
        };
        let read = |name: &FileName| ScriptFile::read(folder.join(name.to_string()));
        Ok(Revision {
            id: id.clone(),
            slug: up.slug.clone(),
            up: read(&up)?,
            down: self.down.as_ref().map(read).transpose()?,
        })
    }
}

/// Returns an error of the graph as ours.
pub(super) fn graph_error(error: &GraphError) -> Error {
    let ours = Error::new(ErrorKind::Revision, error.to_string());
    match error {
        GraphError::SeveralHeads { .. } => {
            ours.hinted("join them: sealift revision merge -m 'merge'; or name one of them")
        }
        GraphError::Unknown { .. } | GraphError::Ambiguous { .. } | GraphError::TooFar { .. } => {
            ours.hinted("`sealift revision history` lists them")
        }
        GraphError::NoFile { .. } => ours.hinted(
            "bring the file back, or fetch the newest revisions from where the others work on them",
        ),
        GraphError::Hole { id, .. } => ours.hinted(format!(
            "if the database is as the files say, `sealift revision stamp {id}` writes that down"
        )),
        GraphError::WrongWay { way, .. } => {
            ours.hinted(format!("use sealift revision {}", way.command()))
        }
        GraphError::NotApplied { .. } => ours.hinted("`sealift revision current` says where it is"),
        GraphError::Twice { .. }
        | GraphError::NoParent { .. }
        | GraphError::NotEarlier { .. }
        | GraphError::NothingToMerge => ours,
    }
}

fn does_not_fit(error: &GraphError) -> Error {
    known::BAD_FOLDER.saying(format!("{}: {error}", known::BAD_FOLDER.says))
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::revision::file::Header;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Folder>) {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(place.path().join(name), text).unwrap();
        }
        let read = Folder::read(place.path());
        (place, read)
    }

    fn refused(files: &[(&str, &str)]) -> String {
        folder(files).1.unwrap_err().to_string()
    }

    #[test]
    fn pairs_are_read_in_order_and_other_files_passed_over() {
        let (_place, folder) = folder(&[
            ("2_b.up.sql", "select 2"),
            ("2_b.down.sql", "select 3"),
            ("1_first_one.sql", "select 1"),
            ("notes.txt", "'"),
        ]);
        let folder = folder.unwrap();
        let messages: Vec<String> = folder.revisions().map(Revision::message).collect();
        assert_eq!(messages, ["first one", "b"]);
        assert!(folder.revisions().next().unwrap().down.is_none());
    }

    #[test]
    fn what_does_not_fit_together_is_told_by_name() {
        let twice = refused(&[("1_a.up.sql", ""), ("1_b.up.sql", "")]);
        assert!(twice.contains("1_a.up.sql and 1_b.up.sql have one number"), "{twice}");
        let lonely = refused(&[("1_a.down.sql", "")]);
        assert!(lonely.contains("1_a.down.sql is there without its .up.sql"), "{lonely}");
        let broken = refused(&[("1_a.up.sql", "select 1;\nselect 'x")]);
        assert!(broken.contains("1_a.up.sql is not a revision"), "{broken}");
        assert!(broken.contains("line 2"), "{broken}");
        let orphan = refused(&[("2_a.up.sql", "-- sealift: parents=1\n")]);
        assert!(orphan.contains("2 follows 1, which has no file"), "{orphan}");
        let open = "-- sealift: transaction=off\nselect 1;\nbegin;\nselect 2;";
        assert!(refused(&[("1_a.up.sql", open)]).contains("line 3: a transaction begins here"));
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let (place, folder) = folder(&[]);
        let folder = folder.unwrap();
        let id = Id::new("1").unwrap();
        let script = Script::write(Header::default(), []);
        folder.write(&id, "a", &script, &script).unwrap();
        let path = place.path().join("1_a.up.sql");
        fs::write(&path, "select 1").unwrap();
        assert!(folder.write(&id, "a", &script, &script).is_err());
        assert!(write_new(&path, "other").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "select 1");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_number_is_larger_than_all_others() {
        let (_place, folder) = folder(&[("20991231000000_a.up.sql", "")]);
        let now = Id::new("20261126120000").unwrap();
        assert_eq!(folder.unwrap().next_id(&now).as_str(), "20991231000001");
    }
}
