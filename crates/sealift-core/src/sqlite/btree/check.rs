//! Whether a page of a b-tree is as the format says: everything that `PRAGMA quick_check` looks for on one
//! page (`sqlite.org/fileformat2.html`, section 1.6), so that nothing passes here that does not pass there.

use super::page::{DATABASE_HEADER, in_index, in_leaf, u16_at, u32_at};
use super::{Malformed, varint};

/// What a b-tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Rows by rowid.
    Table,
    /// Keys: of an index, or of a table without rowid.
    Index,
}

/// Rowids of the rows below a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// All are greater.
    pub after: Option<i64>,
    /// None is greater.
    pub up_to: Option<i64>,
}

impl Bounds {
    /// Any rowid.
    pub const ALL: Self = Self { after: None, up_to: None };
}

/// A page below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// Its number.
    pub page: u32,
    /// What is below it.
    pub bounds: Bounds,
}

/// Pages that hold the rest of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// The first of them.
    pub first: u32,
    /// How many they are.
    pub pages: usize,
}

/// A page that was looked at. Used again for each page, so that none allocates.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The pages below it; a leaf has none.
    pub children: Vec<Child>,
    /// The chains that begin on it.
    pub chains: Vec<Chain>,
    /// The rows of a leaf of a table, or the keys of a page of an index.
    pub entries: usize,
    taken: Taken,
}

/// What is taken on a page. Cells stand in any order; by where they begin they need not be sorted.
#[derive(Debug, Clone, Default)]
struct Taken {
    /// For the bytes at which something begins its length in bytes, else 0.
    lengths: Vec<u16>,
    count: usize,
}

/// From a byte of a page to the one after the last.
type Span = std::ops::Range<usize>;

/// The bytes of the free space that no cell and no free block has are counted in one byte.
const FRAGMENTS: usize = 7;
/// Where the first free block stands.
const FREE: usize = 1;
/// Where the cells' content begins.
const CONTENT: usize = 5;
/// Where the right-most child stands.
const RIGHTMOST: usize = 8;

impl Checked {
    /// Looks at the page `number` of a tree, whose bytes are `bytes`, of which `reserved` at the end are
    /// not SQLite's.
    ///
    /// # Errors
    /// When something is not as the format says.
    pub fn look(
        &mut self,
        bytes: &[u8],
        number: u32,
        reserved: usize,
        tree: Tree,
        bounds: Bounds,
    ) -> Result<(), Malformed> {
        self.children.clear();
        self.chains.clear();
        let usable = bytes.len().checked_sub(reserved).and_then(|length| bytes.get(..length));
        let usable = usable.ok_or(Malformed)?;
        self.taken.begin(usable.len());
        let header = if number == 1 { DATABASE_HEADER } else { 0 };
        let is_leaf = match (usable.get(header), tree) {
            (Some(0x0D), Tree::Table) | (Some(0x0A), Tree::Index) => true,
            (Some(0x05), Tree::Table) | (Some(0x02), Tree::Index) => false,
            _ => return Err(Malformed),
        };
        let page =
            Page { usable, header, tree, is_leaf, cells: usize::from(u16_at(usable, header + 3)?) };
        let content = page.content()?;
        let mut after = bounds.after;
        for index in 0..page.cells {
            let cell = page.cell(index, content)?;
            if let Some(key) = cell.key {
                let in_order = after.is_none_or(|after| after < key);
                if !in_order || bounds.up_to.is_some_and(|up_to| key > up_to) {
                    return Err(Malformed);
                }
            }
            if let Some(child) = cell.child {
                self.children
                    .push(Child { page: child, bounds: Bounds { after, up_to: cell.key } });
            }
            self.chains.extend(cell.chain);
            self.taken.add(cell.place)?;
            after = cell.key.or(after);
        }
        self.entries = if is_leaf || tree == Tree::Index { page.cells } else { 0 };
        if !is_leaf {
            let last = u32_at(usable, header + RIGHTMOST)?;
            let below = Bounds { after, up_to: bounds.up_to };
            self.children.push(Child { page: last, bounds: below });
        }
        page.free_blocks(content, &mut self.taken)?;
        let fragments = usize::from(*usable.get(header + FRAGMENTS).ok_or(Malformed)?);
        self.taken.fill(content, fragments)
    }
}

