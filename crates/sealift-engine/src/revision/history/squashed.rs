//! Revisions that were squashed: the files are one, and a database that has carried out all of them has carried out that
//! one.

use super::History;
use crate::error::Result;
use crate::revision::folder::{Folder, Revision};
use crate::revision::known;
use sealift_core::revision::file::Id;

impl History {
    /// Reads the rows of squashed revisions as the one that took their place. The rows stay as they are until that one is
    /// taken back or stamped.
    ///
    /// # Errors
    /// When some of the squashed revisions were carried out and others were not.
    pub(super) fn follow(&mut self, folder: &Folder) -> Result<()> {
        for revision in folder.revisions() {
            self.follow_one(revision)?;
        }
        Ok(())
    }

    fn follow_one(&mut self, revision: &Revision) -> Result<()> {
        let script = &revision.up.script;
        let header = script.header();
        let replaced = &header.replaces;
        let there: Vec<Id> =
            replaced.iter().filter(|id| self.applied.contains_key(id)).cloned().collect();
        if there.is_empty() {
            return Ok(());
        }
        let ended = |id: &Id| self.applied.get(id).is_some_and(|one| one.unfinished.is_none());
        let complete = there.len() == replaced.len() && there.iter().all(ended);
        if !complete || !ended(&revision.id) {
            let (says, id) = (known::SQUASHED.says, &revision.id);
            return Err(known::SQUASHED.saying(format!(
                "this database {says} {id}: it has carried out {} of {} revisions",
                there.len() + usize::from(self.applied.contains_key(&revision.id)),
                replaced.len() + 1
            )));
        }
        let earlier = header.replaces_earlier.iter().filter(|id| self.applied.contains_key(id));
        let there: Vec<Id> = there.iter().chain(earlier).cloned().collect();
        for id in &there {
            self.applied.remove(id);
        }
        if let Some(one) = self.applied.get_mut(&revision.id) {
            one.checksum = script.checksum().to_string();
            one.up = script.text().to_owned();
            one.message = revision.message();
        }
        self.squashed.insert(revision.id.clone(), there);
        Ok(())
    }
}
