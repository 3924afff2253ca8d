//! Comparing the two sides: digests and reports.
//!
//! [`digest_expression`] and [`RangeDigest`] compare hashes that both sides compute. [`cells`] is
//! the independent way: it reads PostgreSQL's text output and SQLite's cells with parsers of its
//! own, and shares no code with the encoders of [`crate::convert`], so that a fault in an encoder
//! cannot hide itself.

pub mod cells;
pub mod copy_text;
mod digest;
mod hash;
mod json_text;
mod normal;
pub mod render;
mod row_hash;
mod source_cell;
mod stand_in;
mod text_value;

pub use digest::{Hashed, PROBE_SQL, RangeDigest, RowHash, digest_expression, digest_of, probe};
pub use hash::StreamingTextHash;
pub use row_hash::{RowSum, row_hash};
pub use stand_in::{stand_in, stand_in_expression};
