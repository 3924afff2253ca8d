//! UTF-16 as SQLite stores it → UTF-8, piece by piece.

use rusqlite::Connection;

/// The order of the two bytes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Utf16 {
    Little,
    Big,
}

/// A text on its way. Pieces may end within a unit, and between the halves of a pair.
#[derive(Debug)]
pub(super) struct Utf16Reading {
    order: Utf16,
    /// The first byte of a unit whose second is in the next piece.
    half: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
    is_invalid: bool,
}

impl Utf16 {
    /// Returns how a database stores its texts; `None` where they are UTF-8.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let name: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        Ok(match name.as_str() {
            "UTF-16le" => Some(Self::Little),
            "UTF-16be" => Some(Self::Big),
            _ => None,
        })
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Returns a reading that has seen nothing.
    pub(super) fn reading(self) -> Utf16Reading {
        Utf16Reading { order: self, half: None, high: None, is_invalid: false }
    }
}

impl Utf16Reading {
    /// Appends the UTF-8 of the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], output: &mut Vec<u8>) {
        if self.is_invalid {
            return;
        }
        let mut units: Vec<u16> = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.high.take());
        let mut rest = bytes;
        if let (Some(first), Some((second, tail))) = (self.half, bytes.split_first()) {
            self.half = None;
            units.push(self.order.unit([first, *second]));
            rest = tail;
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        units.extend(pairs.iter().map(|pair| self.order.unit(*pair)));
        self.half = odd.first().copied().or(self.half);
        if let Some(0xD800..=0xDBFF) = units.last() {
            self.high = units.pop();
        }
        match String::from_utf16(&units) {
            Ok(text) => output.extend_from_slice(text.as_bytes()),
            Err(_) => self.is_invalid = true,
        }
    }

    /// Returns whether a unit was met that stands for no character.
    pub(super) fn is_invalid(&self) -> bool {
        self.is_invalid
    }

    /// Returns whether the text was whole.
    pub(super) fn finish(&self) -> bool {
        !self.is_invalid && self.half.is_none() && self.high.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(order: Utf16, units: &[u16], cut: usize) -> (Vec<u8>, bool) {
        let bytes: Vec<u8> = units
            .iter()
            .flat_map(|unit| match order {
                Utf16::Little => unit.to_le_bytes(),
                Utf16::Big => unit.to_be_bytes(),
            })
            .collect();
        let (mut reading, mut output) = (order.reading(), Vec::new());
        for piece in bytes.chunks(cut) {
            reading.feed(piece, &mut output);
        }
        (output, reading.finish())
    }

    #[test]
    fn a_text_is_the_same_however_it_is_cut() {
        let text = "aé€😀z";
        let units: Vec<u16> = text.encode_utf16().collect();
        for order in [Utf16::Little, Utf16::Big] {
            for cut in 1..13 {
                assert_eq!(read(order, &units, cut), (text.as_bytes().to_vec(), true));
            }
        }
    }

    #[test]
    fn half_a_pair_is_no_text() {
        for units in [&[0xD800_u16, 0x41][..], &[0xDC00], &[0x41, 0xD83D]] {
            assert!(!read(Utf16::Little, units, 3).1);
        }
    }
}
