//! A page of a table's b-tree (`sqlite.org/fileformat2.html`, section 1.6).

use super::{Malformed, varint};
use std::ops::Range;

/// The database header stands before the first page's own (section 1.3).
pub(super) const DATABASE_HEADER: usize = 100;

const LEAF: u8 = 0x0D;
const INTERIOR: u8 = 0x05;

/// What a page of a table's b-tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It holds rows.
    Leaf,
    /// It points to other pages.
    Interior,
}

/// A page of a table's b-tree.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Without the bytes that extensions reserve at its end.
    usable: &'a [u8],
    kind: Kind,
    cells: usize,
    /// Where the page's own header stands.
    header: usize,
}

/// A row's place in a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafCell {
    /// The row.
    pub rowid: i64,
    /// The length of its record in bytes.
    pub length: usize,
    /// Where on the page as much of it stands as is there.
    pub local: Range<usize>,
    /// The page where the record goes on, if it does.
    pub overflow: Option<u32>,
}

impl<'a> Page<'a> {
    /// Returns the page `number`, whose bytes are `bytes`, of which `reserved` at the end are not
    /// SQLite's.
    ///
    /// # Errors
    /// When it is no page of a table's b-tree.
    pub fn read(bytes: &'a [u8], number: u32, reserved: usize) -> Result<Self, Malformed> {
        let usable = bytes.len().checked_sub(reserved).and_then(|length| bytes.get(..length));
        let usable = usable.ok_or(Malformed)?;
        let header = if number == 1 { DATABASE_HEADER } else { 0 };
        let kind = match usable.get(header) {
            Some(&LEAF) => Kind::Leaf,
            Some(&INTERIOR) => Kind::Interior,
            _ => return Err(Malformed),
        };
        let cells = usize::from(u16_at(usable, header + 3)?);
        Ok(Self { usable, kind, cells, header })
    }

    /// Returns what the page is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns how many cells it has: rows of a leaf, or pages below it but for the right-most.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Returns a row of a leaf.
    ///
    /// # Errors
    /// When the cell goes beyond the page.
    #[inline]
    pub fn row(&self, index: usize) -> Result<LeafCell, Malformed> {
        let at = self.cell(index, 8)?;
        let (length, at) = varint::read(self.usable, at)?;
        let (rowid, at) = varint::read(self.usable, at)?;
        // SQLite's own limit on rows is 2³¹ − 1 bytes (`sqlite.org/limits.html`, section 1).
        let length = u32::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(Malformed)?;
        let here = in_leaf(length, self.usable.len());
        let local = at..at + here;
        if local.end > self.usable.len() {
            return Err(Malformed);
        }
        let overflow = if here < length { Some(u32_at(self.usable, at + here)?) } else { None };
        Ok(LeafCell { rowid: rowid.cast_signed(), length, local, overflow })
    }

    /// Returns the page below an interior page that holds the rows up to the key of cell `index`, and
    /// that key. The index after the last is the right-most page, which has no key.
    ///
    /// # Errors
    /// When the cell goes beyond the page.
    pub fn child(&self, index: usize) -> Result<(u32, Option<i64>), Malformed> {
        if index == self.cells {
            return Ok((u32_at(self.usable, self.header + 8)?, None));
        }
        let at = self.cell(index, 12)?;
        let (key, _) = varint::read(self.usable, at + 4)?;
        Ok((u32_at(self.usable, at)?, Some(key.cast_signed())))
    }

