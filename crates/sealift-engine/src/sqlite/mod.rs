//! The only folder that names `rusqlite`: opening, snapshots, the schema, the census, reading rows.
//!
//! In reading order: [`Source`] opens the file without changing anything beside it; [`Snapshot`] is
//! one committed state seen by several readers.

mod facts;
mod fault;
mod folder;
mod header;
mod open;
mod private_copy;
mod session;
mod snapshot;

pub use facts::{Encoding, JournalMode, SourceFacts};
pub use open::{Source, check_integrity};
pub use session::stand_in_collations;
pub use snapshot::{Reader, Snapshot};
