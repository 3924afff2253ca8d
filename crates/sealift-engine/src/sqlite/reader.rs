//! Rows of one range → chunks of a binary `COPY`.
//!
//! No cell is owned on the way: SQLite's bytes are encoded straight into the chunk. Cells over
//! [`large_over`] are read in pieces where their bytes travel as they are.

use super::apart::Filter;
use super::cell::{self, Place, TextCheck};
use super::fault;
use super::key::{TableKey, quote};
use super::utf16::Utf16;
use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use rusqlite::{Connection, Row};
use sealift_core::convert::{ColumnCodec, MAX_FIELD_BYTES, Misfit};
use sealift_core::copyfmt;
use sealift_core::mapping::PgType;
use sealift_core::verify::{RangeDigest, RowHash, StreamingTextHash};
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
    /// Whether the rows' digest is wanted.
    pub hash: bool,
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
    /// The rows' digest; empty unless wanted.
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
    let fields = u16::try_from(job.columns.len())
        .map_err(|_| doing(Error::new(ErrorKind::Usage, "the table has too many columns")))?;
    let plan =
        Layout::of(connection, job).map_err(|error| doing(fault::fault("prepare", error)))?;
    let mut output = Output {
        buffer: Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4),
        rows: 0,
        summary: RangeSummary::default(),
        sink,
    };
    output.buffer.extend_from_slice(&copyfmt::HEADER);
    let mut run = || -> Result<()> {
        let failed = |error| fault::fault("read rows", error);
        let mut statement = connection.prepare_cached(&plan.sql).map_err(failed)?;
        let bounds = [job.range.after, job.range.up_to].into_iter().flatten();
        let mut rows = statement.query(rusqlite::params_from_iter(bounds)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            copyfmt::begin_row(fields, &mut output.buffer);
            let reading = ReadingRow { connection, job, plan: &plan, row };
            reading.encode(&mut output)?;
            output.end_row()?;
        }
        output.buffer.extend_from_slice(&copyfmt::TRAILER);
        output.flush()
    };
    run().map_err(doing)?;
    Ok(output.summary)
}

/// Where the stream goes.
struct Output<'a> {
    buffer: Vec<u8>,
    /// Rows that end in the buffer.
    rows: u64,
    summary: RangeSummary,
    sink: &'a mut dyn FnMut(Chunk) -> ControlFlow<()>,
}

impl Output<'_> {
    fn end_row(&mut self) -> Result<()> {
        self.rows += 1;
        self.flush_if_full()
    }

    fn flush_if_full(&mut self) -> Result<()> {
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let next = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4);
        let bytes = Bytes::from(std::mem::replace(&mut self.buffer, next));
        let rows = std::mem::take(&mut self.rows);
        self.summary.rows += rows;
        self.summary.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match (self.sink)(Chunk { bytes, rows }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(ErrorKind::Stopped, "stopped")),
        }
    }
}

/// The statement and where its result columns are.
struct Layout {
    sql: String,
    /// For each column that may be read in pieces: where the length of a large cell stands.
    large: Vec<Option<usize>>,
    /// Where the rowid, or else the primary key, stands.
    key: usize,
    /// How texts are stored, unless as they are handed out.
    utf16: Option<Utf16>,
}

impl Layout {
    fn of(connection: &Connection, job: &ReadJob) -> rusqlite::Result<Self> {
        let mut selected = Vec::with_capacity(job.columns.len() + 1);
        let mut lengths = Vec::new();
        let mut large = Vec::with_capacity(job.columns.len());
        let large_over = large_over(job.columns.len());
        for (column, codec) in job.columns.iter().zip(&job.codecs) {
            // With the table's alias before it, a name cannot turn into a text literal.
            let name = format!("s.{}", quote(column));
            let nulled = job.apart.as_ref().and_then(|apart| apart.is_nulled("s.", column));
            let present = nulled.as_ref().map_or(String::new(), |it| format!("not {it} and "));
            if job.large_cells && job.key.rowid().is_some() && codec.is_verbatim() {
                // `octet_length` of a column reads the row's header only.
                let over = format!("octet_length({name}) > {large_over}");
                let cell = nulled.map_or(over.clone(), |nulled| format!("{nulled} or {over}"));
                selected.push(format!("iif({cell}, null, {name})"));
                large.push(Some(job.columns.len() + lengths.len()));
                lengths.push(format!("iif({present}{over}, octet_length({name}), null)"));
                lengths.push(format!("typeof({name})"));
            } else {
                selected.push(nulled.map_or(name.clone(), |it| format!("iif({it}, null, {name})")));
                large.push(None);
            }
        }
        selected.append(&mut lengths);
        let key = selected.len();
        let table = quote(job.key.table());
        let stays = job.apart.as_ref().and_then(|apart| apart.stays("s."));
        let mut sql;
        if let Some(rowid) = job.key.rowid() {
            selected.push(format!("s.{rowid}"));
            sql = format!("select {} from {table} as s not indexed", selected.join(", "));
            let bounds: Vec<String> = [
                job.range.after.map(|_| format!("s.{rowid} > ?")),
                job.range.up_to.map(|_| format!("s.{rowid} <= ?")),
            ]
            .into_iter()
            .flatten()
            .chain(stays)
            .collect();
            if !bounds.is_empty() {
                sql.push_str(&format!(" where {}", bounds.join(" and ")));
            }
            sql.push_str(&format!(" order by s.{rowid}"));
        } else {
            selected.push(job.key.selected("s."));
            sql = format!("select {} from {table} as s not indexed", selected.join(", "));
            if let Some(stays) = stays {
                sql.push_str(&format!(" where {stays}"));
            }
        }
        Ok(Self { sql, large, key, utf16: Utf16::of(connection)? })
    }
}

