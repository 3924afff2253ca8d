//! Goes through the trees and the list of free pages, as `PRAGMA quick_check` does but for rows.

use super::places::Places;
use super::soundness::{Leaves, Soundness};
use crate::sqlite::stored::{DEEPEST, Pages, Trouble};
use rusqlite::Connection;
use sealift_core::sqlite::btree::{Bounds, Chain, Checked, Child, Kind, Page, Tree};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the database header has what is read of it (`sqlite.org/fileformat2.html`, section 1.3).
const CHANGES: usize = 24;
const PAGES: usize = 28;
const FIRST_FREE: usize = 32;
const FREE: usize = 36;
const LARGEST_ROOT: usize = 52;
const INCREMENTAL: usize = 64;
const CHANGES_AT_SIZE: usize = 92;

/// Returns how many pages the file has; `None` where pages have a second bookkeeping, because the database
/// moves them on its own (`auto_vacuum`), or where the header does not know.
pub(super) fn page_count(pages: &mut Pages<'_>) -> Result<Option<usize>, Trouble> {
    let [largest_root, incremental, changes, changes_at_size, count] =
        [LARGEST_ROOT, INCREMENTAL, CHANGES, CHANGES_AT_SIZE, PAGES]
            .map(|at| number_at(pages, 1, at));
    let is_known = largest_root? == 0 && incremental? == 0 && changes? == changes_at_size?;
    let count = usize::try_from(count?).map_err(|_| Trouble)?;
    Ok(is_known.then_some(count))
}

/// Goes through everything but the leaves that others look at, and gives each page its place.
///
/// # Errors
/// [`Trouble`] when something is not as the format says, or when nobody wants to know any more.
pub(super) fn walk(
    connection: &Connection,
    soundness: &Soundness,
    stop: &AtomicBool,
) -> Result<(), Trouble> {
    let mut pages = Pages::of(connection)?;
    let [first_free, free] = [FIRST_FREE, FREE].map(|at| number_at(&mut pages, 1, at));
    let places = soundness.places().ok_or(Trouble)?;
    let mut walk = Walk { pages, places, soundness, levels: Vec::new(), stop };
    walk.free(first_free?, free?)?;
    walk.tree(1, Tree::Table)?;
    let schema = Schema::of(connection)?;
    for (root, tree) in &schema.trees {
        walk.tree(*root, *tree)?;
    }
    soundness.pair(schema.pairs);
    Ok(())
}

/// The trees of a file, but for the schema's.
struct Schema {
    /// The first page of each.
    trees: Vec<(u32, Tree)>,
    /// An index and its table, which have as many entries, by their first pages.
    pairs: Vec<(u32, u32)>,
}

impl Schema {
    fn of(connection: &Connection) -> Result<Self, Trouble> {
        let mut statement = connection.prepare(
            // The list is made once, not for each table.
            "select rootpage, name, tbl_name, type = 'index', type = 'table' and name not in
                 (select name from pragma_table_list where schema = 'main' and wr),
                 coalesce(sql, '') like '%where%'
             from main.sqlite_schema where rootpage > 0",
        )?;
        let mut rows = statement.query([])?;
        let (mut trees, mut tables, mut indexes) = (Vec::new(), HashMap::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let root: u32 = row.get(0)?;
            let (name, table): (String, String) = (row.get(1)?, row.get(2)?);
            trees.push((root, if row.get(4)? { Tree::Table } else { Tree::Index }));
            if row.get(3)? {
                let is_whole = !row.get::<_, bool>(5)? || is_whole(connection, &table, &name)?;
                indexes.extend(is_whole.then_some((root, table)));
            } else {
                tables.insert(name, root);
            }
        }
        let pairs: Option<Vec<(u32, u32)>> =
            indexes.iter().map(|(root, table)| Some((*root, *tables.get(table)?))).collect();
        Ok(Self { trees, pairs: pairs.ok_or(Trouble)? })
    }
}

/// Returns whether an index has an entry for each row.
fn is_whole(connection: &Connection, table: &str, index: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "select not partial from pragma_index_list(?1, 'main') where name = ?2",
        [table, index],
        |row| row.get(0),
    )
}

struct Walk<'c, 's> {
    pages: Pages<'c>,
    places: &'s Places,
    soundness: &'s Soundness,
    /// One for each level, used again for each page there.
    levels: Vec<Level>,
    stop: &'s AtomicBool,
}

#[derive(Default)]
struct Level {
    page: Checked,
    next: usize,
}

