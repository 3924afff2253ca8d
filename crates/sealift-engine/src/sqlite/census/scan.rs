//! Scanning one range of one table.

use super::super::cell::{self, TextCheck};
use super::super::fault;
use super::super::key::{TableKey, quote};
use super::super::reader::KeyRange;
use super::queue::Task;
use super::{MARK_BYTES, Work};
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
    /// Cells over this are read in pieces.
    bound: u64,
    utf8: bool,
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
        bound: u64,
    ) -> Self {
        let mut columns = Vec::with_capacity(table.columns.len());
        let mut unreadable = Vec::new();
        let json = json_columns(table);
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
            columns.push((index, interest));
        }
        let encoding = connection.pragma_query_value(None, "encoding", |row| row.get(0));
        let utf8 = encoding.is_ok_and(|name: String| name == "UTF-8");
        Self { table, unreadable, key: TableKey::of(table), columns, bound, utf8 }
    }

    /// Scans the range of a task, giving parts of it away on the way.
    pub(super) fn run(&self, connection: &Connection, task: Task, work: &Work<'_>) -> Result<Part> {
        let name = &self.table.name;
        let doing = |error| fault::fault(&format!("read table {name}"), error);
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
                self.bound >> 20
            ));
            connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::MAX).map_err(doing)?;
            part = Part { reported: part.reported, ..self.begin(task) };
            // What was given away meanwhile stays away.
            range.after = task.range.after;
            self.pass(connection, &mut range, Care::None, &mut part, work)?;
            let bound = i32::try_from(self.bound).unwrap_or(i32::MAX);
            connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bound).map_err(doing)?;
        }
        self.report(&mut part, work);
        if let Some(last) = part.last {
            part.mark(last);
        }
        Ok(part)
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
                Care::Large => self.count_with_care(connection, row, rowid, part)?,
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
                    let over = format!("octet_length({name}) > {}", self.bound / 2);
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
    fn count_with_care(
        &self,
        connection: &Connection,
        row: &Row<'_>,
        rowid: Option<i64>,
        part: &mut Part,
    ) -> Result<u64> {
        let doing = |error| fault::fault(&format!("read table {}", self.table.name), error);
        let mut bytes = 0;
        for (at, (index, interest)) in self.columns.iter().enumerate() {
            let Some(census) = part.columns.get_mut(*index) else { continue };
            let large: Option<i64> = row.get(at * 3 + 2).map_err(doing)?;
            let Some((length_of_large, rowid)) = large.zip(rowid) else {
                let value = cell::borrowed(row.get_ref(at * 3 + 1).map_err(doing)?);
                bytes += length(value);
                record(census, value, *interest);
                continue;
            };
            let class: String = row.get(at * 3 + 3).map_err(doing)?;
            let large = Large {
                connection,
                scan: self,
                column: self.table.columns.get(*index).map_or("", |it| it.name.as_str()),
                rowid,
                length: u64::try_from(length_of_large).unwrap_or(0),
                interest: *interest,
            };
            bytes += large.count(class == "text", census)?;
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

/// A cell that was not loaded with its row.
struct Large<'a> {
    connection: &'a Connection,
    scan: &'a Scan<'a>,
    column: &'a str,
    rowid: i64,
    length: u64,
    interest: Interest,
}

impl Large<'_> {
    /// Counts the cell; returns its bytes.
    ///
    /// Of a text only what holds for every text is found out. That it is a number, a date or JSON
    /// is not looked for, so that the column becomes text, which holds it.
    fn count(&self, is_text: bool, census: &mut ColumnCensus) -> Result<u64> {
        if !is_text {
            census.blobs += 1;
            self.add_length(census);
            return Ok(self.length);
        }
        if self.scan.utf8 {
            let mut check = TextCheck::default();
            let table = &self.scan.table.name;
            let done = cell::in_pieces(self.connection, table, self.column, self.rowid, |piece| {
                check.feed(piece);
                Ok(())
            })?;
            if done {
                check.finish();
                census.texts += 1;
                census.text.invalid_utf8 += u64::from(check.is_invalid);
                census.text.with_nul += u64::from(check.has_nul);
                let chars = if check.is_invalid { self.length } else { check.chars };
                census.text.longest_chars = std::cmp::max(census.text.longest_chars, chars);
                self.add_length(census);
                return Ok(self.length);
            }
        }
        self.count_whole(census)
    }

    fn add_length(&self, census: &mut ColumnCensus) {
        census.longest = std::cmp::max(census.longest, self.length);
        census.bytes += self.length;
    }

    /// Where SQLite has no incremental I/O, or stores another encoding.
    fn count_whole(&self, census: &mut ColumnCensus) -> Result<u64> {
        let table = &self.scan.table.name;
        let doing = |error| fault::fault(&format!("read table {table}"), error);
        let limit =
            |bytes| self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes).map_err(doing);
        limit(i32::MAX)?;
        let counted =
            cell::whole(self.connection, &self.scan.key, self.column, self.rowid, |value| {
                record(census, value, self.interest);
                length(value)
            });
        limit(i32::try_from(self.scan.bound).unwrap_or(i32::MAX))?;
        counted.map_err(doing)
    }
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
