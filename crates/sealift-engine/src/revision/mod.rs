//! Schema revisions on a server; what is decided about them stands in `sealift_core::revision`.
//!
//! - [`describe`]: a schema that exists, as a model.
//!
//! See `docs/design/024-revisions.md`.

pub mod describe;