impl Taken {
    /// Begins with a page of so many bytes.
    fn begin(&mut self, usable: usize) {
        // Something is left of a page that was not as the format says.
        if self.count > 0 || self.lengths.len() != usable {
            self.lengths.clear();
            self.lengths.resize(usable, 0);
            self.count = 0;
        }
    }

    fn add(&mut self, place: Span) -> Result<(), Malformed> {
        let length = u16::try_from(place.len()).ok().filter(|length| *length > 0);
        let slot = self.lengths.get_mut(place.start).filter(|slot| **slot == 0);
        *slot.ok_or(Malformed)? = length.ok_or(Malformed)?;
        self.count += 1;
        Ok(())
    }

    /// Takes everything off again from `content` on: nothing may be taken twice, and what nobody has must be
    /// as many bytes as the page says.
    fn fill(&mut self, content: usize, fragments: usize) -> Result<(), Malformed> {
        let (mut at, mut between) = (content, 0);
        while let Some(slot) = self.lengths.get_mut(at) {
            match usize::from(std::mem::take(slot)) {
                0 => {
                    at += 1;
                    between += 1;
                    if between > fragments {
                        return Err(Malformed);
                    }
                }
                length => {
                    at += length;
                    self.count = self.count.checked_sub(1).ok_or(Malformed)?;
                }
            }
        }
        // What begins within something else is left.
        if self.count == 0 && between == fragments { Ok(()) } else { Err(Malformed) }
    }
}

struct Page<'a> {
    usable: &'a [u8],
    header: usize,
    tree: Tree,
    is_leaf: bool,
    cells: usize,
}

struct Cell {
    key: Option<i64>,
    child: Option<u32>,
    chain: Option<Chain>,
    /// From its first byte to the one after its last.
    place: Span,
}

