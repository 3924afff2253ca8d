//! [`State`]: the files and the history side by side. Writes nothing.

use super::folder::{Folder, Revision, ScriptFile, graph_error};
use super::history::{Applied, History, How, Unfinished};
use super::known;
use crate::error::Result;
use sealift_core::revision::diff::Danger;
use sealift_core::revision::file::Id;
use sealift_core::revision::graph::Target;
use sealift_core::revision::lines;
use sealift_core::revision::split::Statement;
use sealift_core::revision::way::Way;
use serde::Serialize;

/// A folder and the database that it belongs to.
#[derive(Debug)]
pub struct State<'a> {
    /// The files.
    pub folder: &'a Folder,
    /// What was carried out.
    pub history: &'a History,
}

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// Up or down.
    pub way: Way,
    /// How far.
    pub target: Target,
}

/// What is to be carried out, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Todo {
    /// Up or down.
    pub way: Way,
    /// The revisions.
    pub revisions: Vec<TodoRevision>,
}

/// One revision that is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TodoRevision {
    /// Its number.
    pub id: Id,
    /// What it is for.
    pub message: String,
    /// How many of its statements are done already.
    pub done: usize,
    /// What a person should say yes to before, with the place in the file.
    pub dangers: Vec<DangerAt>,
}

/// What is not to be done unasked, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DangerAt {
    /// File and line.
    pub at: String,
    /// What.
    pub danger: Danger,
}

/// A file that is not as it was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The revision.
    pub id: Id,
    /// Its file.
    pub file: String,
    /// What differs, as `diff -u` shows it.
    pub difference: String,
}

impl State<'_> {
    /// Returns the files that are not as they were carried out.
    #[must_use]
    pub fn changed(&self) -> Vec<Changed> {
        let ended = self.history.applied().values().filter(|applied| applied.unfinished.is_none());
        ended.filter_map(|applied| self.changed_file(applied)).collect()
    }

    fn changed_file(&self, applied: &Applied) -> Option<Changed> {
        let revision = self.folder.revision(&applied.id).ok()?;
        let script = &revision.up.script;
        if script.checksum().to_string() == applied.checksum {
            return None;
        }
        let file = revision.up.path.display().to_string();
        let before = match applied.how {
            How::Run => format!("{} as carried out at {}", applied.id, applied.at),
            How::Stamp => format!("{} as stamped at {}", applied.id, applied.at),
        };
        let difference = lines::difference((&before, &applied.up), (&file, script.text()));
        Some(Changed { id: applied.id.clone(), file, difference })
    }

    /// Makes sure that the database was made by these files.
    ///
    /// # Errors
    /// When a file was changed after it was carried out, with what differs; when one is missing.
    pub fn check(&self) -> Result<()> {
        if let Some(changed) = self.changed().into_iter().next() {
            let (file, says) = (changed.file, known::CHANGED.says);
            let difference = changed.difference.trim_end();
            return Err(known::CHANGED.saying(format!("{file} {says}\n{difference}")));
        }
        self.current().map(drop)
    }

    /// Returns where the database stands: several revisions where two branches were carried out.
    ///
    /// # Errors
    /// When a revision has no file, or was carried out without its parent.
    pub fn current(&self) -> Result<Vec<Id>> {
        let graph = self.folder.graph();
        graph.current(&self.history.done()).map_err(|error| graph_error(&error))
    }

    /// Returns what is to be carried out to get to the goal; nothing where it is reached.
    ///
    /// # Errors
    /// When files and database do not fit, the goal is not clear, or a revision is unfinished that is not on the way.
    pub fn todo(&self, goal: &Goal) -> Result<Todo> {
        self.check()?;
        let (graph, done) = (self.folder.graph(), self.history.done());
        let found = match goal.way {
            Way::Up => graph.up(&done, &goal.target),
            Way::Down => graph.down(&done, &goal.target),
        };
        self.listed(found.map_err(|error| graph_error(&error))?, goal.way)
    }

    /// Returns what is left of what was to be done once: another process, or an attempt before this one, may have done
    /// some of it.
    ///
    /// # Errors
    /// As [`State::todo`]; when the database was changed so that it cannot be done any more.
    pub fn left_of(&self, once: &Todo) -> Result<Todo> {
        self.check()?;
        let (graph, mut stands) = (self.folder.graph(), self.history.done());
        let mut ids = Vec::new();
        for TodoRevision { id, .. } in &once.revisions {
            let in_the_way = match (once.way, stands.contains(id)) {
                (Way::Up, true) | (Way::Down, false) => continue,
                (Way::Up, false) => {
                    let missing = graph.parents(id).any(|parent| !stands.contains(parent));
                    stands.insert(id.clone());
                    missing
                }
                (Way::Down, true) => {
                    stands.remove(id);
                    graph.children(id).any(|child| stands.contains(child))
                }
            };
            if in_the_way {
                return Err(known::MOVED_ON.error());
            }
            ids.push(id.clone());
        }
        self.listed(ids, once.way)
    }

    /// Returns these revisions in order, one that is unfinished first.
    fn listed(&self, mut ids: Vec<Id>, way: Way) -> Result<Todo> {
        if let Some((applied, unfinished)) = self.history.unfinished() {
            let on_the_way = unfinished.way == way;
            let place = ids.iter().position(|id| *id == applied.id).filter(|_| on_the_way);
            let Some(place) = place else {
                return Err(unfinished_elsewhere(applied, unfinished));
            };
            // It comes first: all that it stands on was there when it began.
            let id = ids.remove(place);
            ids.insert(0, id);
        }
        let one = |id: &Id| self.todo_revision(id, way);
        let revisions = ids.iter().map(one).collect::<Result<_>>()?;
        Ok(Todo { way, revisions })
    }

    fn todo_revision(&self, id: &Id, way: Way) -> Result<TodoRevision> {
        let revision = self.folder.revision(id)?;
        let file = script_file(revision, way)?;
        let unfinished = self.history.applied().get(id).and_then(|one| one.unfinished.as_ref());
        let done = unfinished.map_or(0, |unfinished| unfinished.done);
        let dangers = file.script.statements().into_iter().skip(done).filter_map(|statement| {
            let danger = statement.effect().danger?;
            Some(DangerAt { at: file.at(statement.line), danger })
        });
        let dangers = dangers.collect();
        Ok(TodoRevision { id: id.clone(), message: revision.message(), done, dangers })
    }
}

