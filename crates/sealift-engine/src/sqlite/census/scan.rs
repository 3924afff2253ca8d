//! Scanning one range of one table.

use super::super::cell::{self, Place, TextCheck};
use super::super::fault;
use super::super::key::{TableKey, quote};
use super::super::reader::KeyRange;
use super::super::utf16::Utf16;
use super::queue::Task;
use super::{Bounds, MARK_BYTES, Work};
use crate::error::Result;
use crate::ops::{Event, Phase};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Row};
use sealift_core::convert::{Interest, record};
use sealift_core::mapping::ColumnCensus;
use sealift_core::plan::json_columns;
use sealift_core::schema::source;
use sealift_core::sqlite::ValueRef;
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// After so many rows or bytes a scan looks up: for a stop, for idle workers, to report.
const ROWS_BETWEEN_LOOKS: u64 = 2048;
const BYTES_BETWEEN_LOOKS: u64 = 4 << 20;

/// Fewer ids than this are not worth dividing.
const SMALLEST_SPAN: i64 = 4096;

/// What was counted in one range.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) table: usize,
    pub(super) after: Option<i64>,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) columns: Vec<ColumnCensus>,
    /// Rowids with the bytes of the rows since the one before.
    pub(super) marks: Vec<(i64, u64)>,
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    pub(super) largest_row: u64,
    /// Whether a cell was too large to be loaded.
    pub(super) measured_only: bool,
    since_mark: u64,
    reported: u64,
    looked: (u64, u64),
}

/// How one table is scanned.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) table: &'a source::Table,
    pub(super) unreadable: Vec<(usize, String)>,
    key: TableKey,
    /// The columns that can be read, with what is looked for in their texts.
    columns: Vec<(usize, Interest)>,
    bounds: Bounds,
    /// How texts are stored, unless as they are handed out.
    utf16: Option<Utf16>,
}

/// Whether cells are expected to fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Every cell is loaded; SQLite refuses one that is over the bound.
    None,
    /// Lengths are asked first.
    Large,
}

/// How a scan of a range ended.
enum Ended {
    AtItsEnd,
    AtALargeCell,
}

