//! What was counted in one range of a table.

use super::MARK_BYTES;
use super::ids::{IdMemory, Ids};
use super::queue::Task;
use sealift_core::convert::{Interest, record, record_blob};
use sealift_core::mapping::ColumnCensus;
use sealift_core::sqlite::ValueRef;

/// After so many rows or bytes a scan looks up: for a stop, for idle workers, to report.
const ROWS_BETWEEN_LOOKS: u64 = 2048;
const BYTES_BETWEEN_LOOKS: u64 = 4 << 20;

/// What was counted in one range.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) table: usize,
    pub(super) after: Option<i64>,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) columns: Vec<ColumnCensus>,
    /// The ids of the columns of which they are wanted.
    pub(super) ids: Vec<Option<Ids>>,
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

impl Part {
    /// Returns a part that begins where a task does; nothing is counted yet.
    pub(super) fn of(task: Task, columns: usize, with_ids: impl Iterator<Item = usize>) -> Self {
        let mut ids = vec![None; columns];
        for column in with_ids {
            if let Some(slot) = ids.get_mut(column) {
                *slot = Some(Ids::default());
            }
        }
        Self {
            table: task.table,
            after: task.range.after,
            columns: vec![ColumnCensus::default(); columns],
            ids,
            ..Self::default()
        }
    }

    /// Forgets what was counted, but not what was told of it.
    pub(super) fn begin_anew(&mut self, task: Task) {
        let ids = self.ids.iter().enumerate();
        let with_ids = ids.filter(|(_, ids)| ids.is_some()).map(|(column, _)| column);
        let anew = Self::of(task, self.columns.len(), with_ids);
        *self = Self { reported: self.reported, ..anew };
    }

    /// Counts a cell; returns its bytes.
    #[inline]
    pub(super) fn record(
        &mut self,
        column: usize,
        value: ValueRef<'_>,
        interest: Interest,
        memory: &IdMemory,
    ) -> u64 {
        if let Some(census) = self.columns.get_mut(column) {
            record(census, value, interest);
        }
        if let Some(Some(ids)) = self.ids.get_mut(column) {
            ids.take(value, memory);
        }
        match value {
            ValueRef::Null => 0,
            ValueRef::Integer(_) | ValueRef::Real(_) => 8,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                u64::try_from(bytes.len()).unwrap_or(u64::MAX)
            }
        }
    }

    /// Counts a blob of which only the length is known; returns it.
    pub(super) fn record_blob(&mut self, column: usize, length: usize, memory: &IdMemory) -> u64 {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        if let Some(census) = self.columns.get_mut(column) {
            record_blob(census, length);
        }
        if let Some(Some(ids)) = self.ids.get_mut(column) {
            ids.take(ValueRef::Blob(&[]), memory);
        }
        length
    }

    /// Returns how many rows were counted since this was asked last.
    pub(super) fn unreported(&mut self) -> u64 {
        let rows = self.rows.saturating_sub(self.reported);
        self.reported += rows;
        rows
    }

    pub(super) fn end_row(&mut self, rowid: Option<i64>, bytes: u64) {
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
    pub(super) fn mark(&mut self, rowid: i64) {
        self.marks.push((rowid, std::mem::take(&mut self.since_mark)));
    }

    pub(super) fn is_time_to_look(&mut self) -> bool {
        let (rows, bytes) = self.looked;
        let is_time =
            self.rows - rows >= ROWS_BETWEEN_LOOKS || self.bytes - bytes >= BYTES_BETWEEN_LOOKS;
        if is_time {
            self.looked = (self.rows, self.bytes);
        }
        is_time
    }
}
