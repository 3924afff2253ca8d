//! Comparing the two sides: digests and reports.

mod digest;
mod hash;

pub use digest::{PROBE_SQL, RangeDigest, RowHash, digest_expression, probe};
pub use hash::StreamingTextHash;
