//! PostgreSQL's 64-bit extended hashes with seed 0, computed here.
//!
//! Bytes are hashed with Bob Jenkins' lookup3 (public domain, `burtleburtle.net/bob/c/lookup3.c`):
//! three words start at a constant plus the length, take in twelve bytes at a time, and are mixed;
//! PostgreSQL begins with another constant, and shifts the third word of the last, shorter block by
//! one byte. Servers with the other byte order hash otherwise; the probe on connect finds out.

use crate::convert::{ColumnCodec, decimal};
use crate::mapping::PgType;

/// lookup3's golden ratio plus PostgreSQL's own initial value.
const START: u32 = 0x9E37_79B9_u32.wrapping_add(3_923_095);

/// The three words of lookup3.
#[derive(Debug, Clone, Copy)]
struct Words {
    a: u32,
    b: u32,
    c: u32,
}

impl Words {
    fn new(length: usize) -> Self {
        // The length counts modulo 2³², as it does in C.
        let length = u32::try_from(length & 0xFFFF_FFFF).unwrap_or(0);
        let start = START.wrapping_add(length);
        Self { a: start, b: start, c: start }
    }

    fn block(&mut self, block: &[u8; 12]) {
        let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3] = *block;
        self.a = self.a.wrapping_add(u32::from_le_bytes([a0, a1, a2, a3]));
        self.b = self.b.wrapping_add(u32::from_le_bytes([b0, b1, b2, b3]));
        self.c = self.c.wrapping_add(u32::from_le_bytes([c0, c1, c2, c3]));
        self.mix();
    }

    /// Takes in the last 0 to 11 bytes.
    fn tail(&mut self, tail: &[u8]) {
        let mut block = [0; 12];
        for (place, byte) in block.iter_mut().zip(tail) {
            *place = *byte;
        }
        let [a0, a1, a2, a3, b0, b1, b2, b3, c1, c2, c3, _] = block;
        self.a = self.a.wrapping_add(u32::from_le_bytes([a0, a1, a2, a3]));
        self.b = self.b.wrapping_add(u32::from_le_bytes([b0, b1, b2, b3]));
        self.c = self.c.wrapping_add(u32::from_le_bytes([0, c1, c2, c3]));
    }

    fn mix(&mut self) {
        let Self { mut a, mut b, mut c } = *self;
        a = a.wrapping_sub(c) ^ c.rotate_left(4);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(6);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(8);
        b = b.wrapping_add(a);
        a = a.wrapping_sub(c) ^ c.rotate_left(16);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(19);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(4);
        b = b.wrapping_add(a);
        *self = Self { a, b, c };
    }

    fn finish(self) -> u64 {
        let Self { mut a, mut b, mut c } = self;
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
        u64::from(b) << 32 | u64::from(c)
    }
}

/// Hashes bytes: `hashtextextended` under a deterministic collation, `bytea`, `uuid`.
pub(crate) fn bytes(bytes: &[u8]) -> u64 {
    let mut words = Words::new(bytes.len());
    let mut rest = bytes;
    while let Some((block, tail)) = rest.split_first_chunk::<12>() {
        words.block(block);
        rest = tail;
    }
    words.tail(rest);
    words.finish()
}

/// Hashes 32 bits: `integer`, `smallint`, `date`, `boolean`.
fn word(value: u32) -> u64 {
    let mut words = Words::new(4);
    words.a = words.a.wrapping_add(value);
    words.finish()
}

/// Hashes 64 bits: `bigint`, `time`, `timestamp`. The halves are folded so that a value within 32
/// bits hashes as the narrower type does.
fn long(value: i64) -> u64 {
    let [b7, b6, b5, b4, b3, b2, b1, b0] = value.to_be_bytes();
    let low = u32::from_be_bytes([b3, b2, b1, b0]);
    let high = u32::from_be_bytes([b7, b6, b5, b4]);
    word(low ^ if value >= 0 { high } else { !high })
}

/// Hashes a double: both zeros are 0 (the seed), every NaN is one.
fn double(value: f64) -> u64 {
    /// The NaN that PostgreSQL hashes instead of any other.
    const NAN: u64 = 0x7FF8_0000_0000_0000;
    if value == 0.0 {
        return 0;
    }
    let bits = if value.is_nan() { NAN } else { value.to_bits() };
    bytes(&bits.to_le_bytes())
}

