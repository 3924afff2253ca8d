//! Scanning one range of one table.

mod interest;
mod large;
mod pages;
mod query;

use super::super::fault;
use super::super::key::{TableKey, quote};
use super::super::reader::KeyRange;
use super::super::stored::StoredTable;
use super::super::utf16::Utf16;
use super::part::Part;
use super::queue::Task;
use super::{Bounds, Work};
use crate::error::Result;
use crate::ops::{Event, Phase};
use interest::Looked;
use query::{Care, Ended};
use rusqlite::Connection;
use rusqlite::limits::Limit;
use sealift_core::convert::Interest;
use sealift_core::plan::json_columns;
use sealift_core::schema::source;
use std::sync::PoisonError;

/// Fewer ids than this are not worth dividing.
const SMALLEST_SPAN: i64 = 4096;

/// How one table is scanned.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) table: &'a source::Table,
    pub(super) unreadable: Vec<(usize, String)>,
    key: TableKey,
    /// The columns that can be read, with what is looked for in their texts.
    columns: Vec<(usize, Interest)>,
    /// How the rows are stored, where they can be read from their pages.
    stored: Option<StoredTable>,
    bounds: Bounds,
    /// How texts are stored, unless as they are handed out.
    utf16: Option<Utf16>,
}

impl<'a> Scan<'a> {
    /// Returns how to scan each table. A generated column may use a function that only the
    /// application has; it is left out then, with SQLite's reason.
    pub(super) fn all(
        connection: &Connection,
        schema: &'a source::Schema,
        bounds: Bounds,
    ) -> Vec<Self> {
        let looked = Looked::at(schema);
        let tables = schema.tables.iter().enumerate();
        tables.map(|table| Self::of(connection, &looked, table, bounds)).collect()
    }

    fn of(
        connection: &Connection,
        looked: &Looked,
        (position, table): (usize, &'a source::Table),
        bounds: Bounds,
    ) -> Self {
        let mut columns = Vec::with_capacity(table.columns.len());
        let mut unreadable = Vec::new();
        let json = json_columns(table);
        // Of a key that an object has twice the two databases take another one.
        let read = if looked.reads_json { Interest::JSON } else { Interest::BYTES };
        for (index, column) in table.columns.iter().enumerate() {
            if column.generated.is_some() {
                let sql = format!(
                    "select s.{} from {} as s limit 1",
                    quote(&column.name),
                    quote(&table.name)
                );
                if let Err(error) = connection.query_row(&sql, [], |_| Ok(()))
                    && error != rusqlite::Error::QueryReturnedNoRows
                {
                    unreadable.push((index, error.to_string()));
                    continue;
                }
            }
            let declared = Interest::of(&column.declared_type, column.affinity);
            let checked = if json.contains(&index) { declared | Interest::JSON } else { declared };
            let interest = if looked.is_tied(position, index) { Interest::ALL } else { checked };
            columns.push((index, interest | read));
        }
        let utf16 = Utf16::of(connection).unwrap_or_default();
        let key = TableKey::of(table);
        // What cannot be found out here shows when the rows are read.
        let stored = StoredTable::of(connection, &key).ok().flatten();
        Self { table, unreadable, key, columns, stored, bounds, utf16 }
    }

    /// Returns the first page of a table that is read from its pages.
    pub(super) fn root(&self) -> Option<u32> {
        self.stored.as_ref().map(StoredTable::root)
    }

    /// Scans the range of a task, giving parts of it away on the way.
    pub(super) fn run(&self, connection: &Connection, task: Task, work: &Work<'_>) -> Result<Part> {
        let name = &self.table.name;
        let mut part = Part::of(task, self.table.columns.len(), work.wanted.of_table(task.table));
        let mut range = task.range;
        if self.by_pages(connection, &mut range, &mut part, work)? {
            self.end(&mut part, work);
            return Ok(part);
        }
        range.after = part.last.or(range.after);
        let mut ended = self.pass(connection, &mut range, Care::None, &mut part, work)?;
        if matches!(ended, Ended::AtALargeCell) && self.key.rowid().is_some() {
            range.after = part.last.or(range.after);
            ended = self.pass(connection, &mut range, Care::Large, &mut part, work)?;
        }
        if matches!(ended, Ended::AtALargeCell) {
            // No incremental I/O here: the cells must be loaded. Begin anew, for a table without
            // rowid has no place to go on from.
            work.events.notice(format!(
                "table {name} has cells over {} MiB that SQLite can only read whole",
                self.bounds.large >> 20
            ));
            part.begin_anew(task);
            // What was given away meanwhile stays away.
            range.after = task.range.after;
            let one_at_a_time = work.whole.lock().unwrap_or_else(PoisonError::into_inner);
            self.set_limit(connection, self.bounds.longest_whole)?;
            let ended = self.pass(connection, &mut range, Care::None, &mut part, work);
            self.set_limit(connection, self.large_limit())?;
            drop(one_at_a_time);
            if matches!(ended?, Ended::AtALargeCell) {
                part.begin_anew(task);
                range.after = task.range.after;
                self.pass(connection, &mut range, Care::Large, &mut part, work)?;
            }
        }
        self.end(&mut part, work);
        Ok(part)
    }

    fn end(&self, part: &mut Part, work: &Work<'_>) {
        self.report(part, work);
        if let Some(last) = part.last {
            part.mark(last);
        }
    }

    fn set_limit(&self, connection: &Connection, bytes: i32) -> Result<()> {
        let doing = |error| fault::fault(&format!("read table {}", self.table.name), error);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes).map(drop).map_err(doing)
    }

    fn large_limit(&self) -> i32 {
        i32::try_from(self.bounds.large).unwrap_or(i32::MAX)
    }

    /// Hands the upper half of the rest to somebody who has nothing to do.
    fn give_away(&self, range: &mut KeyRange, part: &Part, work: &Work<'_>) {
        let Some((at, up_to)) = part.last.zip(range.up_to) else { return };
        if !work.queue.is_hungry() || up_to.saturating_sub(at) < SMALLEST_SPAN {
            return;
        }
        let middle = i64::midpoint(at, up_to);
        let upper = KeyRange { after: Some(middle), up_to: Some(up_to) };
        range.up_to = Some(middle);
        work.queue.add(Task { table: part.table, range: upper });
    }

    fn report(&self, part: &mut Part, work: &Work<'_>) {
        let rows = part.unreported();
        if rows > 0 {
            work.events.send(Event::Rows {
                phase: Phase::Census,
                table: self.table.name.clone(),
                rows,
                bytes: 0,
            });
        }
    }
}
