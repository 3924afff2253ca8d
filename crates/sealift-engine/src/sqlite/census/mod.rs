//! The census: every cell of every table is looked at once, by all readers of a snapshot.
//!
//! Each table is one task at first, the largest first. While a reader has nothing to do, a running
//! task of a table with rowids gives away the upper half of what it has not read, so that one large
//! table keeps every reader busy whatever the gaps in its ids.

mod ids;
mod part;
mod queue;
mod scan;

use super::fault;
use super::integrity::Soundness;
use super::key::{TableKey, quote};
use super::reader::KeyRange;
use super::snapshot::{Reader, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Event, Events, Phase};
pub use ids::WholeKeys;
use ids::{IdMemory, Ids, Wanted};
use part::Part;
use queue::{Queue, Task};
use rusqlite::Connection;
use rusqlite::limits::Limit;
use scan::Scan;
use sealift_core::mapping::ColumnCensus;
use sealift_core::schema::source;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Cell bytes between two [`TableCensus::splits`]. Large enough that a range's own cost (a COPY and
/// a commit, some milliseconds) does not count, small enough that an interrupted copy repeats
/// little and that a table of a gigabyte keeps many workers busy.
pub const SPLIT_BYTES: u64 = 32 << 20;

/// Cell bytes between two marks, from which the splits are made: parts of a table that different
/// readers scanned have ends of their own.
const MARK_BYTES: u64 = SPLIT_BYTES / 16;

/// The largest cell that the census takes into memory, whatever memory there is.
const LARGEST_LOADED: u64 = 64 << 20;

/// The smallest bound on loaded cells: below it, reading in pieces costs more than it saves.
const SMALLEST_BOUND: u64 = 1 << 20;

/// How long cells may be.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Longer ones are not loaded with their rows.
    large: u64,
    /// Longer ones are not loaded at all.
    longest_whole: i32,
}

/// What a table holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TableCensus {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The bytes of its cells: their length, or 8 for a number.
    pub bytes: u64,
    /// Each column, as in the schema.
    pub columns: Vec<ColumnCensus>,
    /// Columns that SQLite cannot compute here, with its reason; their census is empty.
    pub unreadable: Vec<(usize, String)>,
    /// Rowids after every [`SPLIT_BYTES`] or somewhat more, ascending: each ends a range of about
    /// the same size. Only for tables whose rowid can be selected.
    pub splits: Vec<i64>,
    /// The longest text or blob in bytes.
    pub largest_cell: u64,
    /// The most bytes of one row.
    pub largest_row: u64,
    /// Whether cells were too large for the memory that was given, and only measured.
    pub measured_only: bool,
    /// The smallest rowid, where it can be selected.
    pub first_rowid: Option<i64>,
    /// The greatest rowid, likewise.
    pub last_rowid: Option<i64>,
}

impl TableCensus {
    /// Returns ranges that together are the whole table, in order.
    #[must_use]
    pub fn ranges(&self) -> Vec<KeyRange> {
        let mut ranges = Vec::with_capacity(self.splits.len() + 1);
        let mut after = None;
        for split in &self.splits {
            ranges.push(KeyRange { after, up_to: Some(*split) });
            after = Some(*split);
        }
        ranges.push(KeyRange { after, up_to: None });
        ranges
    }
}

/// Memory for the cells that the readers hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellMemory {
    /// No more than this: a cell that SQLite only gives as a whole and that does not fit is measured
    /// and not read.
    UpTo(u64),
    /// This, and more where a single cell needs it.
    Around(u64),
}

impl CellMemory {
    fn bytes(self) -> u64 {
        match self {
            Self::UpTo(bytes) | Self::Around(bytes) => bytes,
        }
    }

    /// Returns the longest cell that may be held as a whole, by one reader at a time.
    fn longest_whole(self) -> i32 {
        match self {
            Self::UpTo(bytes) => i32::try_from(bytes).unwrap_or(i32::MAX),
            Self::Around(_) => i32::MAX,
        }
    }
}

/// How every cell of a snapshot's tables will be counted; none is yet.
pub struct Counting<'a> {
    snapshot: &'a Snapshot,
    schema: &'a source::Schema,
    tables: Vec<Scan<'a>>,
    /// One a table, what takes longest first.
    tasks: Vec<Task>,
    jobs: usize,
    /// Longer cells are not loaded with their rows, in bytes.
    bound: u64,
}

