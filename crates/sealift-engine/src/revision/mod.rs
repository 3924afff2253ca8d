//! Schema revisions on a server; what is decided about them stands in `sealift_core::revision`.
//!
//! - [`describe`]: a schema that exists, as a model;
//! - [`wanted`]: what it is to become, from a SQLite file, SQL files or another database;
//! - [`difference`]: from the one to the other, as files.
//!
//! See `docs/design/024-revisions.md`.

pub mod describe;
pub mod difference;
pub mod wanted;
