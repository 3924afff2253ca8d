//! The only folder that names `rusqlite`: opening, snapshots, the schema, the census, reading rows.
//!
//! In reading order: [`Source`] opens the file without changing anything beside it; [`Snapshot`] is
//! one committed state seen by several readers; `Application` writes, into copies that are ours.

mod apart;
mod application;
mod backup;
mod cell;
mod census;
mod checks;
mod facts;
mod fault;
mod file_system;
mod folder;
mod header;
mod history;
mod integrity;
mod introspect;
mod key;
pub(crate) mod known;
mod long_rows;
mod merging;
mod misfits;
mod open;
mod ordered_rows;
mod orphans;
mod private_copy;
mod reader;
mod session;
mod snapshot;
mod stored;
mod trial_rows;
mod utf16;
mod watch;

pub(crate) use apart::rules_of;
pub use apart::{Apart, Fate, Filter, KeptRow, Reason, What, decide, kept_rows};
pub(crate) use application::{Application, Interrupt, Ran, Ready, is_in_memory};
pub use backup::backup;
pub use census::{CellMemory, Counting, SPLIT_BYTES, TableCensus, WholeKeys, census};
pub use checks::{breaks_a_check, count_broken};
pub use facts::{Encoding, JournalMode, SourceFacts};
pub(crate) use folder::beside;
pub use history::history;
pub use integrity::{Soundness, integrity};
pub use introspect::introspect;
pub use key::TableKey;
pub(crate) use known::KNOWN;
pub use long_rows::{encoding, longest_row, rows_over};
pub use merging::{KEYS_MERGE, merging_keys};
pub use misfits::{keys_at, keys_of_cells, misfit_keys};
pub use open::Source;
pub use ordered_rows::{RowQuery, StandIns, count_rows, read_rows, rowid_name};
pub use orphans::{Orphan, count_orphans, orphans};
pub(crate) use reader::CHUNK_BYTES;
pub use reader::{CellMisfit, Chunk, KeyRange, RangeSummary, ReadJob, large_over, read_range};
pub use session::stand_in_collations;
pub use snapshot::{Reader, Snapshot};
pub use trial_rows::{TrialBounds, TrialRow, rows_by_length, widest_rows};

/// Returns the version of the SQLite library that is built in.
#[must_use]
pub fn library_version() -> &'static str {
    rusqlite::version()
}
