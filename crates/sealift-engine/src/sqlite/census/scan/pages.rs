//! A range of a table from its pages.

use super::super::super::integrity::LeafCheck;
use super::super::super::reader::KeyRange;
use super::super::super::stored::{Met, Rows, Trouble};
use super::super::Work;
use super::super::part::Part;
use super::Scan;
use super::query::Care;
use crate::error::{Error, Result};
use rusqlite::Connection;

/// Why the pages were left.
enum Left {
    /// A query reads the rest.
    ToQuery,
    Failed(Error),
}

impl Scan<'_> {
    /// Reads the rows of `range`, which shrinks when its upper half is given away. Returns false where a
    /// query has to go on after the last row of `part`.
    pub(super) fn by_pages(
        &self,
        connection: &Connection,
        range: &mut KeyRange,
        part: &mut Part,
        work: &Work<'_>,
    ) -> Result<bool> {
        match self.read_pages(connection, range, part, work) {
            Ok(()) => Ok(true),
            Err(Left::ToQuery) => {
                // What is not as the format says here may be all that was to be looked at.
                if let Some(soundness) = work.soundness.filter(|_| self.stored.is_some()) {
                    soundness.doubt();
                }
                Ok(false)
            }
            Err(Left::Failed(error)) => Err(error),
        }
    }

    fn read_pages(
        &self,
        connection: &Connection,
        range: &mut KeyRange,
        part: &mut Part,
        work: &Work<'_>,
    ) -> Result<(), Left> {
        let Some(stored) = &self.stored else { return Err(Left::ToQuery) };
        let longest = usize::try_from(self.bounds.large).unwrap_or(usize::MAX);
        let mut rows = Rows::after(connection, stored, range.after)?;
        let mut check = work.soundness.and_then(|it| LeafCheck::of(it, stored.root()));
        while let Some(Met { rowid, length }) = rows.advance()? {
            if range.up_to.is_some_and(|up_to| rowid > up_to) {
                break;
            }
            if let Some(check) = &mut check {
                check.look(&mut rows);
            }
            if length > longest {
                let mut only = KeyRange { after: rowid.checked_sub(1), up_to: Some(rowid) };
                self.pass(connection, &mut only, Care::Large, part, work)?;
            } else {
                rows.load_without_blobs()?;
                let bytes = self.count_stored(&rows, part, work)?;
                part.end_row(Some(rowid), bytes);
            }
            if part.is_time_to_look() {
                work.check_stop()?;
                self.report(part, work);
                self.give_away(range, part, work);
            }
        }
        if let Some(check) = check {
            check.end();
        }
        Ok(())
    }

    /// Counts the cells of a row; returns its bytes.
    fn count_stored(
        &self,
        rows: &Rows<'_>,
        part: &mut Part,
        work: &Work<'_>,
    ) -> Result<u64, Trouble> {
        let mut bytes = 0;
        for (index, interest) in &self.columns {
            bytes += match rows.blob(*index) {
                Some(length) => part.record_blob(*index, length, &work.memory),
                None => part.record(*index, rows.cell(*index)?, *interest, &work.memory),
            };
        }
        Ok(bytes)
    }
}

impl From<Trouble> for Left {
    fn from(Trouble: Trouble) -> Self {
        Self::ToQuery
    }
}

impl From<Error> for Left {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
