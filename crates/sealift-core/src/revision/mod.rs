//! Schema revisions: what differs between two schemas, as steps up and down, and the files that hold them.
//!
//! In reading order:
//!
//! - [`lex`] and [`split`]: PostgreSQL's SQL cut into tokens, and a script into statements;
//! - [`file`](mod@file): the name, header, contents and checksum of a revision;
//! - [`way`]: up or down;
//! - [`graph`]: which revision follows which, and the way from one to another;
//! - [`model`]: a PostgreSQL schema as the server prints it;
//! - [`diff`]: from one model to another, step by step;
//! - [`effect`]: what a statement that a person has written locks, reads and destroys;
//! - [`foreign`]: files of other tools as revisions;
//! - [`neighbour`]: by which tables the histories of other tools are known;
//! - [`lines`]: how a file that has changed is shown.
//!
//! See `docs/design/024-revisions.md`.

pub mod diff;
pub mod effect;
pub mod file;
pub mod foreign;
pub mod graph;
pub mod lex;
pub mod lines;
pub mod model;
pub mod neighbour;
pub mod split;
pub mod way;

#[cfg(test)]
mod testing;
