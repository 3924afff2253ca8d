//! [`Soundness`]: whether a file is sound, found out together with those that read its rows anyway.
//!
//! ```text
//! one thread    the list of free pages, indexes, what stands above the leaves of tables
//! the census    the leaves of tables, each by whoever reads its first row, and the chains from there
//! ```
//!
//! Each page has one place, and an index that is not partial as many entries as its table has rows. Both see the same bytes, so they agree on which pages are leaves of a table, and
//! neither is believed before their numbers are the same.

use super::places::Places;
use super::quick_check::{FOR_SQLITE, check_all, check_each};
use super::walk::{follow, page_count, walk};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::fault;
use crate::sqlite::stored::{LeafOfRow, Pages, Rows, Trouble};
use rusqlite::{Connection, ErrorCode};
use sealift_core::sqlite::btree::{Checked, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether a file is sound.
#[derive(Debug)]
pub struct Soundness {
    /// `None` where only SQLite can tell.
    places: Option<Places>,
    /// The first pages of the tables whose leaves the census looks at.
    shared: BTreeSet<u32>,
    /// SQLite has to be asked.
    doubtful: AtomicBool,
    /// By a table's first page, the leaves that there are and those that were looked at.
    expected: Mutex<BTreeMap<u32, Leaves>>,
    looked: Mutex<BTreeMap<u32, Leaves>>,
    /// How many rows and keys there are, by the first page of their tree.
    entries: Mutex<BTreeMap<u32, u64>>,
    /// Indexes and their tables, which have as many.
    pairs: Mutex<Vec<(u32, u32)>>,
    /// What SQLite has found, if it was asked about everything or has found damage.
    found: Mutex<Option<Vec<String>>>,
}

/// Leaves of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Leaves {
    count: u64,
    /// The sum of their numbers.
    numbers: u64,
    /// All are equally deep.
    depth: Option<usize>,
}

impl Leaves {
    pub(super) fn add(&mut self, number: u32, depth: usize) -> Result<(), Trouble> {
        self.merge(Self { count: 1, numbers: u64::from(number), depth: Some(depth) })
    }

    fn merge(&mut self, other: Self) -> Result<(), Trouble> {
        self.count += other.count;
        self.numbers = self.numbers.wrapping_add(other.numbers);
        let depth = self.depth.or(other.depth);
        if other.depth.is_some_and(|other| depth != Some(other)) {
            return Err(Trouble);
        }
        self.depth = depth;
        Ok(())
    }
}

impl Soundness {
    /// Returns the check of a connection's main database, of which nothing is looked at yet. The leaves of
    /// the tables that begin at the pages `shared` are left to a census.
    #[must_use]
    pub fn of(connection: &Connection, shared: BTreeSet<u32>) -> Self {
        let places = || {
            let mut pages = Pages::of(connection)?;
            let page_bytes = pages.with(1, <[u8]>::len)?;
            let count = page_count(&mut pages)?;
            Ok::<_, Trouble>(count.map(|count| Places::of(count, page_bytes)))
        };
        Self {
            places: places().ok().flatten(),
            shared,
            doubtful: AtomicBool::new(false),
            expected: Mutex::default(),
            looked: Mutex::default(),
            entries: Mutex::default(),
            pairs: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// Looks at everything but what is left to a census. Where that is not as the format says, SQLite looks
    /// at everything.
    ///
    /// # Errors
    /// When the file cannot be read; kind [`ErrorKind::Stopped`] when `stop` is set.
    pub fn look(&self, connection: &Connection, stop: &AtomicBool) -> Result<()> {
        let walked = walk(connection, self, stop);
        go_on(stop)?;
        let found = match walked {
            Ok(()) => Some(known(check_each(connection, FOR_SQLITE))?).filter(|it| !it.is_empty()),
            Err(Trouble) => {
                self.doubt();
                Some(known(check_all(connection))?)
            }
        };
        *lock(&self.found) = found;
        Ok(())
    }

    /// Returns what is damaged, once the census has ended; an empty list means that the file is sound. It
    /// says nothing about checks and NULL.
    ///
    /// # Errors
    /// As [`Soundness::look`].
    pub fn verdict(&self, connection: &Connection, stop: &AtomicBool) -> Result<Vec<String>> {
        go_on(stop)?;
        if let Some(found) = lock(&self.found).clone() {
            return Ok(found);
        }
        if !self.is_doubtful() && self.is_seen() {
            return Ok(Vec::new());
        }
        known(check_all(connection))
    }

    /// Returns whether every page has its place, every leaf that was left to others was looked at, and
    /// indexes have as many entries as their tables.
    pub(super) fn is_seen(&self) -> bool {
        let entries = lock(&self.entries);
        self.places.as_ref().is_some_and(Places::are_all)
            && *lock(&self.expected) == *lock(&self.looked)
            && lock(&self.pairs)
                .iter()
                .all(|(index, table)| entries.get(index) == entries.get(table))
    }

    /// Says that SQLite has to be asked.
    pub fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }

    /// Returns whether SQLite has to be asked, or was.
    pub fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }

