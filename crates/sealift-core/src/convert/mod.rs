//! From a SQLite cell to the bytes of one binary `COPY` field, or the reason why not.

mod reading;

pub use reading::{Misfit, Reading};
