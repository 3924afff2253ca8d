//! The quarantine: rows that are kept apart, whole and exactly as SQLite has them, in a table of the
//! target and in a file on this side.
//!
//! Both are written once all other rows have arrived, again by each attempt, so that neither holds a row
//! twice or one of an earlier state. `replay` brings in the rows whose obstacle is gone.

mod cells;
mod file;
mod list;
mod replay;
mod table;

pub use file::read_file;
pub use list::{Listed, list, show};
pub use replay::{Left, Replay, ReplayOptions, replay};
pub use table::TABLE;
pub(crate) use table::{Writing, refuse_strangers, write};