impl<'a> Scan<'a> {
    /// Returns how to scan a table. A generated column may use a function that only the
    /// application has; it is left out then, with SQLite's reason.
    pub(super) fn of(
        connection: &Connection,
        schema: &source::Schema,
        table: &'a source::Table,
        bounds: Bounds,
    ) -> Self {
        let mut columns = Vec::with_capacity(table.columns.len());
        let mut unreadable = Vec::new();
        let json = json_columns(table);
        // Of a key that an object has twice the two databases take another one.
        let read = if reads_json(schema) { Interest::JSON } else { Interest::BYTES };
        let tied = tied_to_other_affinities(schema, table);
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
            let interest = if tied.contains(&index) { Interest::ALL } else { checked };
            columns.push((index, interest | read));
        }
        let utf16 = Utf16::of(connection).unwrap_or_default();
        Self { table, unreadable, key: TableKey::of(table), columns, bounds, utf16 }
    }

    /// Scans the range of a task, giving parts of it away on the way.
    pub(super) fn run(&self, connection: &Connection, task: Task, work: &Work<'_>) -> Result<Part> {
        let name = &self.table.name;
        let mut part = self.begin(task);
        let mut range = task.range;
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
            part = Part { reported: part.reported, ..self.begin(task) };
            // What was given away meanwhile stays away.
            range.after = task.range.after;
            let one_at_a_time = work.whole.lock().unwrap_or_else(PoisonError::into_inner);
            self.set_limit(connection, self.bounds.longest_whole)?;
            let ended = self.pass(connection, &mut range, Care::None, &mut part, work);
            self.set_limit(connection, self.large_limit())?;
            drop(one_at_a_time);
            if matches!(ended?, Ended::AtALargeCell) {
                part = Part { reported: part.reported, ..self.begin(task) };
                range.after = task.range.after;
                self.pass(connection, &mut range, Care::Large, &mut part, work)?;
            }
        }
        self.report(&mut part, work);
        if let Some(last) = part.last {
            part.mark(last);
        }
        Ok(part)
    }

    fn set_limit(&self, connection: &Connection, bytes: i32) -> Result<()> {
        let doing = |error| fault::fault(&format!("read table {}", self.table.name), error);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes).map(drop).map_err(doing)
    }

    fn large_limit(&self) -> i32 {
        i32::try_from(self.bounds.large).unwrap_or(i32::MAX)
    }

    fn begin(&self, task: Task) -> Part {
        Part {
            table: task.table,
            after: task.range.after,
            columns: vec![ColumnCensus::default(); self.table.columns.len()],
            ..Part::default()
        }
    }

    /// Reads the rows of `range`, which shrinks when its upper half is given away.
    fn pass(
        &self,
        connection: &Connection,
        range: &mut KeyRange,
        care: Care,
        part: &mut Part,
        work: &Work<'_>,
    ) -> Result<Ended> {
        let name = &self.table.name;
        let doing = |error| fault::fault(&format!("read table {name}"), error);
        let mut statement = connection.prepare_cached(&self.sql(*range, care)).map_err(doing)?;
        let bounds = [range.after, range.up_to].into_iter().flatten();
        let mut rows = statement.query(rusqlite::params_from_iter(bounds)).map_err(doing)?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(Ended::AtItsEnd),
                Err(error) if fault::is_too_big(&error) => return Ok(Ended::AtALargeCell),
                Err(error) => return Err(doing(error)),
            };
            let rowid = match self.key.rowid() {
                Some(_) => Some(row.get::<_, i64>(0).map_err(doing)?),
                None => None,
            };
            if rowid.zip(range.up_to).is_some_and(|(rowid, up_to)| rowid > up_to) {
                return Ok(Ended::AtItsEnd);
            }
            let bytes = match care {
                Care::None => self.count(row, part).map_err(doing)?,
                Care::Large => {
                    self.count_with_care(LargeRow { connection, row, rowid, work }, part)?
                }
            };
            part.end_row(rowid, bytes);
            if part.is_time_to_look() {
                work.check_stop()?;
                self.report(part, work);
                self.give_away(range, part, work);
            }
        }
    }

    fn sql(&self, range: KeyRange, care: Care) -> String {
        let mut selected = vec![match self.key.rowid() {
            Some(rowid) => format!("s.{rowid}"),
            None => "null".to_owned(),
        }];
        for (index, _) in &self.columns {
            let Some(column) = self.table.columns.get(*index) else { continue };
            let name = format!("s.{}", quote(&column.name));
            match care {
                Care::None => selected.push(name),
                // `octet_length` and `typeof` of a column read the row's header only.
                Care::Large => {
                    let over = format!("octet_length({name}) > {}", self.bounds.large / 2);
                    selected.push(format!("iif({over}, null, {name})"));
                    selected.push(format!("iif({over}, octet_length({name}), null)"));
                    selected.push(format!("typeof({name})"));
                }
            }
        }
        let table = quote(&self.table.name);
        let mut sql = format!("select {} from {table} as s not indexed", selected.join(", "));
        if let Some(rowid) = self.key.rowid() {
            let after = range.after.map(|_| format!("s.{rowid} > ?"));
            let up_to = range.up_to.map(|_| format!("s.{rowid} <= ?"));
            let bounds: Vec<String> = [after, up_to].into_iter().flatten().collect();
            if !bounds.is_empty() {
                sql.push_str(&format!(" where {}", bounds.join(" and ")));
            }
            sql.push_str(&format!(" order by s.{rowid}"));
        }
        sql
    }

    /// Counts the cells of a row; returns its bytes.
    fn count(&self, row: &Row<'_>, part: &mut Part) -> rusqlite::Result<u64> {
        let mut bytes = 0;
        for (at, (index, interest)) in self.columns.iter().enumerate() {
            let value = cell::borrowed(row.get_ref(at + 1)?);
            if let Some(column) = part.columns.get_mut(*index) {
                bytes += length(value);
                record(column, value, *interest);
            }
        }
        Ok(bytes)
    }

    /// The same, for rows of which some cells were not loaded.
    fn count_with_care(&self, at: LargeRow<'_>, part: &mut Part) -> Result<u64> {
        let doing = |error| fault::fault(&format!("read table {}", self.table.name), error);
        let mut bytes = 0;
        for (position, (index, interest)) in self.columns.iter().enumerate() {
            let Some(census) = part.columns.get_mut(*index) else { continue };
            let large: Option<i64> = at.row.get(position * 3 + 2).map_err(doing)?;
            let Some(length_of_large) = large else {
                let value = cell::borrowed(at.row.get_ref(position * 3 + 1).map_err(doing)?);
                bytes += length(value);
                record(census, value, *interest);
                continue;
            };
            let class: String = at.row.get(position * 3 + 3).map_err(doing)?;
            let large = Large {
                at,
                scan: self,
                column: self.table.columns.get(*index).map_or("", |it| it.name.as_str()),
                length: u64::try_from(length_of_large).unwrap_or(0),
                is_text: class == "text",
                interest: *interest,
            };
            let counted = large.count(census)?;
            part.measured_only |= matches!(counted, Counted::OnlyMeasured);
            bytes += match counted {
                Counted::Read(bytes) => bytes,
                Counted::OnlyMeasured => large.measure(census),
            };
        }
        Ok(bytes)
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
        let rows = part.rows.saturating_sub(part.reported);
        part.reported += rows;
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

impl Part {
    fn end_row(&mut self, rowid: Option<i64>, bytes: u64) {
        self.rows += 1;
        self.bytes += bytes;
        self.largest_row = std::cmp::max(self.largest_row, bytes);
        let Some(rowid) = rowid else { return };
        self.first = self.first.or(Some(rowid));
        self.last = Some(rowid);
        self.since_mark += bytes;
        if self.since_mark >= MARK_BYTES {
            self.mark(rowid);
        }
    }

    /// Notes how far the range went; its end is a mark too, so that parts add up.
    fn mark(&mut self, rowid: i64) {
        self.marks.push((rowid, std::mem::take(&mut self.since_mark)));
    }

    fn is_time_to_look(&mut self) -> bool {
        let (rows, bytes) = self.looked;
        let is_time =
            self.rows - rows >= ROWS_BETWEEN_LOOKS || self.bytes - bytes >= BYTES_BETWEEN_LOOKS;
        if is_time {
            self.looked = (self.rows, self.bytes);
        }
        is_time
    }
}

fn length(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            u64::try_from(bytes.len()).unwrap_or(u64::MAX)
        }
    }
}

