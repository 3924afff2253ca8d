//! From a SQLite cell to the bytes of one binary `COPY` field, or the reason why not.

mod boolean;
mod classify;
mod codec;
mod datetime;
pub(crate) mod decimal;
mod json;
mod number;
mod reading;
mod seen;
mod text;
mod uuid;

pub use classify::{Interest, classify_text, record, record_blob};
pub use codec::{CodecError, ColumnCodec, MAX_FIELD_BYTES};
pub use reading::{Misfit, Reading};
pub use seen::Texts;
