//! The rows of a range from the pages of their table.

use super::super::stored::{Met, Rows, StoredTable, Trouble};
use super::output::Output;
use super::{KeyRange, ReadJob, Stop, large_over, query};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::Connection;
use sealift_core::convert::{ColumnCodec, Misfit};
use sealift_core::verify::RowHash;

/// Reads the rows of a range; returns what is left of it where a query has to go on.
pub(super) fn read(
    connection: &Connection,
    job: &ReadJob,
    stored: &StoredTable,
    output: &mut Output<'_>,
) -> Result<Option<KeyRange>> {
    let columns: Option<Vec<(usize, &ColumnCodec)>> = job
        .columns
        .iter()
        .zip(&job.codecs)
        .map(|(name, codec)| Some((stored.position(name)?, codec)))
        .collect();
    let Some(columns) = columns else { return Ok(Some(job.range)) };
    let reading = Reading { connection, job, columns };
    let mut rest = job.range;
    match reading.run(stored, &mut rest, output) {
        Ok(()) => Ok(None),
        Err(Left::ToQuery) => Ok(Some(rest)),
        Err(Left::Failed(stop, index, rowid)) => Err(reading.failure(stop, index, rowid)),
    }
}

struct Reading<'a> {
    connection: &'a Connection,
    job: &'a ReadJob,
    columns: Vec<(usize, &'a ColumnCodec)>,
}

/// Why the pages were left.
enum Left {
    /// A query reads the rest.
    ToQuery,
    /// A cell of a row cannot be sent.
    Failed(Stop, usize, i64),
}

impl Reading<'_> {
    /// Reads rows; those that were sent are taken off `rest`.
    fn run(
        &self,
        stored: &StoredTable,
        rest: &mut KeyRange,
        output: &mut Output<'_>,
    ) -> Result<(), Left> {
        let longest = if self.job.large_cells { large_over(self.columns.len()) } else { u64::MAX };
        let longest = usize::try_from(longest).unwrap_or(usize::MAX);
        let mut rows = Rows::after(self.connection, stored, rest.after)?;
        while let Some(Met { rowid, length }) = rows.advance()? {
            if rest.up_to.is_some_and(|up_to| rowid > up_to) {
                return Ok(());
            }
            if length > longest {
                let only = KeyRange { after: rowid.checked_sub(1), up_to: Some(rowid) };
                query::read(self.connection, self.job, only, output)
                    .map_err(|error| Left::Failed(Stop::Failed(error), 0, rowid))?;
            } else {
                rows.load()?;
                self.send(&rows, rowid, output)?;
            }
            rest.after = Some(rowid);
        }
        Ok(())
    }

    fn send(&self, rows: &Rows<'_>, rowid: i64, output: &mut Output<'_>) -> Result<(), Left> {
        let mut hash = RowHash::new();
        output.begin_row();
        for (index, (column, codec)) in self.columns.iter().enumerate() {
            let failed = |stop| Left::Failed(stop, index, rowid);
            // The header says that every field is there.
            let value = rows.cell(*column).map_err(|_| failed(Stop::Failed(beyond_its_row())))?;
            hash.push(output.cell(codec, value).map_err(failed)?);
        }
        output.end_row(hash).map_err(|error| Left::Failed(Stop::Failed(error), 0, rowid))
    }

    fn failure(&self, stop: Stop, index: usize, rowid: i64) -> Error {
        match stop {
            Stop::Failed(error) => error,
            Stop::Misfit(why) => self.misfit(index, rowid, why),
        }
    }

    fn misfit(&self, index: usize, rowid: i64, why: Misfit) -> Error {
        let key = self.job.key.name_by_rowid(self.connection, rowid).ok();
        self.job.misfit(index, key, why)
    }
}

fn beyond_its_row() -> Error {
    Error::new(ErrorKind::Bug, "a cell goes beyond its row, whose length was checked")
}

impl From<Trouble> for Left {
    /// Nothing of the row that met trouble was sent, so that SQLite can be asked for it, and what is wrong.
    fn from(Trouble: Trouble) -> Self {
        Self::ToQuery
    }
}