/// A row of which some cells were not loaded.
#[derive(Clone, Copy)]
struct LargeRow<'a> {
    connection: &'a Connection,
    row: &'a Row<'a>,
    rowid: Option<i64>,
    work: &'a Work<'a>,
}

/// A cell that was not loaded with its row.
struct Large<'a> {
    at: LargeRow<'a>,
    scan: &'a Scan<'a>,
    column: &'a str,
    length: u64,
    is_text: bool,
    interest: Interest,
}

/// How a large cell was counted.
enum Counted {
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
    fn count(&self, census: &mut ColumnCensus) -> Result<Counted> {
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
    fn measure(&self, census: &mut ColumnCensus) -> u64 {
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
            length(value)
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

/// Returns whether the schema looks into JSON documents.
fn reads_json(schema: &source::Schema) -> bool {
    let tables = schema.tables.iter().flat_map(|table| {
        let keys = table.indexes.iter().flat_map(|index| &index.columns);
        let keys = keys.filter_map(|part| match &part.key {
            source::IndexKey::Column(_) => None,
            source::IndexKey::Expression(expression) => Some(&expression.sql),
        });
        let filters = table.indexes.iter().filter_map(|index| index.filter.as_ref());
        keys.chain(filters.map(|filter| &filter.sql)).chain([&table.sql])
    });
    let views = schema.views.iter().map(|view| &view.sql);
    let triggers = schema.triggers.iter().map(|trigger| &trigger.sql);
    tables.chain(views).chain(triggers).any(|sql| {
        let sql = sql.to_ascii_lowercase();
        sql.contains("json_") || sql.contains("->")
    })
}

/// Returns the columns that a foreign key ties to a column of another affinity: both ends get one
/// type, so what their texts look like matters whatever the column declares.
fn tied_to_other_affinities(schema: &source::Schema, table: &source::Table) -> BTreeSet<usize> {
    let mut tied = BTreeSet::new();
    for child in &schema.tables {
        for key in &child.foreign_keys {
            let parent = schema.tables.iter().find(|it| it.name.eq_ignore_ascii_case(&key.parent));
            let Some(parent) = parent else { continue };
            let parent_columns: Vec<usize> = if key.parent_columns.is_empty() {
                parent.primary_key.clone()
            } else {
                key.parent_columns.iter().filter_map(|name| parent.position(name)).collect()
            };
            for (left, right) in key.columns.iter().zip(parent_columns) {
                let affinity =
                    |it: &source::Table, at: usize| it.columns.get(at).map(|it| it.affinity);
                if affinity(child, *left) == affinity(parent, right) {
                    continue;
                }
                if child.name == table.name {
                    tied.insert(*left);
                }
                if parent.name == table.name {
                    tied.insert(right);
                }
            }
        }
    }
    tied
}
