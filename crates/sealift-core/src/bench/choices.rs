//! [`Choices`]: which operation a user does next.

use super::{Kind, Load, Lot};

/// Of so many operations of the mix one is a write.
const MIX: usize = 5;

/// The operations there are, by their kinds.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    reads: Vec<Vec<usize>>,
    writes: Vec<Vec<usize>>,
}

impl Choices {
    /// Returns the choices among operations of these kinds, which are named by their positions.
    #[must_use]
    pub fn of(kinds: &[Kind]) -> Self {
        let mut choices = Self::default();
        for kind in Kind::ALL {
            let positions = kinds.iter().enumerate().filter(|(_, it)| **it == kind);
            let positions: Vec<usize> = positions.map(|(position, _)| position).collect();
            let group = if kind.writes() { &mut choices.writes } else { &mut choices.reads };
            if !positions.is_empty() {
                group.push(positions);
            }
        }
        choices
    }

    /// Returns whether a load can be made of them.
    #[must_use]
    pub fn offer(&self, load: Load) -> bool {
        match load {
            Load::Reads => !self.reads.is_empty(),
            Load::Writes => !self.writes.is_empty(),
            Load::Mix => !self.reads.is_empty() && !self.writes.is_empty(),
        }
    }

    /// Returns the position of the next operation: first a kind by lot, then a table, so that a schema with many
    /// foreign keys is not all reading of children. `None` where the load cannot be made.
    pub fn draw(&self, load: Load, lot: &mut Lot) -> Option<usize> {
        let writes = match load {
            Load::Reads => false,
            Load::Writes => true,
            Load::Mix => lot.below(MIX) == 0,
        };
        let kinds = if writes { &self.writes } else { &self.reads };
        let positions = lot.one_of(kinds)?;
        lot.one_of(positions).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 5] =
        [Kind::ReadByKey, Kind::ReadChildren, Kind::ReadChildren, Kind::Insert, Kind::Update];

    fn counts(load: Load) -> [usize; 5] {
        let (choices, mut lot) = (Choices::of(&KINDS), Lot::of(1, 0, 0));
        let mut counts = [0; 5];
        for _ in 0..10_000 {
            counts[choices.draw(load, &mut lot).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn kinds_are_equally_frequent_however_many_operations_they_have() {
        let [key, first, second, insert, update] = counts(Load::Reads);
        assert_eq!((insert, update), (0, 0));
        assert!(key.abs_diff(first + second) < 400, "{key} {first} {second}");
        let [_, _, _, insert, update] = counts(Load::Writes);
        assert_eq!(insert + update, 10_000);
        assert!(insert.abs_diff(update) < 400, "{insert} {update}");
    }

    #[test]
    fn a_fifth_of_the_mix_are_writes() {
        let [_, _, _, insert, update] = counts(Load::Mix);
        assert!((insert + update).abs_diff(2000) < 200, "{insert} {update}");
    }

    #[test]
    fn a_load_without_operations_is_not_offered() {
        let reads = Choices::of(&[Kind::ReadByKey]);
        assert!(reads.offer(Load::Reads) && !reads.offer(Load::Writes) && !reads.offer(Load::Mix));
        assert_eq!(reads.draw(Load::Writes, &mut Lot::of(1, 1, 1)), None);
        assert!(!Choices::of(&[]).offer(Load::Reads));
    }
}
