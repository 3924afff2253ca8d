//! Which PostgreSQL type a column gets, and why.

mod census;
mod pg_type;

pub use census::{ColumnCensus, Range, TextCensus, WideCount};
pub use pg_type::{PgType, PgTypeError};