    pub(super) fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    pub(super) fn is_shared(&self, root: u32) -> bool {
        self.shared.contains(&root)
    }

    /// Adds to the entries of a tree.
    pub(super) fn count(&self, root: u32, entries: u64) {
        *lock(&self.entries).entry(root).or_default() += entries;
    }

    /// Notes which indexes have as many entries as which tables.
    pub(super) fn pair(&self, pairs: Vec<(u32, u32)>) {
        *lock(&self.pairs) = pairs;
    }

    /// Notes which leaves of a table are left to others.
    pub(super) fn expect(&self, root: u32, leaves: Leaves) {
        if leaves.count > 0 {
            lock(&self.expected).insert(root, leaves);
        }
    }
}

/// The leaves of a table that somebody looks at who reads its rows anyway.
pub(in crate::sqlite) struct LeafCheck<'s> {
    soundness: &'s Soundness,
    places: &'s Places,
    root: u32,
    leaves: Leaves,
    rows: u64,
    /// Used again for each leaf.
    page: Checked,
}

impl<'s> LeafCheck<'s> {
    /// Begins to look at the leaves of the table whose first page is `root`; `None` where nobody asks.
    pub(in crate::sqlite) fn of(soundness: &'s Soundness, root: u32) -> Option<Self> {
        let places = soundness.places().filter(|_| soundness.is_shared(root))?;
        let (leaves, page) = (Leaves::default(), Checked::default());
        Some(Self { soundness, places, root, leaves, rows: 0, page })
    }

    /// Looks at the leaf of the row that was met, where that is its first one: each leaf is looked at once,
    /// however many share the table's rows among them.
    pub(in crate::sqlite) fn look(&mut self, rows: &mut Rows<'_>) {
        if self.soundness.is_doubtful() {
            return;
        }
        let (page, places, leaves) = (&mut self.page, self.places, &mut self.leaves);
        let rows_seen = &mut self.rows;
        let looked = rows.at_first_of_leaf(|leaf, pages| {
            let LeafOfRow { bytes, number, bounds, depth } = leaf;
            page.look(bytes, number, pages.reserved, Tree::Table, bounds)?;
            page.chains.iter().try_for_each(|chain| follow(*chain, pages, places))?;
            *rows_seen += u64::try_from(page.entries).map_err(|_| Trouble)?;
            leaves.add(number, depth)
        });
        if looked.is_err() {
            self.soundness.doubt();
        }
    }

    /// Adds what was looked at to what others have.
    pub(in crate::sqlite) fn end(self) {
        if self.leaves.count == 0 {
            return;
        }
        self.soundness.count(self.root, self.rows);
        let mut looked = lock(&self.soundness.looked);
        if looked.entry(self.root).or_default().merge(self.leaves).is_err() {
            self.soundness.doubt();
        }
    }
}

/// Returns what SQLite has found.
fn known(found: rusqlite::Result<Vec<String>>) -> Result<Vec<String>> {
    match found {
        // A damaged schema page ends the check itself.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(vec![error.to_string()])
        }
        found => found.map_err(|error| fault::fault("check the file's integrity", error)),
    }
}

fn go_on(stop: &AtomicBool) -> Result<()> {
    if stop.load(Ordering::Relaxed) {
        return Err(Error::new(ErrorKind::Stopped, "the check of the file was stopped"));
    }
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
