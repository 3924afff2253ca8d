//! The rows of a table, page by page, in the order of their rowids.

use super::StoredTable;
use super::pages::Pages;
use crate::sqlite::cell;
use rusqlite::Connection;
use sealift_core::sqlite::btree::{Bounds, Fields, Kind, LeafCell, Malformed, Page, overflow_part};
use sealift_core::sqlite::{Value, ValueRef};

/// SQLite's own bound on the depth of a b-tree (its source, `BTCURSOR_MAX_DEPTH`).
pub(in crate::sqlite) const DEEPEST: usize = 20;

/// Rows cannot be read from their pages: a page is not as the format says, or SQLite gave none. A query
/// has to say what is there, and what is wrong.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct Trouble;

impl From<Malformed> for Trouble {
    fn from(Malformed: Malformed) -> Self {
        Self
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(_: rusqlite::Error) -> Self {
        Self
    }
}

/// The rows of a table after a rowid.
pub(in crate::sqlite) struct Rows<'c> {
    connection: &'c Connection,
    table: &'c StoredTable,
    pages: Pages<'c>,
    /// Interior pages from the root on, with the child that comes next.
    above: Vec<Interior>,
    leaf: Leaf,
    met: Option<LeafCell>,
    pub(super) record: Record,
    /// What rows have that are older than a column, once it is known.
    defaults: Vec<Option<Value>>,
}

#[derive(Debug, Default)]
struct Leaf {
    bytes: Vec<u8>,
    number: u32,
    next: usize,
    cells: usize,
}

#[derive(Debug)]
struct Interior {
    bytes: Vec<u8>,
    number: u32,
    next: usize,
}

/// A record, or as much of it as was asked for.
#[derive(Debug, Default)]
pub(super) struct Record {
    fields: Fields,
    /// The record where it goes on beyond its leaf.
    pub(super) put_together: Vec<u8>,
}

/// A row that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) struct Met {
    /// Its rowid.
    pub(in crate::sqlite) rowid: i64,
    /// The bytes of its record.
    pub(in crate::sqlite) length: usize,
}

/// The leaf of a row.
pub(in crate::sqlite) struct LeafOfRow<'a> {
    pub(in crate::sqlite) bytes: &'a [u8],
    pub(in crate::sqlite) number: u32,
    /// What the pages above say of its rowids.
    pub(in crate::sqlite) bounds: Bounds,
    /// How many pages are above it.
    pub(in crate::sqlite) depth: usize,
}

impl<'c> Rows<'c> {
    /// Returns the rows of a table after a rowid, or all.
    pub(in crate::sqlite) fn after(
        connection: &'c Connection,
        table: &'c StoredTable,
        after: Option<i64>,
    ) -> Result<Self, Trouble> {
        let mut rows = Self {
            connection,
            table,
            pages: Pages::of(connection)?,
            above: Vec::new(),
            leaf: Leaf::default(),
            met: None,
            record: Record::default(),
            defaults: vec![None; table.columns.len()],
        };
        rows.descend(table.root, after)?;
        Ok(rows)
    }

    /// Goes to the next row, of which nothing is read yet; `None` after the last.
    pub(in crate::sqlite) fn advance(&mut self) -> Result<Option<Met>, Trouble> {
        while self.leaf.next >= self.leaf.cells {
            let Some(child) = self.next_child()? else { return Ok(None) };
            self.descend(child, None)?;
            if self.leaf.cells == 0 {
                return Err(Trouble);
            }
        }
        let page = Page::read(&self.leaf.bytes, self.leaf.number, self.pages.reserved)?;
        let cell = page.row(self.leaf.next)?;
        self.leaf.next += 1;
        // Whatever goes round in circles ends here.
        if self.met.as_ref().is_some_and(|before| before.rowid >= cell.rowid) {
            return Err(Trouble);
        }
        let met = Met { rowid: cell.rowid, length: cell.length };
        self.met = Some(cell);
        Ok(Some(met))
    }

    /// Reads the row that was met.
    pub(in crate::sqlite) fn load(&mut self) -> Result<(), Trouble> {
        let length = self.met.as_ref().map_or(0, |met| met.length);
        self.load_up_to(length)?;
        self.load_defaults()
    }

    /// Reads the row that was met, but for blobs at its end that go on beyond its leaf: of those only
    /// [`Rows::blob`] can tell.
    pub(in crate::sqlite) fn load_without_blobs(&mut self) -> Result<(), Trouble> {
        let Some(met) = &self.met else { return Err(Trouble) };
        let wanted = match met.overflow {
            None => met.length,
            Some(_) => {
                let local = self.leaf.bytes.get(met.local.clone()).ok_or(Malformed)?;
                // A header that is not all there says nothing yet.
                match self.record.fields.read(local, met.length) {
                    Ok(()) => self.record.fields.before_last_blobs(),
                    Err(Malformed) => met.length,
                }
            }
        };
        self.load_up_to(wanted)?;
        self.load_defaults()
    }