impl Page<'_> {
    /// Returns where the content of cells begins, which is after the pointers to them.
    fn content(&self) -> Result<usize, Malformed> {
        let content = match u16_at(self.usable, self.header + CONTENT)? {
            // Of a page of 64 KiB that is empty.
            0 => 65536,
            content => usize::from(content),
        };
        let after_pointers = self.pointers() + 2 * self.cells;
        if content < after_pointers || content > self.usable.len() {
            return Err(Malformed);
        }
        Ok(content)
    }

    fn pointers(&self) -> usize {
        self.header + if self.is_leaf { 8 } else { 12 }
    }

    fn cell(&self, index: usize, content: usize) -> Result<Cell, Malformed> {
        let start = usize::from(u16_at(self.usable, self.pointers() + 2 * index)?);
        if start < content {
            return Err(Malformed);
        }
        let mut at = start;
        let child = if self.is_leaf {
            None
        } else {
            at += 4;
            Some(u32_at(self.usable, start)?)
        };
        if self.tree == Tree::Table && !self.is_leaf {
            let (key, end) = varint::read(self.usable, at)?;
            let place = self.place(start, end)?;
            return Ok(Cell { key: Some(key.cast_signed()), child, chain: None, place });
        }
        let (length, end) = varint::read(self.usable, at)?;
        // SQLite's own limit on rows is 2³¹ − 1 bytes (`sqlite.org/limits.html`, section 1).
        let length = u32::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(Malformed)?;
        let (key, end) = match self.tree {
            Tree::Table => {
                let (key, end) = varint::read(self.usable, end)?;
                (Some(key.cast_signed()), end)
            }
            Tree::Index => (None, end),
        };
        let here = match self.tree {
            Tree::Table => in_leaf(length, self.usable.len()),
            Tree::Index => in_index(length, self.usable.len()),
        };
        // A record begins with the length of its header, that byte included, and has a field.
        if length > 0 && self.usable.get(end).is_none_or(|header| *header < 2) {
            return Err(Malformed);
        }
        let end = end + here;
        if here == length {
            // No cell is smaller than a free block can be.
            let place = self.place(start, std::cmp::max(end, start + 4))?;
            return Ok(Cell { key, child, chain: None, place });
        }
        let first = u32_at(self.usable, end)?;
        let on_a_page = self.usable.len().checked_sub(4).filter(|bytes| *bytes > 0);
        let pages = (length - here).div_ceil(on_a_page.ok_or(Malformed)?);
        let place = self.place(start, end + 4)?;
        Ok(Cell { key, child, chain: Some(Chain { first, pages }), place })
    }

    fn place(&self, start: usize, end: usize) -> Result<Span, Malformed> {
        if end <= self.usable.len() { Ok(start..end) } else { Err(Malformed) }
    }

    /// Adds the free blocks, which stand in order, with more than three bytes between them.
    fn free_blocks(&self, content: usize, taken: &mut Taken) -> Result<(), Malformed> {
        let mut at = usize::from(u16_at(self.usable, self.header + FREE)?);
        let mut earliest = content;
        while at > 0 {
            if at < earliest {
                return Err(Malformed);
            }
            let next = usize::from(u16_at(self.usable, at)?);
            let end = at + usize::from(u16_at(self.usable, at + 2)?);
            taken.add(self.place(at, end)?)?;
            earliest = end + 4;
            at = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USABLE: usize = 512;

    /// A page of this kind with these cells, the last at the page's end, as SQLite would fill it.
    fn page(kind: u8, cells: &[&[u8]]) -> Vec<u8> {
        let mut page = vec![0; USABLE];
        let pointers = if kind < 8 { 12 } else { 8 };
        page[0] = kind;
        page[3..5].copy_from_slice(&u16::try_from(cells.len()).unwrap().to_be_bytes());
        let mut end = USABLE;
        for (index, cell) in cells.iter().enumerate() {
            end -= cell.len();
            page[end..end + cell.len()].copy_from_slice(cell);
            let start = u16::try_from(end).unwrap().to_be_bytes();
            page[pointers + 2 * index..pointers + 2 * index + 2].copy_from_slice(&start);
        }
        page[5..7].copy_from_slice(&u16::try_from(end).unwrap().to_be_bytes());
        page
    }

    fn look(bytes: &[u8], tree: Tree, bounds: Bounds) -> Result<Checked, Malformed> {
        let mut checked = Checked::default();
        checked.look(bytes, 2, 0, tree, bounds).map(|()| checked)
    }

    #[test]
    fn pages_below_hold_what_is_between_the_keys() {
        let bytes = page(0x05, &[&[0, 0, 0, 7, 10], &[0, 0, 0, 8, 20]]);
        let bounds = Bounds { after: Some(3), up_to: Some(30) };
        let mut bytes_with_last = bytes.clone();
        bytes_with_last[11] = 9;
        let checked = look(&bytes_with_last, Tree::Table, bounds).unwrap();
        let below = |page, after, up_to| Child {
            page,
            bounds: Bounds { after: Some(after), up_to: Some(up_to) },
        };
        assert_eq!(checked.children, [below(7, 3, 10), below(8, 10, 20), below(9, 20, 30)]);
    }

    #[test]
    fn rowids_are_in_order_and_within_their_bounds() {
        let leaf = page(0x0D, &[&[1, 5, 9, 9], &[1, 6, 9, 9]]);
        let within = |after, up_to| look(&leaf, Tree::Table, Bounds { after, up_to }).is_ok();
        assert!(within(None, None) && within(Some(4), Some(6)));
        assert!(!within(Some(5), None) && !within(None, Some(5)));
        let twice = page(0x0D, &[&[1, 5, 9, 9], &[1, 5, 9, 9]]);
        assert!(look(&twice, Tree::Table, Bounds::ALL).is_err());
    }

    #[test]
    fn a_long_record_goes_on_over_as_many_pages_as_it_needs() {
        // 2000 bytes on pages of 512: 39 to 102 of them stay (section 1.6), and 508 fit on each other page.
        let here = in_index(2000, USABLE);
        let mut cell = vec![0x8F, 0x50, 2];
        cell.resize(2 + here, 0);
        cell.extend([0, 0, 0, 33]);
        let checked = look(&page(0x0A, &[&cell]), Tree::Index, Bounds::ALL).unwrap();
        assert_eq!(checked.chains, [Chain { first: 33, pages: (2000 - here).div_ceil(508) }]);
    }

    #[test]
    fn every_byte_of_a_page_has_one_owner() {
        let sound = page(0x0D, &[&[2, 5, 9, 9], &[2, 6, 9, 9]]);
        assert!(look(&sound, Tree::Table, Bounds::ALL).is_ok());
        // One cell for both pointers, a fragment that is not counted, and one that is counted and not there.
        let mut shared = sound.clone();
        shared[10..12].copy_from_slice(&508_u16.to_be_bytes());
        let mut gap = sound.clone();
        gap[5..7].copy_from_slice(&503_u16.to_be_bytes());
        let mut counted = sound.clone();
        counted[7] = 1;
        for bytes in [&shared, &gap, &counted] {
            assert!(look(bytes, Tree::Table, Bounds::ALL).is_err());
        }
        gap[7] = 1;
        assert!(look(&gap, Tree::Table, Bounds::ALL).is_ok());
    }

    #[test]
    fn a_record_has_a_header() {
        let leaf = |header| page(0x0D, &[&[2, 5, header, 9]]);
        assert!(look(&leaf(2), Tree::Table, Bounds::ALL).is_ok());
        for header in [0, 1] {
            assert!(look(&leaf(header), Tree::Table, Bounds::ALL).is_err());
        }
    }

    #[test]
    fn rows_are_counted_on_leaves_and_keys_on_every_page() {
        let entries = |bytes: &[u8], tree| look(bytes, tree, Bounds::ALL).unwrap().entries;
        assert_eq!(entries(&page(0x0D, &[&[1, 5, 9, 9], &[1, 6, 9, 9]]), Tree::Table), 2);
        assert_eq!(entries(&page(0x05, &[&[0, 0, 0, 7, 10]]), Tree::Table), 0);
        assert_eq!(entries(&page(0x02, &[&[0, 0, 0, 7, 2, 2, 9]]), Tree::Index), 1);
    }

    #[test]
    fn free_blocks_are_in_order() {
        let mut bytes = page(0x0D, &[&[2, 5, 9, 9]]);
        let free = |bytes: &mut Vec<u8>, at: usize, next: u16, size: u16| {
            bytes[at..at + 2].copy_from_slice(&next.to_be_bytes());
            bytes[at + 2..at + 4].copy_from_slice(&size.to_be_bytes());
        };
        bytes[5..7].copy_from_slice(&488_u16.to_be_bytes());
        bytes[1..3].copy_from_slice(&488_u16.to_be_bytes());
        free(&mut bytes, 488, 500, 8);
        free(&mut bytes, 500, 0, 8);
        // Four bytes between the two belong to nobody: more than a fragment can have.
        bytes[7] = 4;
        assert!(look(&bytes, Tree::Table, Bounds::ALL).is_ok());
        free(&mut bytes, 500, 488, 8);
        assert!(look(&bytes, Tree::Table, Bounds::ALL).is_err(), "round in circles");
    }

    #[test]
    fn a_tree_has_one_kind_of_page() {
        let leaf = page(0x0D, &[]);
        assert!(look(&leaf, Tree::Table, Bounds::ALL).is_ok());
        assert!(look(&leaf, Tree::Index, Bounds::ALL).is_err());
        assert!(look(&page(0x0C, &[]), Tree::Table, Bounds::ALL).is_err());
    }
}
