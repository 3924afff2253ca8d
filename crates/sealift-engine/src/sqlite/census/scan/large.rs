//! Cells that are not loaded with their rows.

use super::super::super::cell::{self, Place, TextCheck};
use super::super::super::fault;
use super::super::Work;
use super::Scan;
use crate::error::Result;
use rusqlite::{Connection, Row};
use sealift_core::convert::{Interest, record};
use sealift_core::mapping::ColumnCensus;
use std::sync::PoisonError;

/// A row of which some cells were not loaded.
#[derive(Clone, Copy)]
pub(super) struct LargeRow<'a> {
    pub(super) connection: &'a Connection,
    pub(super) row: &'a Row<'a>,
    pub(super) rowid: Option<i64>,
    pub(super) work: &'a Work<'a>,
}

/// A cell that was not loaded with its row.
pub(super) struct Large<'a> {
    pub(super) at: LargeRow<'a>,
    pub(super) scan: &'a Scan<'a>,
    pub(super) column: &'a str,
    pub(super) length: u64,
    pub(super) is_text: bool,
    pub(super) interest: Interest,
}

/// How a large cell was counted.
pub(super) enum Counted {
    /// It was read, and has so many bytes.
    Read(u64),
    /// It could only be read as a whole, for which there is no memory.
    OnlyMeasured,
}

impl Large<'_> {
    /// Counts the cell.
    ///
    /// Of a text only what holds for every text is found out. That it is a number, a date or JSON
    /// is not looked for, so that the column becomes text, which holds it.
    pub(super) fn count(&self, census: &mut ColumnCensus) -> Result<Counted> {
        let Some(rowid) = self.at.rowid else { return Ok(Counted::OnlyMeasured) };
        if !self.is_text {
            return Ok(Counted::Read(self.measure(census)));
        }
        let place = Place {
            connection: self.at.connection,
            table: &self.scan.table.name,
            column: self.column,
            rowid,
            utf16: self.scan.utf16,
        };
        let (mut check, mut bytes) = (TextCheck::default(), 0);
        let done = place.text_in_pieces(|piece| {
            check.feed(piece);
            bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            Ok(())
        })?;
        if !done {
            return self.count_whole(rowid, census);
        }
        check.finish();
        census.texts += 1;
        census.text.invalid_utf8 += u64::from(check.is_invalid);
        census.text.with_nul += u64::from(check.has_nul);
        let chars = if check.is_invalid { bytes } else { check.chars };
        census.text.longest_chars = std::cmp::max(census.text.longest_chars, chars);
        add_length(census, bytes);
        Ok(Counted::Read(bytes))
    }

    /// Counts the cell's class and stored length; returns the length.
    pub(super) fn measure(&self, census: &mut ColumnCensus) -> u64 {
        census.texts += u64::from(self.is_text);
        census.blobs += u64::from(!self.is_text);
        if self.is_text {
            census.text.longest_chars = std::cmp::max(census.text.longest_chars, self.length);
        }
        add_length(census, self.length);
        self.length
    }

    /// Where SQLite has no incremental I/O, one cell at a time.
    fn count_whole(&self, rowid: i64, census: &mut ColumnCensus) -> Result<Counted> {
        let longest = self.scan.bounds.longest_whole;
        if i32::try_from(self.length).map_or(true, |length| length > longest) {
            return Ok(Counted::OnlyMeasured);
        }
        let connection = self.at.connection;
        let _one_at_a_time = self.at.work.whole.lock().unwrap_or_else(PoisonError::into_inner);
        self.scan.set_limit(connection, i32::MAX)?;
        let counted = cell::whole(connection, &self.scan.key, self.column, rowid, |value| {
            record(census, value, self.interest);
            u64::try_from(cell::size(value)).unwrap_or(u64::MAX)
        });
        self.scan.set_limit(connection, self.scan.large_limit())?;
        let table = &self.scan.table.name;
        counted
            .map(Counted::Read)
            .map_err(|error| fault::fault(&format!("read table {table}"), error))
    }
}

fn add_length(census: &mut ColumnCensus, bytes: u64) {
    census.longest = std::cmp::max(census.longest, bytes);
    census.bytes += bytes;
}