impl Walk<'_, '_> {
    /// Looks at every page of a tree; all leaves are at the same depth. Of a tree whose leaves others look
    /// at, they are only counted.
    fn tree(&mut self, root: u32, tree: Tree) -> Result<(), Trouble> {
        let others = if self.soundness.is_shared(root) { self.depth(root)? } else { None };
        let mut leaves = Leaves::default();
        let mut leaves_at = others;
        let mut depth = 0;
        let mut entries = self.page(root, tree, Bounds::ALL, depth)?;
        loop {
            let level = self.levels.get_mut(depth).ok_or(Trouble)?;
            if let Some(Child { page, bounds }) = level.page.children.get(level.next).copied() {
                level.next += 1;
                if others == Some(depth + 1) {
                    self.places.take(page)?;
                    leaves.add(page, depth + 1)?;
                } else {
                    depth += 1;
                    entries += self.page(page, tree, bounds, depth)?;
                }
                continue;
            }
            // Of a leaf, or after the last page below one that is none.
            if level.page.children.is_empty() && *leaves_at.get_or_insert(depth) != depth {
                return Err(Trouble);
            }
            let Some(above) = depth.checked_sub(1) else { break };
            depth = above;
        }
        self.soundness.expect(root, leaves);
        self.soundness.count(root, entries);
        Ok(())
    }

    /// Returns how deep the first leaf of a table is; `None` where it is the root.
    fn depth(&mut self, root: u32) -> Result<Option<usize>, Trouble> {
        let reserved = self.pages.reserved;
        let (mut number, mut depth) = (root, 0);
        while let Some(first) =
            self.pages.with(number, |bytes| first_child(bytes, number, reserved))??
        {
            (number, depth) = (first, depth + 1);
            if depth >= DEEPEST {
                return Err(Trouble);
            }
        }
        Ok(Some(depth).filter(|depth| *depth > 0))
    }

    /// Looks at a page and the chains that begin on it; returns how many entries it has.
    fn page(
        &mut self,
        number: u32,
        tree: Tree,
        bounds: Bounds,
        depth: usize,
    ) -> Result<u64, Trouble> {
        let is_over = self.stop.load(Ordering::Relaxed) || self.soundness.is_doubtful();
        if depth >= DEEPEST || is_over {
            return Err(Trouble);
        }
        self.places.take(number)?;
        while self.levels.len() <= depth {
            self.levels.push(Level::default());
        }
        let level = self.levels.get_mut(depth).ok_or(Trouble)?;
        level.next = 0;
        let reserved = self.pages.reserved;
        let page = &mut level.page;
        self.pages.with(number, |bytes| page.look(bytes, number, reserved, tree, bounds))??;
        // Borrowed for the walk, and given back to be used again.
        let chains = std::mem::take(&mut page.chains);
        chains.iter().try_for_each(|chain| follow(*chain, &mut self.pages, self.places))?;
        let level = self.levels.get_mut(depth).ok_or(Trouble)?;
        level.page.chains = chains;
        u64::try_from(level.page.entries).map_err(|_| Trouble)
    }

    /// Follows the list of free pages (section 1.5).
    fn free(&mut self, first: u32, count: u32) -> Result<(), Trouble> {
        let (mut next, mut left) = (first, count);
        while next != 0 {
            self.places.take(next)?;
            let listed = number_at(&mut self.pages, next, 4)?;
            left = left.checked_sub(listed.checked_add(1).ok_or(Trouble)?).ok_or(Trouble)?;
            let page = next;
            for index in 0..usize::try_from(listed).map_err(|_| Trouble)? {
                let free = number_at(&mut self.pages, page, 8 + 4 * index)?;
                self.places.take(free)?;
            }
            next = number_at(&mut self.pages, page, 0)?;
        }
        if left == 0 { Ok(()) } else { Err(Trouble) }
    }
}

/// Follows the pages that hold the rest of a record.
pub(super) fn follow(chain: Chain, pages: &mut Pages<'_>, places: &Places) -> Result<(), Trouble> {
    let mut next = chain.first;
    for _ in 0..chain.pages {
        places.take(next)?;
        next = number_at(pages, next, 0)?;
    }
    if next == 0 { Ok(()) } else { Err(Trouble) }
}

/// Returns the first page below a page of a table; `None` of a leaf.
fn first_child(bytes: &[u8], number: u32, reserved: usize) -> Result<Option<u32>, Trouble> {
    let page = Page::read(bytes, number, reserved)?;
    match page.kind() {
        Kind::Leaf => Ok(None),
        Kind::Interior => Ok(Some(page.child(0)?.0)),
    }
}

/// Returns a number of four bytes on a page.
fn number_at(pages: &mut Pages<'_>, page: u32, at: usize) -> Result<u32, Trouble> {
    let reserved = pages.reserved;
    pages.with(page, |bytes| {
        let usable = bytes.len().checked_sub(reserved).and_then(|length| bytes.get(..length));
        let found = usable.and_then(|usable| usable.get(at..)?.first_chunk());
        found.copied().map(u32::from_be_bytes).ok_or(Trouble)
    })?
}
