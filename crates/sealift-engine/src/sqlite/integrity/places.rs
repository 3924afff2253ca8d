//! [`Places`]: the pages of a file that have their place.

use crate::sqlite::stored::Trouble;
use std::sync::atomic::{AtomicU64, Ordering};

/// Byte 2³⁰ of a file is for locks; its page holds nothing (`sqlite.org/fileformat2.html`, section 1.4).
const LOCK_BYTE: usize = 1 << 30;

/// The pages that have their place, as several threads find them. A bit for each page: 33 MB for a terabyte
/// in pages of 4 KiB.
#[derive(Debug)]
pub(super) struct Places {
    bits: Vec<AtomicU64>,
    pages: usize,
}

impl Places {
    /// Returns a file of so many pages, of which none has its place but the one that holds nothing, if the
    /// file is so large.
    pub(super) fn of(pages: usize, page_bytes: usize) -> Self {
        let bits = std::iter::repeat_with(AtomicU64::default).take(pages / 64 + 1).collect();
        let places = Self { bits, pages };
        let lock_page = LOCK_BYTE / std::cmp::max(page_bytes, 1) + 1;
        if lock_page <= pages
            && let Some(word) = places.bits.get(lock_page / 64)
        {
            word.fetch_or(1 << (lock_page % 64), Ordering::Relaxed);
        }
        places
    }

    /// Takes a page.
    ///
    /// # Errors
    /// When it is taken already, or the file has no such page.
    pub(super) fn take(&self, number: u32) -> Result<(), Trouble> {
        let page = usize::try_from(number).map_err(|_| Trouble)?;
        if page == 0 || page > self.pages {
            return Err(Trouble);
        }
        let (word, bit) = (self.bits.get(page / 64).ok_or(Trouble)?, 1 << (page % 64));
        // Who takes what is counted after all threads have ended.
        if word.fetch_or(bit, Ordering::Relaxed) & bit == 0 { Ok(()) } else { Err(Trouble) }
    }

    /// Returns whether every page has its place.
    pub(super) fn are_all(&self) -> bool {
        let taken: u32 =
            self.bits.iter().map(|word| word.load(Ordering::Relaxed).count_ones()).sum();
        usize::try_from(taken) == Ok(self.pages)
    }
}
