//! [`Lot`]: numbers by lot, the same from the same seed on every machine.

/// A series of numbers: SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
///
/// Not for secrets. What is drawn has to be the same for each database and in each version of Sealift, which no
/// library promises of its generators.
#[derive(Debug, Clone)]
pub struct Lot(u64);

impl Lot {
    /// Returns the series of one user in one step.
    #[must_use]
    pub fn of(seed: u64, step: u64, user: u64) -> Self {
        let mut lot = Self(seed);
        for part in [step, user] {
            lot.0 = lot.draw() ^ part;
        }
        lot
    }

    /// Returns the next number, of all 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a position below `length`, 0 when that is 0. That the first ones come a little more often cannot
    /// be noticed below a billion.
    pub fn below(&mut self, length: usize) -> usize {
        let bound = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.draw().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    /// Returns one of them, none where there is none.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_is_that_of_the_paper() {
        let mut lot = Lot(1_234_567);
        let drawn = [lot.draw(), lot.draw(), lot.draw()];
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn users_and_steps_have_series_of_their_own() {
        let first = |step, user| Lot::of(7, step, user).draw();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(2, 1));
        assert_ne!(first(1, 1), first(1, 2));
    }

    #[test]
    fn positions_are_below_the_length_and_reach_all() {
        let mut lot = Lot::of(1, 1, 1);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[lot.below(5)] = true;
        }
        assert_eq!((seen, lot.below(0)), ([true; 5], 0));
        assert_eq!(lot.one_of::<u8>(&[]), None);
    }
}