/// What the workers share.
struct Work<'a> {
    tables: Vec<Scan<'a>>,
    queue: Queue,
    parts: Mutex<Vec<Part>>,
    failure: Mutex<Option<Error>>,
    /// Held by the one reader that holds a large cell as a whole.
    whole: Mutex<()>,
    /// The columns of which each id is kept, and the memory for that.
    wanted: Wanted,
    memory: IdMemory,
    /// Who wants to know whether the leaves are as the format says.
    soundness: Option<&'a Soundness>,
    stop: &'a AtomicBool,
    events: &'a Events,
}

/// Counts every cell of every table, and says which foreign keys are whole by that; see [`Counting`].
///
/// # Errors
/// When the file cannot be read; kind [`ErrorKind::Stopped`] when `stop` is set.
pub fn census(
    snapshot: &Snapshot,
    schema: &source::Schema,
    jobs: usize,
    memory: CellMemory,
    stop: &AtomicBool,
    events: &Events,
) -> Result<(Vec<TableCensus>, WholeKeys)> {
    Counting::of(snapshot, schema, jobs, memory)?.run(None, stop, events)
}

impl<'a> Counting<'a> {
    /// Finds out how each table is read, with up to `jobs` readers of the snapshot. Cells that do not fit
    /// into `memory` together with the other readers' are read in pieces where SQLite allows that.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(
        snapshot: &'a Snapshot,
        schema: &'a source::Schema,
        jobs: usize,
        memory: CellMemory,
    ) -> Result<Self> {
        let jobs = std::cmp::max(jobs, 1);
        let share = memory.bytes() / 4 / u64::try_from(jobs).unwrap_or(u64::MAX);
        let bound = share.clamp(SMALLEST_BOUND, LARGEST_LOADED);
        let bounds = Bounds { large: bound, longest_whole: memory.longest_whole() };
        let connection = snapshot.metadata();
        let tables = Scan::all(&connection, schema, bounds);
        let tasks = largest_first(&connection, schema)?;
        Ok(Self { snapshot, schema, tables, tasks, jobs, bound })
    }

    /// Returns the first pages of the tables that are read from their pages.
    #[must_use]
    pub fn roots(&self) -> BTreeSet<u32> {
        self.tables.iter().filter_map(Scan::root).collect()
    }

    /// Counts every cell, and says which foreign keys are whole by that. Looks at the leaves of the tables on
    /// the way, if somebody wants to know whether they are sound.
    ///
    /// # Errors
    /// When the file cannot be read; kind [`ErrorKind::Stopped`] when `stop` is set.
    pub fn run(
        self,
        soundness: Option<&Soundness>,
        stop: &AtomicBool,
        events: &Events,
    ) -> Result<(Vec<TableCensus>, WholeKeys)> {
        let readers: Vec<Reader> = (0..self.jobs).map_while(|_| self.snapshot.take()).collect();
        let bound = self.bound;
        let work = Work {
            queue: Queue::new(self.tasks, self.tables.len()),
            tables: self.tables,
            parts: Mutex::new(Vec::new()),
            failure: Mutex::new(None),
            whole: Mutex::new(()),
            wanted: Wanted::of(self.schema),
            memory: IdMemory::default(),
            soundness,
            stop,
            events,
        };
        if readers.is_empty() {
            run(&self.snapshot.metadata(), &work, bound);
        }
        std::thread::scope(|scope| {
            for reader in readers {
                let work = &work;
                scope.spawn(move || run(&reader, work, bound));
            }
        });
        let failure = work.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failure {
            return Err(error);
        }
        let mut parts = work.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<((usize, usize), Ids)> = parts.iter_mut().flat_map(ids_of).collect();
        let counted = assemble(&work.tables, parts);
        let whole = work.wanted.whole(ids, &counted);
        Ok((counted, whole))
    }
}

/// Returns one task a table. Rowids tell roughly how many rows there are without reading them;
/// tables that cannot be divided go first.
fn largest_first(connection: &Connection, schema: &source::Schema) -> Result<Vec<Task>> {
    let mut tasks = Vec::with_capacity(schema.tables.len());
    for (index, table) in schema.tables.iter().enumerate() {
        let key = TableKey::of(table);
        let Some(rowid) = key.rowid() else {
            tasks.push((i128::MAX, Task { table: index, range: KeyRange::ALL }));
            continue;
        };
        let name = quote(&table.name);
        let sql = format!(
            "select (select min(s.{rowid}) from {name} as s not indexed),
                    (select max(s.{rowid}) from {name} as s not indexed)"
        );
        let ends = connection
            .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(|error| fault::fault(&format!("read table {}", table.name), error))?;
        let (Some(first), Some(last)): (Option<i64>, Option<i64>) = ends else {
            // An empty table still gets a census.
            tasks.push((0, Task { table: index, range: KeyRange::ALL }));
            continue;
        };
        let range = KeyRange { after: None, up_to: Some(last) };
        tasks.push((i128::from(last) - i128::from(first), Task { table: index, range }));
    }
    tasks.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    Ok(tasks.into_iter().map(|(_, task)| task).collect())
}