/// One row on its way.
struct ReadingRow<'a> {
    connection: &'a Connection,
    job: &'a ReadJob,
    plan: &'a Layout,
    row: &'a Row<'a>,
}

impl ReadingRow<'_> {
    fn encode(&self, output: &mut Output<'_>) -> Result<()> {
        let mut hash = RowHash::new();
        let columns = self.job.codecs.iter().zip(&self.plan.large);
        for (index, (codec, large)) in columns.enumerate() {
            let column_hash = match self.large_length(*large)? {
                Some(length) => self.encode_large(index, codec, length, output)?,
                None => {
                    let value = self.row.get_ref(index).map_err(read_failed)?;
                    self.encode_cell(index, codec, cell::borrowed(value), output)?
                }
            };
            hash.push(column_hash);
        }
        if self.job.hash {
            output.summary.digest.add(hash.finish());
        }
        Ok(())
    }

    fn large_length(&self, at: Option<usize>) -> Result<Option<usize>> {
        let Some(at) = at else { return Ok(None) };
        let length: Option<i64> = self.row.get(at).map_err(read_failed)?;
        Ok(length.and_then(|length| usize::try_from(length).ok()))
    }

    /// Encodes a cell that is in memory; returns its hash, or 0 where none is wanted.
    fn encode_cell(
        &self,
        index: usize,
        codec: &ColumnCodec,
        value: sealift_core::sqlite::ValueRef<'_>,
        output: &mut Output<'_>,
    ) -> Result<u64> {
        if cell::size(value) > CHUNK_BYTES
            && let Some(bytes) = codec.verbatim(value).map_err(|why| self.misfit(index, why))?
        {
            return self.send_slices(index, codec, bytes, output);
        }
        let start = output.buffer.len();
        if let Err(why) = codec.encode(value, &mut output.buffer) {
            return Err(self.misfit(index, why));
        }
        let field = output.buffer.get(start..).and_then(|field| field.split_first_chunk::<4>());
        let payload = field.filter(|(length, _)| **length != [0xFF; 4]).map(|(_, payload)| payload);
        let hash = if self.job.hash { codec.hash(payload) } else { 0 };
        output.flush_if_full()?;
        Ok(hash)
    }

    /// Sends a checked cell that lies in memory as a whole, without a second copy of the whole.
    fn send_slices(
        &self,
        index: usize,
        codec: &ColumnCodec,
        bytes: &[u8],
        output: &mut Output<'_>,
    ) -> Result<u64> {
        let length =
            i32::try_from(bytes.len()).map_err(|_| self.misfit(index, Misfit::TooLarge))?;
        output.buffer.extend_from_slice(&length.to_be_bytes());
        for slice in bytes.chunks(CHUNK_BYTES) {
            output.buffer.extend_from_slice(slice);
            output.flush_if_full()?;
        }
        Ok(if self.job.hash { codec.hash(Some(bytes)) } else { 0 })
    }

    fn encode_large(
        &self,
        index: usize,
        codec: &ColumnCodec,
        length: usize,
        output: &mut Output<'_>,
    ) -> Result<u64> {
        let rowid: i64 = self.row.get(self.plan.key).map_err(read_failed)?;
        let column = self.job.columns.get(index).map_or("", String::as_str);
        let is_text = self.stored_as_text(index)?;
        let place = Place {
            connection: self.connection,
            table: self.job.key.table(),
            column,
            rowid,
            utf16: self.plan.utf16.filter(|_| is_text),
        };
        if let Some(check) = Check::of(codec.data_type()) {
            // COPY wants the length first, which is that of the UTF-8.
            let length = match place.utf16 {
                None => Some(length),
                Some(_) => place.utf8_length()?,
            };
            if let Some(length) = length {
                if length > MAX_FIELD_BYTES {
                    return Err(self.misfit(index, Misfit::TooLarge));
                }
                if let Some(hash) = self.encode_pieces(index, place, (check, length), output)? {
                    return Ok(hash);
                }
            }
        }
        cell::whole(self.connection, &self.job.key, column, rowid, |value| {
            self.encode_cell(index, codec, value, output)
        })
        .map_err(read_failed)?
    }

    /// Sends a large cell in pieces; `None`, before the first, where SQLite gives none.
    fn encode_pieces(
        &self,
        index: usize,
        place: Place<'_>,
        (check, length): (Check, usize),
        output: &mut Output<'_>,
    ) -> Result<Option<u64>> {
        let mut pieces = Pieces { check, text: TextCheck::default(), hash: None, begun: false };
        if self.job.hash {
            pieces.hash = Some(StreamingTextHash::new(length));
        }
        let done = place.text_in_pieces(|it| {
            pieces.take(it, length, output).map_err(|stop| match stop {
                Stop::Misfit(why) => self.misfit(index, why),
                Stop::Failed(error) => error,
            })
        })?;
        if !done {
            return Ok(None);
        }
        pieces.text.finish();
        match pieces.misfit() {
            Some(why) => Err(self.misfit(index, why)),
            None => Ok(Some(pieces.hash.map_or(0, StreamingTextHash::finish))),
        }
    }

    fn stored_as_text(&self, index: usize) -> Result<bool> {
        let at = self.plan.large.get(index).copied().flatten();
        let Some(at) = at else { return Ok(true) };
        let class: String = self.row.get(at + 1).map_err(read_failed)?;
        Ok(class == "text")
    }

    fn misfit(&self, index: usize, why: Misfit) -> Error {
        let key = if self.job.key.rowid().is_some() {
            self.row
                .get(self.plan.key)
                .and_then(|rowid| self.job.key.name_by_rowid(self.connection, rowid))
                .ok()
        } else {
            self.job.key.name_in(self.row, self.plan.key)
        };
        let misfit = CellMisfit {
            table: self.job.key.table().to_owned(),
            column: self.job.columns.get(index).cloned().unwrap_or_default(),
            key: key.unwrap_or_else(|| "without a key".to_owned()),
            why,
        };
        Error::new(ErrorKind::Data, misfit.to_string())
            .hinted("run `sealift plan` again: the census chooses a type that holds every cell")
            .caused_by(misfit)
    }
}

