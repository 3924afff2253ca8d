//! Rows as they go out: encoded into chunks, and hashed.

use super::super::cell;
use super::buffers::Buffers;
use super::{CHUNK_BYTES, Chunk, RangeSummary, ReadJob, Stop};
use crate::error::{Error, ErrorKind, Result};
use sealift_core::convert::{ColumnCodec, Misfit};
use sealift_core::copyfmt;
use sealift_core::sqlite::ValueRef;
use sealift_core::verify::{Hashed, RowHash};
use std::hash::Hasher;
use std::ops::ControlFlow;
use twox_hash::XxHash3_64;

/// Where the stream goes.
pub(super) struct Output<'a> {
    pub(super) buffer: Vec<u8>,
    buffers: Buffers,
    /// Rows that end in the buffer.
    rows: u64,
    pub(super) summary: RangeSummary,
    /// How many fields a row has.
    fields: u16,
    hashed: Hashed,
    /// What went out so far.
    stream: XxHash3_64,
    sink: &'a mut dyn FnMut(Chunk) -> ControlFlow<()>,
}

impl<'a> Output<'a> {
    /// Returns an output that nothing went out to.
    ///
    /// # Errors
    /// When a row has more fields than `COPY` can count.
    pub(super) fn new(
        job: &ReadJob,
        sink: &'a mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<Self> {
        let fields = u16::try_from(job.columns.len())
            .map_err(|_| Error::new(ErrorKind::Usage, "the table has too many columns"))?;
        let buffers = Buffers::default();
        Ok(Self {
            buffer: buffers.take(),
            buffers,
            rows: 0,
            summary: RangeSummary::default(),
            fields,
            hashed: job.hashed,
            stream: XxHash3_64::new(),
            sink,
        })
    }

    pub(super) fn begin(&mut self) {
        self.buffer.extend_from_slice(&copyfmt::HEADER);
    }

    /// Returns whether each row's hash is wanted.
    pub(super) fn hashes_rows(&self) -> bool {
        self.hashed == Hashed::Rows
    }

    pub(super) fn end(&mut self) -> Result<()> {
        self.buffer.extend_from_slice(&copyfmt::TRAILER);
        self.flush()?;
        match self.hashed {
            Hashed::Stream => self.summary.digest.sum = i128::from(self.stream.finish()),
            Hashed::Nothing | Hashed::Rows => {}
        }
        Ok(())
    }

    pub(super) fn begin_row(&mut self) {
        copyfmt::begin_row(self.fields, &mut self.buffer);
    }

    pub(super) fn end_row(&mut self, hash: RowHash) -> Result<()> {
        match self.hashed {
            Hashed::Rows => self.summary.digest.add(hash.finish()),
            Hashed::Nothing | Hashed::Stream => self.summary.digest.rows += 1,
        }
        self.rows += 1;
        self.flush_if_full()
    }

    #[inline]
    pub(super) fn flush_if_full(&mut self) -> Result<()> {
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let next = self.buffers.take();
        let bytes = self.buffers.lend(std::mem::replace(&mut self.buffer, next));
        let rows = std::mem::take(&mut self.rows);
        if self.hashed == Hashed::Stream {
            self.stream.write(&bytes);
        }
        self.summary.rows += rows;
        self.summary.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match (self.sink)(Chunk { bytes, rows }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(ErrorKind::Stopped, "stopped")),
        }
    }

    /// Encodes a cell that is in memory; returns its hash, or 0 where none is wanted.
    pub(super) fn cell(&mut self, codec: &ColumnCodec, value: ValueRef<'_>) -> Result<u64, Stop> {
        if cell::size(value) > CHUNK_BYTES
            && let Some(bytes) = codec.verbatim(value)?
        {
            return self.slices(codec, bytes);
        }
        let start = self.buffer.len();
        codec.encode(value, &mut self.buffer)?;
        let hash = if self.hashes_rows() {
            let field = self.buffer.get(start..).and_then(|field| field.split_first_chunk::<4>());
            let payload =
                field.filter(|(length, _)| **length != [0xFF; 4]).map(|(_, payload)| payload);
            codec.hash(payload)
        } else {
            0
        };
        self.flush_if_full()?;
        Ok(hash)
    }

    /// Sends a checked cell that lies in memory as a whole, without a second copy of the whole.
    fn slices(&mut self, codec: &ColumnCodec, bytes: &[u8]) -> Result<u64, Stop> {
        let length = i32::try_from(bytes.len()).map_err(|_| Misfit::TooLarge)?;
        self.buffer.extend_from_slice(&length.to_be_bytes());
        for slice in bytes.chunks(CHUNK_BYTES) {
            self.buffer.extend_from_slice(slice);
            self.flush_if_full()?;
        }
        Ok(if self.hashes_rows() { codec.hash(Some(bytes)) } else { 0 })
    }
}
