//! Pages by number, as the connection's snapshot has them.

#[cfg(unix)]
use super::file::PageFile;
use super::rows::Trouble;
use rusqlite::{CachedStatement, Connection, OptionalExtension};
use sealift_core::sqlite::btree::Malformed;

/// The bytes that extensions reserve at the end of each page, in the database header
/// (`sqlite.org/fileformat2.html`, section 1.3.4).
const RESERVED_AT: usize = 20;

/// Where pages come from: the file, where it holds all that the snapshot sees, else SQLite.
pub(in crate::sqlite) struct Pages<'c> {
    statement: CachedStatement<'c>,
    #[cfg(unix)]
    file: Option<PageFile>,
    /// Bytes at the end of each page that are not SQLite's.
    pub(in crate::sqlite) reserved: usize,
}

impl<'c> Pages<'c> {
    /// Returns the pages of the main database.
    pub(in crate::sqlite) fn of(connection: &'c Connection) -> Result<Self, Trouble> {
        let statement =
            connection.prepare_cached("select data from sqlite_dbpage('main') where pgno = ?1")?;
        let mut pages = Self {
            statement,
            #[cfg(unix)]
            file: None,
            reserved: 0,
        };
        let mut first = Vec::new();
        pages.read(1, &mut first)?;
        pages.reserved = first.get(RESERVED_AT).copied().map_or(0, usize::from);
        #[cfg(unix)]
        {
            pages.file = PageFile::of(connection, &first);
        }
        Ok(pages)
    }

    /// Reads a page into `page`.
    pub(in crate::sqlite) fn read(
        &mut self,
        number: u32,
        page: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        page.clear();
        self.with(number, |bytes| page.extend_from_slice(bytes))
    }

    /// Hands a page to `look`.
    pub(in crate::sqlite) fn with<T>(
        &mut self,
        number: u32,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Trouble> {
        #[cfg(unix)]
        if let Some(file) = &mut self.file {
            return file.page(number).map(look).ok_or(Trouble);
        }
        let found = self
            .statement
            .query_row([number], |row| Ok(row.get_ref(0)?.as_blob().map(look)))
            .optional()?;
        match found {
            Some(Ok(looked)) => Ok(looked),
            Some(Err(_)) | None => Err(Malformed.into()),
        }
    }
}
