//! Schema revisions: the files, the history in the database, and the way from one state to another.
//!
//! ```text
//! folder      the files, read and checked
//! history/    what was carried out in this database
//! state       both side by side, without writing anything
//! run/        up, down, stamp
//! offline     the same as a script for psql, without a server
//! import      the files of other tools as ours
//! neighbours  histories of other tools in the same schema
//! ```
//!
//! See `docs/design/024-revisions.md`.

pub mod folder;
pub mod history;
pub mod import;
mod known;
pub mod neighbours;
pub mod offline;
pub mod run;
pub mod state;

pub(crate) use known::KNOWN;
