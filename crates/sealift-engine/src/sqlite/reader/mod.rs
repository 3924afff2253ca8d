//! Rows of one range → chunks of a binary `COPY`.
//!
//! No cell is owned on the way: SQLite's bytes are encoded straight into the chunk. Rows come from the
//! file's pages where they can, else from a query. Cells over [`large_over`] are read in pieces where
//! their bytes travel as they are.

mod buffers;
mod large;
mod output;
mod pages;
mod query;

use self::output::Output;
use super::apart::Filter;
use super::fault;
use super::key::TableKey;
use super::stored::StoredTable;
use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use rusqlite::Connection;
use sealift_core::convert::{ColumnCodec, Misfit};
use sealift_core::verify::{Hashed, RangeDigest};
use std::fmt;
use std::ops::ControlFlow;

/// A chunk is handed on when it is at least this long. Measured: 256 KiB and 1 MiB are equally
/// fast, and smaller chunks keep the memory of many readers low.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;

/// Longer cells are read in pieces.
const LARGE_BYTES: u64 = 4 << 20;

/// What SQLite holds of one row besides: four cells just below [`LARGE_BYTES`], or many smaller ones.
const ROW_BYTES: u64 = 4 * LARGE_BYTES;

/// Below this, reading in pieces costs more than it saves.
const SMALLEST_LARGE: u64 = 64 << 10;

/// Returns the length over which cells of a row with so many columns are read in pieces, so that the
/// row's other cells stay within a few mebibytes together.
#[must_use]
pub fn large_over(columns: usize) -> u64 {
    let columns = std::cmp::max(u64::try_from(columns).unwrap_or(u64::MAX), 1);
    (ROW_BYTES / columns).clamp(SMALLEST_LARGE, LARGE_BYTES)
}

/// One range of one table.
#[derive(Debug, Clone)]
pub struct ReadJob {
    /// The table.
    pub key: TableKey,
    /// The columns that travel, in the order of the target.
    pub columns: Vec<String>,
    /// How each becomes a field; as many as `columns`.
    pub codecs: Vec<ColumnCodec>,
    /// Which rows. Must be [`KeyRange::ALL`] unless the table's rowid can be selected.
    pub range: KeyRange,
    /// What the digest is made of.
    pub hashed: Hashed,
    /// Whether the census met cells over [`large_over`] in the table.
    pub large_cells: bool,
    /// What of the table is kept apart.
    pub apart: Option<Filter>,
}

/// Rows by rowid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct KeyRange {
    /// Rows after this one.
    pub after: Option<i64>,
    /// Rows up to and including this one.
    pub up_to: Option<i64>,
}

impl KeyRange {
    /// All rows.
    pub const ALL: Self = Self { after: None, up_to: None };
}

/// A piece of the stream. The first of a range begins with the header, the last ends with the
/// trailer; the boundaries between mean nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes.
    pub bytes: Bytes,
    /// How many rows end in it.
    pub rows: u64,
}

/// What went through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RangeSummary {
    /// Rows.
    pub rows: u64,
    /// Bytes handed on.
    pub bytes: u64,
    /// Their number, and the sum of what was hashed.
    pub digest: RangeDigest,
}

/// A cell that does not fit its column. It is the cause of the error that [`read_range`] returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMisfit {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The row.
    pub key: String,
    /// Why.
    pub why: Misfit,
}

impl fmt::Display for CellMisfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} in row {}: {}", self.table, self.column, self.key, self.why)
    }
}

impl std::error::Error for CellMisfit {}

/// Reads the rows of a range in the order of their keys and hands them on as a binary `COPY`.
///
/// # Errors
/// When the file cannot be read; kind [`ErrorKind::Data`], caused by a [`CellMisfit`], when a cell
/// does not fit; kind [`ErrorKind::Stopped`] when `sink` breaks off.
pub fn read_range(
    connection: &Connection,
    job: &ReadJob,
    sink: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<RangeSummary> {
    let doing = |error: Error| error.context(format!("read table {}", job.key.table()));
    let mut output = Output::new(job, sink).map_err(doing)?;
    output.begin();
    let mut run = || -> Result<()> {
        let stored = StoredTable::of(connection, &job.key);
        let stored = stored.map_err(|error| fault::fault("read the schema", error))?;
        let rest = match stored.filter(|_| job.apart.is_none()) {
            Some(stored) => pages::read(connection, job, &stored, &mut output)?,
            None => Some(job.range),
        };
        if let Some(rest) = rest {
            query::read(connection, job, rest, &mut output)?;
        }
        output.end()
    };
    run().map_err(doing)?;
    Ok(output.summary)
}

impl ReadJob {
    /// Returns the failure of a cell that does not fit.
    fn misfit(&self, index: usize, key: Option<String>, why: Misfit) -> Error {
        let misfit = CellMisfit {
            table: self.key.table().to_owned(),
            column: self.columns.get(index).cloned().unwrap_or_default(),
            key: key.unwrap_or_else(|| "without a key".to_owned()),
            why,
        };
        Error::new(ErrorKind::Data, misfit.to_string())
            .hinted("run `sealift plan` again: the census chooses a type that holds every cell")
            .caused_by(misfit)
    }
}

/// Why a cell was not finished.
enum Stop {
    Misfit(Misfit),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Misfit> for Stop {
    fn from(why: Misfit) -> Self {
        Self::Misfit(why)
    }
}
