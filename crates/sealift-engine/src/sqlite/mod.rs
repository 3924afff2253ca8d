//! The only folder that names `rusqlite`: opening, snapshots, the schema, the census, reading rows.
//!
//! In reading order: [`Source`] opens the file without changing anything beside it; [`Snapshot`] is
//! one committed state seen by several readers.

mod backup;
mod facts;
mod fault;
mod folder;
mod header;
mod key;
mod open;
mod ordered_rows;
mod orphans;
mod private_copy;
mod session;
mod snapshot;

pub use backup::backup;
pub use facts::{Encoding, JournalMode, SourceFacts};
pub use key::TableKey;
pub use open::{Source, check_integrity};
pub use ordered_rows::{RowQuery, count_rows, read_rows, rowid_name};
pub use orphans::{Orphan, orphans};
pub use session::stand_in_collations;
pub use snapshot::{Reader, Snapshot};
