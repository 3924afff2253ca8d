//! What the pages of a file hold: the b-trees of ordinary tables and the records in them
//! (`sqlite.org/fileformat2.html`, sections 1.6 and 2.1).
//!
//! Bytes in, values out: where pages come from, and in which order, is the reader's business. Whatever
//! is not as the format says is [`Malformed`]; what that means is for SQLite itself to say.

mod check;
mod page;
mod record;
mod varint;

pub use check::{Bounds, Chain, Checked, Child, Tree};
pub use page::{Kind, LeafCell, Page, overflow_part};
pub use record::Fields;

/// The bytes are not what the file format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page is not as SQLite's file format says")]
pub struct Malformed;
