//! The whole numbers of columns that foreign keys tie to a row's id, so that whether every child has its
//! parent is known when all rows were read once. SQLite's own check looks every child's parent up, page
//! by page.

use super::TableCensus;
use roaring::RoaringTreemap;
use sealift_core::schema::source::{RowKey, Schema, Table};
use sealift_core::sqlite::ValueRef;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// After so many numbers a column's share of the memory is looked at.
const BETWEEN_LOOKS: u64 = 1 << 16;

/// What all sets together may take, as [`RoaringTreemap::serialized_size`] counts it in bytes. In memory
/// it is about twice that, and five times where numbers lie far apart.
const MOST_BYTES: u64 = 12 << 20;

/// The distinct whole numbers of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    set: RoaringTreemap,
    /// Not all of them are there, or the column holds something else too.
    is_unknown: bool,
    since_look: u64,
    counted_bytes: u64,
}

/// The memory that all sets share.
#[derive(Debug, Default)]
pub(super) struct IdMemory(AtomicU64);

impl Ids {
    /// Takes in a cell.
    #[inline]
    pub(super) fn take(&mut self, value: ValueRef<'_>, memory: &IdMemory) {
        if self.is_unknown {
            return;
        }
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(value) => {
                self.set.insert(value.cast_unsigned());
                self.since_look += 1;
                if self.since_look >= BETWEEN_LOOKS {
                    self.since_look = 0;
                    self.look(memory);
                }
            }
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => self.give_up(memory),
        }
    }

    fn look(&mut self, memory: &IdMemory) {
        let bytes = self.set.serialized_size() as u64;
        let grown = bytes.saturating_sub(self.counted_bytes);
        self.counted_bytes += grown;
        if memory.0.fetch_add(grown, Ordering::Relaxed) + grown > MOST_BYTES {
            self.give_up(memory);
        }
    }

    fn give_up(&mut self, memory: &IdMemory) {
        memory.0.fetch_sub(self.counted_bytes, Ordering::Relaxed);
        *self = Self { is_unknown: true, ..Self::default() };
    }

    fn merge(&mut self, other: Self) {
        self.is_unknown |= other.is_unknown;
        if self.is_unknown {
            self.set.clear();
        } else {
            self.set |= other.set;
        }
    }
}

/// A column, by its table's and its own position.
type Place = (usize, usize);

/// Which columns' ids are wanted, and what for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Foreign keys by table and position in it, with the child's and the parent's column.
    keys: BTreeMap<(usize, usize), (Place, Place)>,
    columns: BTreeSet<Place>,
}

impl Wanted {
    /// Returns what is wanted of the tables of a schema: both ends of each foreign key of one column to
    /// another name for a rowid.
    pub(super) fn of(schema: &Schema) -> Self {
        let mut wanted = Self::default();
        for (at, table) in schema.tables.iter().enumerate() {
            for (number, key) in table.foreign_keys.iter().enumerate() {
                let [column] = key.columns.as_slice() else { continue };
                let named = |it: &Table| it.name.eq_ignore_ascii_case(&key.parent);
                let Some(parent_at) = schema.tables.iter().position(named) else { continue };
                let Some(parent) = schema.tables.get(parent_at) else { continue };
                let RowKey::Alias { column: alias } = parent.row_key else { continue };
                let is_alias = match key.parent_columns.as_slice() {
                    [] => true,
                    [name] => parent.position(name) == Some(alias),
                    _ => false,
                };
                if is_alias {
                    let ends = ((at, *column), (parent_at, alias));
                    wanted.columns.extend([ends.0, ends.1]);
                    wanted.keys.insert((at, number), ends);
                }
            }
        }
        wanted
    }

    /// Returns which columns of a table are wanted.
    pub(super) fn of_table(&self, table: usize) -> impl Iterator<Item = usize> {
        self.columns.range((table, 0)..(table + 1, 0)).map(|(_, column)| *column)
    }

    /// Returns the foreign keys of which every child has its parent, as the parts of the tables say.
    pub(super) fn whole(self, parts: Vec<(Place, Ids)>, tables: &[TableCensus]) -> WholeKeys {
        let mut all: BTreeMap<Place, Ids> = BTreeMap::new();
        for (place, ids) in parts {
            all.entry(place).or_default().merge(ids);
        }
        // Without a part no row was met, and without its column no cell.
        let found = |place: &Place| {
            let ids = all.get(place).filter(|ids| !ids.is_unknown)?;
            let rows = tables.get(place.0)?;
            let seen = rows.columns.get(place.1)?.rows();
            (seen == rows.rows).then_some(&ids.set)
        };
        let whole = |(child, parent): &(Place, Place)| {
            let ends = found(child).zip(found(parent));
            ends.is_some_and(|(children, parents)| children.is_subset(parents))
        };
        WholeKeys(self.keys.iter().filter(|(_, ends)| whole(ends)).map(|(key, _)| *key).collect())
    }
}

/// Foreign keys of which every child has its parent, by table and position in it.
#[derive(Debug, Clone, Default)]
pub struct WholeKeys(BTreeSet<(usize, usize)>);

impl WholeKeys {
    /// Returns the foreign keys of which the census may find that out.
    #[must_use]
    pub fn possible(schema: &Schema) -> Self {
        Self(Wanted::of(schema).keys.into_keys().collect())
    }

    /// Returns whether that is known of all foreign keys of the table at a position.
    #[must_use]
    pub fn cover(&self, table: usize, schema: &Schema) -> bool {
        let keys = schema.tables.get(table).map_or(0, |table| table.foreign_keys.len());
        (0..keys).all(|number| self.0.contains(&(table, number)))
    }
}
