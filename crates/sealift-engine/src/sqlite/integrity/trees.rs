//! Whether every page of the file is in its place: all that `PRAGMA quick_check` looks for but for rows.

use super::super::stored::{DEEPEST, Pages, Trouble};
use rusqlite::Connection;
use sealift_core::sqlite::btree::{Bounds, Chain, Checked, Tree};
use std::sync::atomic::{AtomicBool, Ordering};

/// Byte 2³⁰ of a file is for locks; its page holds nothing (`sqlite.org/fileformat2.html`, section 1.4).
const LOCK_BYTE: usize = 1 << 30;

/// Where the database header has what is read of it (section 1.3).
const CHANGES: usize = 24;
const PAGES: usize = 28;
const FIRST_FREE: usize = 32;
const FREE: usize = 36;
const LARGEST_ROOT: usize = 52;
const CHANGES_AT_SIZE: usize = 92;

/// Returns whether every page of the main database has its one place, in a tree, a chain or the list of
/// free pages, and is as the format says. False and trouble mean that SQLite has to be asked.
///
/// Not for databases that move pages on their own (`auto_vacuum`), whose pages have a second bookkeeping.
pub(super) fn are_sound(connection: &Connection, stop: &AtomicBool) -> Result<bool, Trouble> {
    let mut pages = Pages::of(connection)?;
    let [largest_root, changes, changes_at_size, count, first_free, free] =
        [LARGEST_ROOT, CHANGES, CHANGES_AT_SIZE, PAGES, FIRST_FREE, FREE]
            .map(|at| number_at(&mut pages, 1, at));
    if largest_root? != 0 || changes? != changes_at_size? {
        return Ok(false);
    }
    let page_bytes = pages.with(1, <[u8]>::len)?;
    let used = Used::of(usize::try_from(count?).map_err(|_| Trouble)?);
    let mut walk = Walk { pages, used, levels: Vec::new(), stop };
    walk.used.lock_page(LOCK_BYTE / std::cmp::max(page_bytes, 1) + 1);
    walk.free(first_free?, free?)?;
    walk.tree(1, Tree::Table)?;
    for (root, tree) in roots(connection)? {
        walk.tree(root, tree)?;
    }
    Ok(walk.used.are_all())
}

/// Returns the first page of each tree but the schema's.
fn roots(connection: &Connection) -> rusqlite::Result<Vec<(u32, Tree)>> {
    let mut statement = connection.prepare(
        "select s.rootpage, s.type = 'table' and coalesce(t.wr, 0) = 0
         from main.sqlite_schema as s left join pragma_table_list as t
         on t.schema = 'main' and t.name = s.name and s.type = 'table' where s.rootpage > 0",
    )?;
    let kind = |is_table| if is_table { Tree::Table } else { Tree::Index };
    let roots = statement.query_map([], |row| Ok((row.get(0)?, kind(row.get(1)?))))?;
    roots.collect()
}

struct Walk<'c> {
    pages: Pages<'c>,
    used: Used,
    /// One for each level, used again for each page there.
    levels: Vec<Level>,
    stop: &'c AtomicBool,
}

#[derive(Default)]
struct Level {
    page: Checked,
    next: usize,
}

impl Walk<'_> {
    /// Looks at every page of a tree; all leaves are at the same depth.
    fn tree(&mut self, root: u32, tree: Tree) -> Result<(), Trouble> {
        let mut leaves_at = None;
        let mut depth = 0;
        self.page(root, tree, Bounds::ALL, depth)?;
        loop {
            let level = self.levels.get_mut(depth).ok_or(Trouble)?;
            if let Some(child) = level.page.children.get(level.next).copied() {
                level.next += 1;
                depth += 1;
                self.page(child.page, tree, child.bounds, depth)?;
                continue;
            }
            // Of a leaf, or after the last page below one that is none.
            if level.page.children.is_empty() && *leaves_at.get_or_insert(depth) != depth {
                return Err(Trouble);
            }
            let Some(above) = depth.checked_sub(1) else { return Ok(()) };
            depth = above;
        }
    }

    /// Looks at a page and the chains that begin on it.
    fn page(
        &mut self,
        number: u32,
        tree: Tree,
        bounds: Bounds,
        depth: usize,
    ) -> Result<(), Trouble> {
        if depth >= DEEPEST || self.stop.load(Ordering::Relaxed) {
            return Err(Trouble);
        }
        self.used.take(number)?;
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
        chains.iter().try_for_each(|chain| self.chain(*chain))?;
        if let Some(level) = self.levels.get_mut(depth) {
            level.page.chains = chains;
        }
        Ok(())
    }

    /// Follows the pages that hold the rest of a record.
    fn chain(&mut self, chain: Chain) -> Result<(), Trouble> {
        let mut next = chain.first;
        for _ in 0..chain.pages {
            self.used.take(next)?;
            next = number_at(&mut self.pages, next, 0)?;
        }
        if next == 0 { Ok(()) } else { Err(Trouble) }
    }

    /// Follows the list of free pages (section 1.5).
    fn free(&mut self, first: u32, count: u32) -> Result<(), Trouble> {
        let (mut next, mut left) = (first, count);
        while next != 0 {
            self.used.take(next)?;
            let listed = number_at(&mut self.pages, next, 4)?;
            left = left.checked_sub(listed.checked_add(1).ok_or(Trouble)?).ok_or(Trouble)?;
            let page = next;
            for index in 0..usize::try_from(listed).map_err(|_| Trouble)? {
                let free = number_at(&mut self.pages, page, 8 + 4 * index)?;
                self.used.take(free)?;
            }
            next = number_at(&mut self.pages, page, 0)?;
        }
        if left == 0 { Ok(()) } else { Err(Trouble) }
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

/// The pages that have their place.
struct Used {
    bits: Vec<u64>,
    pages: usize,
}

impl Used {
    fn of(pages: usize) -> Self {
        Self { bits: vec![0; pages / 64 + 1], pages }
    }

    /// Takes a page, which nobody may have taken.
    fn take(&mut self, number: u32) -> Result<(), Trouble> {
        let page = usize::try_from(number).map_err(|_| Trouble)?;
        if page == 0 || page > self.pages {
            return Err(Trouble);
        }
        let (word, bit) = (self.bits.get_mut(page / 64).ok_or(Trouble)?, 1 << (page % 64));
        if *word & bit != 0 {
            return Err(Trouble);
        }
        *word |= bit;
        Ok(())
    }

    /// Takes the page that holds nothing, if the file is so large.
    fn lock_page(&mut self, page: usize) {
        if page <= self.pages
            && let Some(word) = self.bits.get_mut(page / 64)
        {
            *word |= 1 << (page % 64);
        }
    }

    fn are_all(&self) -> bool {
        let used: u32 = self.bits.iter().map(|word| word.count_ones()).sum();
        usize::try_from(used) == Ok(self.pages)
    }
}
