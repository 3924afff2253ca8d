//! [`Rates`]: how fast a server and this machine are, and the constants of the model.
//!
//! All that was found by measuring stands in this file. To measure again: `benches/README.md`, "What a plan
//! predicts".

use serde::Serialize;

/// What a probe measures. All are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rates {
    /// There and back, for a statement that does nothing.
    pub round_trip: f64,
    /// A statement that makes a table, in a transaction of its own that does not wait for the disk.
    pub statement: f64,
    /// A row of four narrow columns (`bigint`, `integer`, `double precision`, ten letters of `text`)
    /// through `COPY` into a temporary table.
    pub copy_row: f64,
    /// A byte of long values (`bytea`) through `COPY` into a temporary table.
    pub copy_byte: f64,
    /// One of the n·log₂ n steps in which an index on n integers is made.
    pub integer_key: f64,
    /// The same for texts, in the collation of the database.
    pub text_key: f64,
    /// The hash of such a row of four columns.
    pub hash_row: f64,
}

impl Rates {
    /// What the probe found on the machine where the model's constants were measured: the median of
    /// several, on two idle cores of a virtual machine with PostgreSQL 15 beside it.
    pub const USUAL: Self = Self {
        round_trip: 70e-6,
        statement: 240e-6,
        copy_row: 390e-9,
        copy_byte: 2.4e-9,
        integer_key: 13.4e-9,
        text_key: 37.7e-9,
        hash_row: 168e-9,
    };

    /// Returns how many times slower than usual the server computes.
    pub(super) fn slowness(&self) -> f64 {
        let ratios = [
            self.copy_row / Self::USUAL.copy_row,
            self.integer_key / Self::USUAL.integer_key,
            self.hash_row / Self::USUAL.hash_row,
        ];
        ratios.iter().product::<f64>().cbrt()
    }
}

/// What reading a row, a cell and a byte of SQLite takes, with the conversion and the hash, where no row
/// could be read to see.
pub(super) const READ_ROW: f64 = 250e-9;
pub(super) const READ_CELL: f64 = 60e-9;
pub(super) const READ_BYTE: f64 = 0.6e-9;

/// Of [`Rates::copy_row`], the share that does not depend on the columns.
pub(super) const ROW_SHARE: f64 = 0.4;

/// What a table that stays takes more than a temporary one: the write-ahead log.
pub(super) const OVER_TEMPORARY: f64 = 1.2;

/// A byte that PostgreSQL tries to compress, by lz4; its older way takes three times as long.
pub(super) const COMPRESS_BYTE: f64 = 6e-9;

/// A byte that is moved out of its row: a row of its own for each two thousand, and its index.
pub(super) const MOVED_BYTE: f64 = 5e-9;

/// A byte of text that becomes `jsonb`.
pub(super) const JSONB_BYTE: f64 = 6e-9;

/// What is waited for around each range (a transaction, the copy, the receipt) and around each index or
/// constraint (a transaction, the step, its files), in [`Rates::statement`].
pub(super) const STATEMENTS_OF_A_RANGE: f64 = 4.0;
pub(super) const STATEMENTS_OF_A_STEP: f64 = 4.0;

/// What is asked and written around all of that once.
pub(super) const STATEMENTS_OF_A_RUN: f64 = 20.0;

/// What sorting millions takes, against the probe's thousands, which lie in the processor's cache, …
pub(super) const LARGE_SORT: f64 = 1.6;

/// … the same where they are in order already, as the keys of a table that is read by them are, …
pub(super) const IN_ORDER: f64 = 0.85;

/// … and the same of texts and `numeric`, which the probe's texts are like.
pub(super) const LARGE_TEXT_SORT: f64 = 1.0;

/// What sorts that run side by side lose to each other: memory, and caches.
pub(super) const CONTENTION: f64 = 1.2;

/// A byte of a table that an index build, a check or a foreign key goes through.
pub(super) const SCAN_BYTE: f64 = 0.25e-9;

/// A row of a child that a foreign key is checked for, and one of its parent.
pub(super) const CHILD_ROW: f64 = 250e-9;
pub(super) const PARENT_ROW: f64 = 150e-9;

/// A row that a check is tried on.
pub(super) const CHECK_ROW: f64 = 100e-9;

/// How many rows of a table `analyze` looks at (300 times `default_statistics_target`), what each cell of
/// those takes, each row, and each of the pages they are found in.
pub(super) const ANALYZED_ROWS: f64 = 30_000.0;
pub(super) const ANALYZED_ROW: f64 = 1e-6;
pub(super) const ANALYZED_CELL: f64 = 0.3e-6;
pub(super) const ANALYZED_PAGE: f64 = 4e-6;

/// A byte that is hashed by the server, and one that it has to decompress before.
pub(super) const HASH_BYTE: f64 = 0.7e-9;
pub(super) const DECOMPRESS_BYTE: f64 = 0.8e-9;

/// What comparing the structure takes for each table or index.
pub(super) const COMPARED_OBJECT: f64 = 0.2e-3;

/// What each table, index and constraint takes before the first row, in [`Rates::statement`]: it is looked for,
/// tried with empty tables, and made.
pub(super) const STATEMENTS_OF_AN_OBJECT: f64 = 2.5;

/// A byte of a backup: copied, checked and brought to disk by one thread.
pub(super) const BACKUP_BYTE: f64 = 1.6e-9;
