//! A cell that is too long to be loaded with its row.

use super::super::cell::{self, Place, TextCheck};
use super::Stop;
use super::output::Output;
use super::query::{ReadingRow, read_failed};
use crate::error::Result;
use sealift_core::convert::{ColumnCodec, MAX_FIELD_BYTES, Misfit};
use sealift_core::mapping::PgType;
use sealift_core::verify::StreamingTextHash;

impl ReadingRow<'_> {
    /// Sends a cell of `length` bytes as it is stored; returns its hash.
    pub(super) fn large_cell(
        &self,
        index: usize,
        codec: &ColumnCodec,
        length: usize,
        output: &mut Output<'_>,
    ) -> Result<u64, Stop> {
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
                    return Err(Misfit::TooLarge.into());
                }
                if let Some(hash) = self.encode_pieces(index, place, (check, length), output)? {
                    return Ok(hash);
                }
            }
        }
        cell::whole(self.connection, &self.job.key, column, rowid, |value| {
            output.cell(codec, value)
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
    ) -> Result<Option<u64>, Stop> {
        let mut pieces = Pieces { check, text: TextCheck::default(), hash: None, begun: false };
        if output.hashes_rows() {
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
            Some(why) => Err(why.into()),
            None => Ok(Some(pieces.hash.map_or(0, StreamingTextHash::finish))),
        }
    }

    fn stored_as_text(&self, index: usize) -> Result<bool> {
        let at = self.plan.large.get(index).copied().flatten();
        let Some(at) = at else { return Ok(true) };
        let class: String = self.row.get(at + 1).map_err(read_failed)?;
        Ok(class == "text")
    }
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
