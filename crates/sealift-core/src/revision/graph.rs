//! [`Graph`]: which revision follows which, and the way from one state to another.

use super::file::{Id, Parents};
use super::way::Way;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// All revisions of a folder. A parent's number is always smaller than its child's, so the order of numbers is an
/// order in which they can be carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    parents: BTreeMap<Id, BTreeSet<Id>>,
}

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `head`: the newest revision, if there is one newest.
    Head,
    /// `heads`: everything.
    Heads,
    /// `base`: before the first revision.
    Base,
    /// `+n`.
    Forward(usize),
    /// `-n`.
    Back(usize),
    /// A number, or its first digits.
    Revision(String),
}

/// Why there is no graph, or no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two revisions have one number.
    #[error("two revisions have the number {id}")]
    Twice {
        /// The number.
        id: Id,
    },
    /// A parent has no file.
    #[error("revision {id} follows {parent}, which has no file")]
    NoParent {
        /// The child.
        id: Id,
        /// The parent that it names.
        parent: Id,
    },
    /// A parent has a larger number.
    #[error(
        "revision {id} follows {parent}, whose number is not smaller; tools that go by numbers would carry {id} out first"
    )]
    NotEarlier {
        /// The child.
        id: Id,
        /// The parent that it names.
        parent: Id,
    },
    /// There is no one newest revision.
    #[error("there are {} heads: {}", .heads.len(), list(.heads))]
    SeveralHeads {
        /// All of them.
        heads: Vec<Id>,
    },
    /// There is nothing to merge.
    #[error("there is nothing to merge: the revisions have one head at most")]
    NothingToMerge,
    /// No revision begins with these digits.
    #[error("no revision has the number {text}")]
    Unknown {
        /// What was asked for.
        text: String,
    },
    /// Several revisions do.
    #[error("{text} may be any of {}", list(.matches))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// The revisions that begin so.
        matches: Vec<Id>,
    },
    /// There are fewer steps than asked for.
    #[error("{asked} steps were asked for, and there are {there}")]
    TooFar {
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        there: usize,
    },
    /// The database has a revision that has no file.
    #[error("revision {id} was carried out in this database, and its file is not there")]
    NoFile {
        /// The revision.
        id: Id,
    },
    /// A revision was carried out without its parent.
    #[error("revision {id} was carried out, and {parent}, which it follows, was not")]
    Hole {
        /// The revision.
        id: Id,
        /// Its parent.
        parent: Id,
    },
    /// The way asked for leads in the other direction.
    #[error("`{target}` leads {way}")]
    WrongWay {
        /// What was asked for.
        target: Target,
        /// Where it leads.
        way: Way,
    },
    /// One cannot go back to what was never reached.
    #[error("revision {id} was not carried out in this database")]
    NotApplied {
        /// The revision.
        id: Id,
    },
}

impl Graph {
    /// Returns the graph of these revisions.
    ///
    /// # Errors
    /// When a number is there twice, or a parent is missing or newer than its child.
    pub fn new(revisions: impl IntoIterator<Item = (Id, Parents)>) -> Result<Self, GraphError> {
        let mut said: BTreeMap<Id, Parents> = BTreeMap::new();
        for (id, parents) in revisions {
            // `1` and `01` are one number to other tools.
            let twin = said.keys().find(|other| other.number() == id.number());
            if let Some(id) = twin {
                return Err(GraphError::Twice { id: id.clone() });
            }
            said.insert(id, parents);
        }
        let mut parents: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        let mut before: Option<&Id> = None;
        for (id, wish) in &said {
            let found = match wish {
                Parents::Before => before.cloned().into_iter().collect(),
                Parents::None => BTreeSet::new(),
                Parents::These(ids) => ids.iter().cloned().collect(),
            };
            for parent in &found {
                if !said.contains_key(parent) {
                    return Err(GraphError::NoParent { id: id.clone(), parent: parent.clone() });
                }
                if parent >= id {
                    return Err(GraphError::NotEarlier { id: id.clone(), parent: parent.clone() });
                }
            }
            parents.insert(id.clone(), found);
            before = Some(id);
        }
        Ok(Self { parents })
    }