fn read_failed(error: rusqlite::Error) -> Error {
    fault::fault("read a row", error)
}

/// What must hold for the bytes of a large cell.
#[derive(Clone, Copy)]
enum Check {
    Nothing,
    Text,
    /// At most so many characters.
    Limited(u64),
}

impl Check {
    /// Returns the check that can be made piece by piece; `None` where the whole is needed.
    fn of(data_type: PgType) -> Option<Self> {
        match data_type {
            PgType::Bytea => Some(Self::Nothing),
            PgType::Text => Some(Self::Text),
            PgType::Varchar(limit) => Some(Self::Limited(u64::from(limit))),
            PgType::Json
            | PgType::Boolean
            | PgType::SmallInt
            | PgType::Integer
            | PgType::BigInt
            | PgType::Double
            | PgType::Numeric(_)
            | PgType::Date
            | PgType::Time
            | PgType::Timestamp
            | PgType::TimestampTz
            | PgType::Jsonb
            | PgType::Uuid => None,
        }
    }
}

/// Why a large cell was not finished.
enum Stop {
    Misfit(Misfit),
    Failed(Error),
}

/// A large cell on its way.
struct Pieces {
    check: Check,
    text: TextCheck,
    hash: Option<StreamingTextHash>,
    begun: bool,
}

impl Pieces {
    fn take(&mut self, piece: &[u8], length: usize, output: &mut Output<'_>) -> Result<(), Stop> {
        if !self.begun {
            self.begun = true;
            let length = i32::try_from(length).map_err(|_| Stop::Misfit(Misfit::TooLarge))?;
            output.buffer.extend_from_slice(&length.to_be_bytes());
        }
        match self.check {
            Check::Nothing => {}
            Check::Text | Check::Limited(_) => self.text.feed(piece),
        }
        if let Some(why) = self.misfit() {
            return Err(Stop::Misfit(why));
        }
        if let Some(hash) = &mut self.hash {
            hash.update(piece);
        }
        output.buffer.extend_from_slice(piece);
        output.flush_if_full().map_err(Stop::Failed)
    }

    fn misfit(&self) -> Option<Misfit> {
        if self.text.is_invalid {
            return Some(Misfit::InvalidUtf8);
        }
        if self.text.has_nul {
            return Some(Misfit::Nul);
        }
        match self.check {
            Check::Limited(limit) if self.text.chars > limit => Some(Misfit::TooLong),
            Check::Limited(_) | Check::Nothing | Check::Text => None,
        }
    }
}