/// The hash of a text or `bytea` that comes in pieces; its length is known beforehand.
#[derive(Debug, Clone)]
pub struct StreamingTextHash {
    words: Words,
    carry: [u8; 12],
    carried: usize,
}

impl StreamingTextHash {
    /// Returns the state before the first of `total_len` bytes.
    #[must_use]
    pub fn new(total_len: usize) -> Self {
        Self { words: Words::new(total_len), carry: [0; 12], carried: 0 }
    }

    /// Takes in the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        let mut rest = piece;
        if self.carried > 0 {
            let (head, tail) =
                rest.split_at_checked(self.carry.len() - self.carried).unwrap_or((rest, b""));
            self.keep(head);
            rest = tail;
            if self.carried < self.carry.len() {
                return;
            }
            self.words.block(&self.carry);
            self.carried = 0;
        }
        while let Some((block, tail)) = rest.split_first_chunk::<12>() {
            self.words.block(block);
            rest = tail;
        }
        self.keep(rest);
    }

    /// Returns the hash.
    #[must_use]
    pub fn finish(mut self) -> u64 {
        self.words.tail(self.carry.get(..self.carried).unwrap_or_default());
        self.words.finish()
    }

    /// Keeps bytes that do not make a block yet.
    fn keep(&mut self, bytes: &[u8]) {
        for (place, byte) in self.carry.iter_mut().skip(self.carried).zip(bytes) {
            *place = *byte;
        }
        self.carried += bytes.len();
    }
}

impl ColumnCodec {
    /// Returns the hash of one encoded value as the server computes it; 0 for NULL.
    ///
    /// `numeric` and `json` are hashed as their text, as [`super::digest_expression`] has the server
    /// do: the first because its own hash ignores trailing zeros that an application may show, the
    /// second because it has none. `jsonb` is hashed as its text too.
    ///
    /// A payload that is not of the column's type hashes as its bytes, which no server does, so that
    /// a mistake shows as a difference.
    #[must_use]
    pub fn hash(&self, payload: Option<&[u8]>) -> u64 {
        let Some(payload) = payload else { return 0 };
        let known = match self.data_type() {
            PgType::Boolean => payload.first().map(|byte| word(u32::from(*byte))),
            PgType::SmallInt => payload
                .try_into()
                .ok()
                .map(|bytes| word(i32::from(i16::from_be_bytes(bytes)).cast_unsigned())),
            PgType::Integer | PgType::Date => {
                payload.try_into().ok().map(|bytes| word(u32::from_be_bytes(bytes)))
            }
            PgType::BigInt | PgType::Time | PgType::Timestamp | PgType::TimestampTz => {
                payload.try_into().ok().map(|bytes| long(i64::from_be_bytes(bytes)))
            }
            PgType::Double => {
                payload.try_into().ok().map(|bytes| double(f64::from_be_bytes(bytes)))
            }
            PgType::Numeric(_) => {
                let mut text = Vec::with_capacity(48);
                decimal::numeric_text(payload, &mut text).map(|()| bytes(&text))
            }
            PgType::Jsonb => payload.get(1..).map(bytes),
            PgType::Text | PgType::Varchar(_) | PgType::Bytea | PgType::Json | PgType::Uuid => None,
        };
        known.unwrap_or_else(|| bytes(payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_hash_as_the_whole(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8),
        ) {
            let whole = pieces.concat();
            let mut state = StreamingTextHash::new(whole.len());
            for piece in &pieces {
                state.update(piece);
            }
            prop_assert_eq!(state.finish(), bytes(&whole));
        }
    }

    #[test]
    fn a_small_bigint_hashes_as_an_integer() {
        assert_eq!(long(5), word(5));
        assert_eq!(long(-5), word(u32::MAX - 4));
    }

    #[test]
    fn zero_has_one_hash_and_nan_has_one() {
        assert_eq!(double(-0.0), double(0.0));
        assert_eq!(double(-f64::NAN), double(f64::NAN));
    }
}