    /// Returns all revisions, each behind its parents.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &Id> {
        self.parents.keys()
    }

    /// Returns what a revision follows; nothing for one that is not there.
    pub fn parents(&self, id: &Id) -> impl Iterator<Item = &Id> {
        self.parents.get(id).into_iter().flatten()
    }

    /// Returns what follows a revision.
    pub fn children<'a>(&'a self, id: &'a Id) -> impl Iterator<Item = &'a Id> {
        self.parents.iter().filter(move |(_, parents)| parents.contains(id)).map(|(child, _)| child)
    }

    /// Returns the revisions that nothing follows.
    #[must_use]
    pub fn heads(&self) -> Vec<Id> {
        self.tops(&self.parents.keys().cloned().collect())
    }

    /// Returns the one newest revision, or `None` where there is no revision.
    ///
    /// # Errors
    /// When there are several.
    pub fn head(&self) -> Result<Option<Id>, GraphError> {
        let mut heads = self.heads();
        if heads.len() > 1 {
            return Err(GraphError::SeveralHeads { heads });
        }
        Ok(heads.pop())
    }

    /// Returns the parents of a revision that merges all heads.
    ///
    /// # Errors
    /// When there are not several.
    pub fn merge(&self) -> Result<Parents, GraphError> {
        let heads = self.heads();
        if heads.len() < 2 { Err(GraphError::NothingToMerge) } else { Ok(Parents::These(heads)) }
    }

    /// Returns the revision whose number begins with these digits, or is them.
    ///
    /// # Errors
    /// When there is none, or there are several.
    pub fn find(&self, text: &str) -> Result<Id, GraphError> {
        let exact = Id::new(text).ok().filter(|id| self.parents.contains_key(id));
        if let Some(id) = exact {
            return Ok(id);
        }
        let begins = |id: &&Id| !text.is_empty() && id.as_str().starts_with(text);
        let mut matches: Vec<Id> = self.ids().filter(begins).cloned().collect();
        match (matches.pop(), matches.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(GraphError::Unknown { text: text.to_owned() }),
            (Some(last), false) => {
                matches.push(last);
                Err(GraphError::Ambiguous { text: text.to_owned(), matches })
            }
        }
    }

    /// Returns where a database stands: the carried-out revisions that no other carried-out revision follows.
    ///
    /// # Errors
    /// When one has no file, or was carried out without its parent.
    pub fn current(&self, applied: &BTreeSet<Id>) -> Result<Vec<Id>, GraphError> {
        self.check(applied)?;
        Ok(self.tops(applied))
    }

    /// Returns what is to be carried out, in order, to get from `applied` up to `target`; nothing where it was
    /// reached already.
    ///
    /// # Errors
    /// When the target is unknown, unclear or not above, or `applied` does not fit the files.
    pub fn up(&self, applied: &BTreeSet<Id>, target: &Target) -> Result<Vec<Id>, GraphError> {
        self.check(applied)?;
        let missing = |wanted: BTreeSet<Id>| wanted.difference(applied).cloned().collect();
        Ok(match target {
            Target::Heads => missing(self.ids().cloned().collect()),
            Target::Head => {
                missing(self.head()?.map(|id| self.with_ancestors(&id)).unwrap_or_default())
            }
            Target::Revision(text) => missing(self.with_ancestors(&self.find(text)?)),
            Target::Forward(asked) => {
                let all = self.up(applied, &Target::Head)?;
                first(all, *asked)?
            }
            Target::Base | Target::Back(_) => {
                return Err(GraphError::WrongWay { target: target.clone(), way: Way::Down });
            }
        })
    }

    /// Returns what is to be taken back, in order, to get from `applied` down to `target`. Going back to a revision takes
    /// back what follows it; another branch, which does not, stays.
    ///
    /// # Errors
    /// When the target is unknown, unclear or not below, or `applied` does not fit the files.
    pub fn down(&self, applied: &BTreeSet<Id>, target: &Target) -> Result<Vec<Id>, GraphError> {
        self.check(applied)?;
        let newest_first = || applied.iter().rev().cloned();
        Ok(match target {
            Target::Base => newest_first().collect(),
            Target::Back(asked) => first(newest_first().collect(), *asked)?,
            Target::Revision(text) => {
                let id = self.find(text)?;
                if !applied.contains(&id) {
                    return Err(GraphError::NotApplied { id });
                }
                newest_first()
                    .filter(|other| *other != id && self.with_ancestors(other).contains(&id))
                    .collect()
            }
            Target::Head | Target::Heads | Target::Forward(_) => {
                return Err(GraphError::WrongWay { target: target.clone(), way: Way::Up });
            }
        })
    }

    /// Returns a revision and all that it stands on.
    #[must_use]
    pub fn with_ancestors(&self, id: &Id) -> BTreeSet<Id> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if found.insert(id.clone()) {
                waiting.extend(self.parents(id));
            }
        }
        found
    }

    fn tops(&self, among: &BTreeSet<Id>) -> Vec<Id> {
        let followed: BTreeSet<&Id> = among.iter().flat_map(|id| self.parents(id)).collect();
        among.iter().filter(|id| !followed.contains(id)).cloned().collect()
    }

    fn check(&self, applied: &BTreeSet<Id>) -> Result<(), GraphError> {
        for id in applied {
            if !self.parents.contains_key(id) {
                return Err(GraphError::NoFile { id: id.clone() });
            }
            if let Some(parent) = self.parents(id).find(|parent| !applied.contains(parent)) {
                return Err(GraphError::Hole { id: id.clone(), parent: parent.clone() });
            }
        }
        Ok(())
    }
}

impl Target {
    /// Reads a target as a person types it.
    ///
    /// # Errors
    /// When it is none of `head`, `heads`, `base`, `+n`, `-n` and digits.
    pub fn parse(text: &str) -> Result<Self, GraphError> {
        let unknown = || GraphError::Unknown { text: text.to_owned() };
        let steps = |digits: &str| digits.parse().map_err(|_| unknown());
        match text {
            "head" => Ok(Self::Head),
            "heads" => Ok(Self::Heads),
            "base" => Ok(Self::Base),
            _ => match (text.strip_prefix('+'), text.strip_prefix('-')) {
                (Some(digits), _) => steps(digits).map(Self::Forward),
                (_, Some(digits)) => steps(digits).map(Self::Back),
                _ if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                    Ok(Self::Revision(text.to_owned()))
                }
                _ => Err(unknown()),
            },
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("head"),
            Self::Heads => f.write_str("heads"),
            Self::Base => f.write_str("base"),
            Self::Forward(steps) => write!(f, "+{steps}"),
            Self::Back(steps) => write!(f, "-{steps}"),
            Self::Revision(text) => f.write_str(text),
        }
    }
}

fn first(mut ids: Vec<Id>, asked: usize) -> Result<Vec<Id>, GraphError> {
    if ids.len() < asked {
        return Err(GraphError::TooFar { asked, there: ids.len() });
    }
    ids.truncate(asked);
    Ok(ids)
}

fn list(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
