//! Rows as 128-bit hashes, for tables that have no order to walk both sides by.

use sha2::{Digest, Sha256};

/// Returns the first 128 bits of the SHA-256 of a row's canonical bytes: with 2⁴⁰ rows two
/// different ones hash alike with a probability of 2⁻⁴⁹.
#[must_use]
pub fn row_hash(bytes: &[u8]) -> u128 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let (half, _) = digest.split_at(16);
    half.iter().fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

/// How many rows there are and the sum of their hashes, which no order changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowSum {
    /// Rows.
    pub rows: u64,
    /// The sum of their hashes, modulo 2¹²⁸.
    pub sum: u128,
}

impl RowSum {
    /// Takes in a row. A sum and not an exclusive or, in which two equal rows would cancel out.
    pub fn add(&mut self, hash: u128) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[u8]]) -> RowSum {
        let mut sum = RowSum::default();
        rows.iter().for_each(|row| sum.add(row_hash(row)));
        sum
    }

    #[test]
    fn order_does_not_matter_but_how_often_a_row_comes_does() {
        assert_eq!(sum(&[b"a", b"b", b"b"]), sum(&[b"b", b"a", b"b"]));
        assert_ne!(sum(&[b"a", b"b", b"b"]), sum(&[b"a", b"a", b"b"]));
        assert_ne!(sum(&[b"a", b"b", b"b"]), sum(&[b"a"]));
    }
}
