//! Cells: as the core sees them, and the large ones in pieces.

use super::fault;
use super::key::{TableKey, quote};
use super::utf16::Utf16;
use crate::error::Result;
use rusqlite::Connection;
use rusqlite::types;
use sealift_core::sqlite::ValueRef;

/// Bytes of one piece of a large cell.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// Returns a cell as the core sees it.
pub(super) fn borrowed(value: types::ValueRef<'_>) -> ValueRef<'_> {
    match value {
        types::ValueRef::Null => ValueRef::Null,
        types::ValueRef::Integer(value) => ValueRef::Integer(value),
        types::ValueRef::Real(value) => ValueRef::Real(value),
        types::ValueRef::Text(bytes) => ValueRef::Text(bytes),
        types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

/// Hands the bytes of one cell to `take` in pieces, through incremental I/O, so that the cell is
/// never in memory as a whole.
///
/// Returns false, before the first piece, where SQLite cannot: tables without rowid and with
/// generated columns (`sqlite.org/c3ref/blob_open.html`).
fn in_pieces(
    connection: &Connection,
    table: &str,
    column: &str,
    rowid: i64,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<bool> {
    let Ok(blob) = connection.blob_open("main", table, column, rowid, true) else {
        return Ok(false);
    };
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = 0;
    while at < blob.len() {
        let length = blob.read_at(&mut piece, at).map_err(|error| {
            fault::fault(&format!("read a large cell of {table}.{column}"), error)
        })?;
        let Some(filled) = piece.get(..length).filter(|filled| !filled.is_empty()) else {
            break;
        };
        take(filled)?;
        at += length;
    }
    Ok(true)
}

/// Returns the bytes of a text or blob.
pub(super) fn size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

/// Where a large cell is, and how texts are stored there.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) connection: &'a Connection,
    pub(super) table: &'a str,
    pub(super) column: &'a str,
    pub(super) rowid: i64,
    /// The order of UTF-16's bytes; `None` where texts are UTF-8.
    pub(super) utf16: Option<Utf16>,
}

impl Place<'_> {
    /// Hands a text's UTF-8 to `take` in pieces; false where SQLite gives none, or where the text is
    /// UTF-16 that stands for no characters, of which SQLite alone knows what to make.
    pub(super) fn text_in_pieces(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        let Some(order) = self.utf16 else {
            return self.in_pieces(take);
        };
        let mut reading = order.reading();
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 2);
        let done = self.in_pieces(|bytes| {
            piece.clear();
            reading.feed(bytes, &mut piece);
            if reading.is_invalid() { Ok(()) } else { take(&piece) }
        })?;
        Ok(done && reading.finish())
    }

    /// Returns how many bytes of UTF-8 a text has, without holding it; `None` as for
    /// [`Self::text_in_pieces`].
    pub(super) fn utf8_length(&self) -> Result<Option<usize>> {
        let mut length = 0;
        let done = self.text_in_pieces(|piece| {
            length += piece.len();
            Ok(())
        })?;
        Ok(done.then_some(length))
    }

    /// Hands the cell's bytes, as they are stored, to `take` in pieces; see [`in_pieces`].
    pub(super) fn in_pieces(&self, take: impl FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        in_pieces(self.connection, self.table, self.column, self.rowid, take)
    }
}

/// Hands one cell to `take` as a whole. Needs as much memory as the cell is long.
pub(super) fn whole<T>(
    connection: &Connection,
    key: &TableKey,
    column: &str,
    rowid: i64,
    take: impl FnOnce(ValueRef<'_>) -> T,
) -> rusqlite::Result<T> {
    let sql = format!(
        "select s.{} from {} as s not indexed where s.{} = ?1",
        quote(column),
        quote(key.table()),
        key.rowid().unwrap_or("rowid")
    );
    connection.query_row(&sql, [rowid], |row| Ok(take(borrowed(row.get_ref(0)?))))
}

/// What is known of a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct TextCheck {
    /// The beginning of a character whose end is in the next piece.
    carry: Vec<u8>,
    /// Characters so far.
    pub(super) chars: u64,
    /// Whether a NUL byte was met.
    pub(super) has_nul: bool,
    /// Whether bytes were met that are not UTF-8.
    pub(super) is_invalid: bool,
}

impl TextCheck {
    /// Takes in the next piece.
    pub(super) fn feed(&mut self, piece: &[u8]) {
        self.has_nul |= piece.contains(&0);
        if self.is_invalid {
            return;
        }
        self.carry.extend_from_slice(piece);
        let valid = match std::str::from_utf8(&self.carry) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => {
                self.is_invalid = true;
                self.carry.clear();
                return;
            }
        };
        // Every byte that is no continuation byte begins a character.
        let begins = self.carry.iter().take(valid).filter(|byte| **byte & 0xC0 != 0x80).count();
        self.chars += u64::try_from(begins).unwrap_or(u64::MAX);
        self.carry.drain(..valid);
    }

    /// Takes note that the text is over.
    pub(super) fn finish(&mut self) {
        self.is_invalid |= !self.carry.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_across_two_pieces_is_one_character() {
        let bytes = "aé€😀".as_bytes();
        for cut in 0..=bytes.len() {
            let mut check = TextCheck::default();
            check.feed(&bytes[..cut]);
            check.feed(&bytes[cut..]);
            check.finish();
            assert_eq!((check.chars, check.is_invalid, check.has_nul), (4, false, false));
        }
    }

    #[test]
    fn a_text_that_ends_within_a_character_is_invalid() {
        let mut check = TextCheck::default();
        check.feed(&[b'a', 0, 0xC3]);
        check.finish();
        assert!(check.is_invalid && check.has_nul);
    }
}