impl Todo {
    /// Returns what a person should say yes to before.
    pub fn dangers(&self) -> impl Iterator<Item = &DangerAt> {
        self.revisions.iter().flat_map(|revision| &revision.dangers)
    }
}

/// Returns the file that goes a way.
pub(super) fn script_file(revision: &Revision, way: Way) -> Result<&ScriptFile> {
    let none = || {
        let says = known::NO_WAY_DOWN.says;
        known::NO_WAY_DOWN.saying(format!(
            "revision {} ({}) {says}",
            revision.id,
            revision.message()
        ))
    };
    match way {
        Way::Up => Ok(&revision.up),
        Way::Down => {
            let down = revision.down.as_ref().ok_or_else(none)?;
            // An empty way up has an empty way down: a merge, say. So has a constraint that is only validated.
            let done = revision.up.script.statements();
            let nothing_to_do = done.iter().all(Statement::needs_no_way_back);
            if down.script.statements().is_empty() && !nothing_to_do {
                return Err(none());
            }
            Ok(down)
        }
    }
}

fn unfinished_elsewhere(applied: &Applied, unfinished: &Unfinished) -> crate::Error {
    let Unfinished { way, done, .. } = unfinished;
    let (id, says) = (&applied.id, known::UNFINISHED.says);
    known::UNFINISHED
        .saying(format!("revision {id} ({}) {says}: on its way {way}, {done} of its statements are done", applied.message))
        .hinted(format!(
            "`sealift revision {}` goes on with it; if you have put the schema right by hand, `sealift revision stamp REVISION` says where it stands",
            way.command()
        ))
}