/// One worker's loop.
fn run(connection: &Connection, work: &Work<'_>, bound: u64) {
    let limit = i32::try_from(bound).unwrap_or(i32::MAX);
    let settled = connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, limit);
    if let Err(error) = settled {
        fail(work, fault::fault("bound the length of cells", error));
        return;
    }
    let _others = EndsTheOthers(&work.queue);
    while let Some(task) = work.queue.next() {
        let Some(scan) = work.tables.get(task.table) else { break };
        let result = scan.run(connection, task, work);
        let is_last = work.queue.finish(task.table);
        match result {
            Ok(part) => {
                work.parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
                if is_last {
                    work.events.send(Event::TableDone {
                        phase: Phase::Census,
                        table: scan.table.name.clone(),
                    });
                }
            }
            Err(error) => fail(work, error),
        }
    }
    // The reader goes back to the pool and must be as it was.
    if let Err(error) = connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::MAX) {
        fail(work, fault::fault("lift the bound on cells", error));
    }
}

/// Ends everybody's work when a worker panics: its task would never be finished, and the others wait for it.
struct EndsTheOthers<'a>(&'a Queue);

impl Drop for EndsTheOthers<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

/// Keeps the first failure and ends everybody's work.
fn fail(work: &Work<'_>, error: Error) {
    work.queue.close();
    let mut failure = work.failure.lock().unwrap_or_else(PoisonError::into_inner);
    failure.get_or_insert(error);
}

impl Work<'_> {
    /// Returns an error when somebody asked to stop.
    fn check_stop(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Stopped, "the census was stopped"));
        }
        Ok(())
    }
}

/// Takes a part's ids out of it, each with its table's and its column's position.
fn ids_of(part: &mut Part) -> impl Iterator<Item = ((usize, usize), Ids)> + use<> {
    let table = part.table;
    let ids = std::mem::take(&mut part.ids).into_iter().enumerate();
    ids.filter_map(move |(column, ids)| Some(((table, column), ids?)))
}

/// Adds up the parts of each table, in the order of their ranges.
fn assemble(tables: &[Scan<'_>], mut parts: Vec<Part>) -> Vec<TableCensus> {
    parts.sort_by_key(|part| (part.table, part.after));
    let mut found: Vec<TableCensus> = tables
        .iter()
        .map(|scan| TableCensus {
            table: scan.table.name.clone(),
            columns: vec![ColumnCensus::default(); scan.table.columns.len()],
            unreadable: scan.unreadable.clone(),
            ..TableCensus::default()
        })
        .collect();
    let mut marks = vec![Vec::new(); tables.len()];
    for part in parts {
        let Some(census) = found.get_mut(part.table) else { continue };
        census.rows += part.rows;
        census.bytes += part.bytes;
        census.largest_row = std::cmp::max(census.largest_row, part.largest_row);
        census.measured_only |= part.measured_only;
        for (whole, column) in census.columns.iter_mut().zip(&part.columns) {
            whole.merge(column);
        }
        if let Some(marks) = marks.get_mut(part.table) {
            marks.extend(part.marks);
        }
        census.first_rowid = census.first_rowid.or(part.first);
        census.last_rowid = part.last.or(census.last_rowid);
    }
    for (census, marks) in found.iter_mut().zip(marks) {
        census.splits = splits(marks);
        census.largest_cell = census.columns.iter().map(|column| column.longest).max().unwrap_or(0);
        // After the last row nothing is left for another range.
        if census.splits.last().is_some_and(|split| Some(*split) == census.last_rowid) {
            census.splits.pop();
        }
    }
    found
}

/// Returns a rowid after every [`SPLIT_BYTES`] or somewhat more.
fn splits(marks: Vec<(i64, u64)>) -> Vec<i64> {
    let mut since = 0;
    let mut splits = Vec::new();
    for (rowid, bytes) in marks {
        since += bytes;
        if since >= SPLIT_BYTES {
            since = 0;
            splits.push(rowid);
        }
    }
    splits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_parts_do_not_lengthen_ranges() {
        let part = |start: i64| [(start, SPLIT_BYTES / 2), (start + 1, SPLIT_BYTES / 2 - 1)];
        let marks: Vec<(i64, u64)> = (0..4).flat_map(|index| part(index * 10)).collect();
        assert_eq!(splits(marks), [10, 21]);
    }
}
