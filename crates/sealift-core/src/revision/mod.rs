//! Schema revisions: what differs between two schemas, as steps up and down, and the files that hold them.
//!
//! In reading order:
//!
//! - [`lex`] and [`split`]: PostgreSQL's SQL cut into tokens, and a script into statements;
//! - [`file`](mod@file): the name, header, contents and checksum of a revision;
//! - [`graph`]: which revision follows which, and the way from one to another;
//! - [`model`]: a PostgreSQL schema as the server prints it;
//! - [`diff`]: from one model to another, step by step.
//!
//! See `docs/design/024-revisions.md`.

pub mod diff;
pub mod file;
pub mod graph;
pub mod lex;
pub mod model;
pub mod split;

#[cfg(test)]
mod testing;
