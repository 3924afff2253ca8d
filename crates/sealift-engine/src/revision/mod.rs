//! Schema revisions: the files, the history in the database, and the way from one state to another; what is decided
//! about them stands in `sealift_core::revision`.
//!
//! ```text
//! folder      the files, read and checked
//! history/    what was carried out in this database
//! state       both side by side, without writing anything
//! run/        up, down, stamp
//! offline     the same as a script for psql, without a server
//! import      the files of other tools as ours
//! neighbours  histories of other tools in the same schema
//! describe/   a schema that exists, as a model
//! wanted/     what it is to become, from a SQLite file, SQL files or another database
//! difference  from the one to the other, as files
//! whole/      a schema from nothing in one file: of a database, or of many files
//! ```
//!
//! See `docs/design/024-revisions.md`.

pub mod describe;
pub mod difference;
pub mod folder;
pub mod history;
pub mod import;
mod known;
pub mod neighbours;
pub mod offline;
pub mod run;
pub mod state;
pub mod wanted;
pub mod whole;

pub(crate) use known::KNOWN;