    /// Returns the index of the first cell whose key is greater than `after`; that after the last when
    /// none is. Of an interior page it is the page in which rows after `after` begin.
    ///
    /// # Errors
    /// When a cell goes beyond the page.
    pub fn first_after(&self, after: i64) -> Result<usize, Malformed> {
        let (mut low, mut high) = (0, self.cells);
        while low < high {
            let middle = usize::midpoint(low, high);
            let key = match self.kind {
                Kind::Leaf => self.row(middle)?.rowid,
                Kind::Interior => self.child(middle)?.1.ok_or(Malformed)?,
            };
            if key > after {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    /// Returns where a cell begins; the pointers stand `header` bytes after the page's header.
    #[inline]
    fn cell(&self, index: usize, header: usize) -> Result<usize, Malformed> {
        if index >= self.cells {
            return Err(Malformed);
        }
        Ok(usize::from(u16_at(self.usable, self.header + header + 2 * index)?))
    }
}

/// Returns the page where a record goes on after the overflow page whose bytes are `bytes`, if it
/// does, and what of the record is on this one; `left` bytes are missing.
///
/// # Errors
/// When the page is too short, or nothing goes on while bytes are missing.
pub fn overflow_part(
    bytes: &[u8],
    reserved: usize,
    left: usize,
) -> Result<(Option<u32>, &[u8]), Malformed> {
    let usable = bytes.len().checked_sub(reserved).ok_or(Malformed)?;
    let here = std::cmp::min(left, usable.checked_sub(4).ok_or(Malformed)?);
    let next = u32_at(bytes, 0)?;
    let part = bytes.get(4..4 + here).ok_or(Malformed)?;
    match (here < left, next) {
        (true, 0) => Err(Malformed),
        (true, next) => Ok((Some(next), part)),
        (false, _) => Ok((None, part)),
    }
}

/// Returns how much of a row's record of `length` bytes is on its leaf (section 1.6, "X", "M" and "K").
pub(super) fn in_leaf(length: usize, usable: usize) -> usize {
    on_page(length, usable, usable.saturating_sub(35))
}

/// Returns how much of an index's record of `length` bytes is on its page (likewise).
pub(super) fn in_index(length: usize, usable: usize) -> usize {
    on_page(length, usable, (usable.saturating_sub(12) * 64 / 255).saturating_sub(23))
}

fn on_page(length: usize, usable: usize, most: usize) -> usize {
    if length <= most {
        return length;
    }
    let least = (usable.saturating_sub(12) * 32 / 255).saturating_sub(23);
    let over = usable.saturating_sub(4);
    let wanted = least + (length - least) % std::cmp::max(over, 1);
    if wanted <= most { wanted } else { least }
}

#[inline]
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Malformed> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Malformed)?;
    Ok(u16::from_be_bytes(*found))
}

#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Malformed> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Malformed)?;
    Ok(u32::from_be_bytes(*found))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leaf of 512 bytes with these cells, the last at the page's end.
    fn leaf(cells: &[&[u8]]) -> Vec<u8> {
        let mut page = vec![0; 512];
        page[0] = LEAF;
        page[3..5].copy_from_slice(&u16::try_from(cells.len()).unwrap().to_be_bytes());
        let mut end = page.len();
        for (index, cell) in cells.iter().enumerate() {
            end -= cell.len();
            page[end..end + cell.len()].copy_from_slice(cell);
            let pointer = u16::try_from(end).unwrap().to_be_bytes();
            page[8 + 2 * index..10 + 2 * index].copy_from_slice(&pointer);
        }
        page
    }

    #[test]
    fn a_row_that_fits_is_on_its_leaf() {
        let bytes = leaf(&[&[2, 7, 0xAA, 0xBB], &[1, 9, 0xCC]]);
        let page = Page::read(&bytes, 2, 0).unwrap();
        assert_eq!((page.kind(), page.cells()), (Kind::Leaf, 2));
        let expected = LeafCell { rowid: 9, length: 1, local: 507..508, overflow: None };
        assert_eq!(page.row(1), Ok(expected));
        assert_eq!(bytes[507], 0xCC);
        assert_eq!(page.row(2), Err(Malformed));
    }

    #[test]
    fn the_first_row_after_a_rowid_is_found() {
        let bytes = leaf(&[&[0, 2], &[0, 4], &[0, 6]]);
        let page = Page::read(&bytes, 2, 0).unwrap();
        let found = [i64::MIN, 2, 3, 4, 6].map(|after| page.first_after(after).unwrap());
        assert_eq!(found, [0, 1, 1, 2, 3]);
    }

    #[test]
    fn what_is_left_of_a_long_record_is_as_long_as_the_format_says() {
        // From `sqlite.org/fileformat2.html`, section 1.6, for pages of 4096 bytes: X is 4061, M is 489.
        assert_eq!(in_leaf(4061, 4096), 4061);
        assert_eq!(in_leaf(4062, 4096), 489);
        assert_eq!(in_leaf(489 + 4092 + 100, 4096), 589);
    }

    #[test]
    fn a_cell_beyond_its_page_is_malformed() {
        let mut bytes = leaf(&[&[100, 7, 1, 2]]);
        assert_eq!(Page::read(&bytes, 2, 0).unwrap().row(0), Err(Malformed));
        bytes[8..10].copy_from_slice(&[0xFF, 0xFF]);
        assert_eq!(Page::read(&bytes, 2, 0).unwrap().row(0), Err(Malformed));
        assert!(Page::read(&bytes, 2, 600).is_err());
        assert!(Page::read(&[0x0A; 512], 2, 0).is_err(), "a leaf of an index");
    }

    #[test]
    fn a_chain_that_ends_too_early_is_malformed() {
        let mut page = vec![0; 512];
        assert_eq!(overflow_part(&page, 0, 508).unwrap(), (None, &[0; 508][..]));
        assert_eq!(overflow_part(&page, 0, 509), Err(Malformed));
        page[3] = 5;
        assert_eq!(overflow_part(&page, 0, 509).unwrap().0, Some(5));
    }
}
