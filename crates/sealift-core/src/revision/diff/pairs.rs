//! [`Pairs`]: what of two lists stayed, changed, came and went.

use crate::name::Ident;

/// Two lists of named things side by side.
#[derive(Debug)]
pub(super) struct Pairs<'a, T> {
    /// Equal in both, name included.
    pub(super) kept: Vec<(&'a T, &'a T)>,
    /// Equal but for the name.
    pub(super) renamed: Vec<(&'a T, &'a T)>,
    /// Of one name, and not equal.
    pub(super) changed: Vec<(&'a T, &'a T)>,
    /// Only in the first.
    pub(super) gone: Vec<&'a T>,
    /// Only in the second.
    pub(super) new: Vec<&'a T>,
}

impl<'a, T> Pairs<'a, T> {
    /// Pairs things by name alone; `same` tells those that stayed from those that changed.
    pub(super) fn by_name(
        base: &'a [T],
        wanted: &'a [T],
        name: impl Fn(&T) -> &Ident,
        same: impl Fn(&T, &T) -> bool,
    ) -> Self {
        let mut pairs = Self::empty();
        for old in base {
            match wanted.iter().find(|new| name(new) == name(old)) {
                Some(new) if same(old, new) => pairs.kept.push((old, new)),
                Some(new) => pairs.changed.push((old, new)),
                None => pairs.gone.push(old),
            }
        }
        let is_new = |new: &&T| !base.iter().any(|old| name(old) == name(new));
        pairs.new = wanted.iter().filter(is_new).collect();
        pairs
    }

    /// Pairs things by name, and what is left by `same`, where nothing else in the first list has the new name.
    pub(super) fn by_definition(
        base: &'a [T],
        wanted: &'a [T],
        name: impl Fn(&T) -> &Ident + Copy,
        same: impl Fn(&T, &T) -> bool,
    ) -> Self {
        let mut pairs = Self::by_name(base, wanted, name, &same);
        let mut left = Vec::new();
        for old in std::mem::take(&mut pairs.gone) {
            match pairs.new.iter().position(|new| same(old, new)) {
                Some(at) => pairs.renamed.push((old, pairs.new.remove(at))),
                None => left.push(old),
            }
        }
        pairs.gone = left;
        pairs
    }

    const fn empty() -> Self {
        Self {
            kept: Vec::new(),
            renamed: Vec::new(),
            changed: Vec::new(),
            gone: Vec::new(),
            new: Vec::new(),
        }
    }
}