    /// Hands the leaf of the row that was met to `look`, where the row is the first on it and the leaf is not
    /// the whole table.
    pub(in crate::sqlite) fn at_first_of_leaf(
        &mut self,
        look: impl FnOnce(LeafOfRow<'_>, &mut Pages<'c>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.leaf.next != 1 || self.above.is_empty() {
            return Ok(());
        }
        let (bounds, depth) = (self.bounds()?, self.above.len());
        let leaf = LeafOfRow { bytes: &self.leaf.bytes, number: self.leaf.number, bounds, depth };
        look(leaf, &mut self.pages)
    }

    /// Returns the length of a cell that is a blob.
    #[inline]
    pub(in crate::sqlite) fn blob(&self, column: usize) -> Option<usize> {
        self.record.fields.blob(column)
    }

    /// Returns a cell of the row that was read.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a cell that is returned in memory is waited for where it is read in other pieces than written"
    )]
    pub(in crate::sqlite) fn cell(&self, column: usize) -> Result<ValueRef<'_>, Trouble> {
        let (Some(stored), Some(met)) = (self.table.columns.get(column), &self.met) else {
            return Err(Trouble);
        };
        if stored.is_rowid {
            return Ok(ValueRef::Integer(met.rowid));
        }
        let record = match met.overflow {
            None => self.leaf.bytes.get(met.local.clone()).unwrap_or_default(),
            Some(_) => &self.record.put_together,
        };
        Ok(match self.record.fields.value(column, record)? {
            Some(ValueRef::Integer(value)) if stored.is_real => ValueRef::Real(as_real(value)),
            Some(value) => value,
            None => match self.defaults.get(column) {
                Some(Some(default)) => default.borrow(),
                Some(None) | None => ValueRef::Null,
            },
        })
    }

    fn load_up_to(&mut self, wanted: usize) -> Result<(), Trouble> {
        let Some(met) = &self.met else { return Err(Trouble) };
        let local = self.leaf.bytes.get(met.local.clone()).ok_or(Malformed)?;
        let Some(first) = met.overflow else {
            return Ok(self.record.fields.read(local, met.length)?);
        };
        let record = &mut self.record.put_together;
        record.clear();
        record.extend_from_slice(local);
        let (mut next, reserved) = (Some(first), self.pages.reserved);
        while let Some(page) = next.filter(|_| record.len() < wanted) {
            let left = met.length - record.len();
            next = self.pages.with(page, |bytes| {
                let (next, part) = overflow_part(bytes, reserved, left)?;
                record.extend_from_slice(part);
                Ok::<_, Malformed>(next)
            })??;
        }
        Ok(self.record.fields.read(record, met.length)?)
    }

    /// Asks SQLite what a row has that is older than a column with a default: each row has the same.
    fn load_defaults(&mut self) -> Result<(), Trouble> {
        let present = self.record.fields.len();
        let Some(rowid) = self.met.as_ref().map(|met| met.rowid) else { return Ok(()) };
        let columns = self.table.columns.iter().zip(&mut self.defaults).skip(present);
        for (column, default) in columns {
            if column.has_default && default.is_none() {
                let read = self.table.cell_query(column);
                let value = self.connection.query_row(&read, [rowid], |row| {
                    Ok(cell::borrowed(row.get_ref(0)?).to_owned())
                })?;
                *default = Some(value);
            }
        }
        Ok(())
    }

    /// Goes down from a page to the leaf in which rows after `after` begin.
    fn descend(&mut self, from: u32, after: Option<i64>) -> Result<(), Trouble> {
        let mut number = from;
        loop {
            self.pages.read(number, &mut self.leaf.bytes)?;
            let page = Page::read(&self.leaf.bytes, number, self.pages.reserved)?;
            let first = after.map_or(Ok(0), |after| page.first_after(after))?;
            match page.kind() {
                Kind::Leaf => {
                    self.leaf.number = number;
                    self.leaf.next = first;
                    self.leaf.cells = page.cells();
                    return Ok(());
                }
                Kind::Interior if self.above.len() >= DEEPEST => return Err(Trouble),
                Kind::Interior => {
                    let (child, _) = page.child(first)?;
                    let bytes = std::mem::take(&mut self.leaf.bytes);
                    self.above.push(Interior { bytes, number, next: first + 1 });
                    number = child;
                }
            }
        }
    }

    /// Returns what the pages above the leaf say of its rowids.
    fn bounds(&self) -> Result<Bounds, Trouble> {
        let mut bounds = Bounds::ALL;
        for interior in self.above.iter().rev() {
            let page = Page::read(&interior.bytes, interior.number, self.pages.reserved)?;
            let child = interior.next.checked_sub(1).ok_or(Trouble)?;
            if bounds.up_to.is_none() && child < page.cells() {
                bounds.up_to = page.child(child)?.1;
            }
            if let (None, Some(before)) = (bounds.after, child.checked_sub(1)) {
                bounds.after = page.child(before)?.1;
            }
        }
        Ok(bounds)
    }

    /// Returns the page after the one that was left.
    fn next_child(&mut self) -> Result<Option<u32>, Trouble> {
        while let Some(interior) = self.above.last_mut() {
            let page = Page::read(&interior.bytes, interior.number, self.pages.reserved)?;
            if interior.next <= page.cells() {
                let (child, _) = page.child(interior.next)?;
                interior.next += 1;
                return Ok(Some(child));
            }
            self.above.pop();
        }
        Ok(None)
    }
}

/// Returns the number as SQLite makes one of it where a whole number is stored for a floating point one
/// (`sqlite.org/datatype3.html`, section 2, on REAL affinity).
#[expect(
    clippy::cast_precision_loss,
    reason = "SQLite stores a whole number only where none is lost"
)]
fn as_real(value: i64) -> f64 {
    value as f64
}
