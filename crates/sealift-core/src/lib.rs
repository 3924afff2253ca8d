//! The pure half of Sealift: values in, values out. No I/O, no clock, no environment, no async.
//!
//! In reading order, each module seeing only what stands before it:
//!
//! - [`name`] and [`sql`]: identifiers, and the only way SQL text comes about;
//! - [`ast`]: SQLite's SQL as a typed tree;
//! - [`sqlite`]: SQLite's values and affinities, and its SQL read into [`ast`];
//! - [`mapping`]: the PostgreSQL types, the census of a column, and which type it gets;
//! - [`schema`]: what the source declares and what the target is to hold;
//! - [`translate`]: expressions and views for PostgreSQL;
//! - [`convert`] and [`copyfmt`]: a cell as the bytes of a binary `COPY`;
//! - [`ddl`]: the target schema as statements;
//! - [`plan`]: all decisions in one reviewable artefact, with findings;
//! - [`verify`]: digests and comparisons;
//! - [`revision`]: how a schema changes after the move, as files that go up and down;
//! - [`tune`]: how an application and its server are set: pools, settings, indexes, grants.
//! - [`mod@bench`]: what an application does with a schema, on both sides, and what was measured of it.

pub mod ast;
pub mod bench;
pub mod convert;
pub mod copyfmt;
pub mod ddl;
pub mod mapping;
pub mod name;
pub mod plan;
pub mod revision;
pub mod schema;
pub mod sql;
pub mod sqlite;
pub mod translate;
pub mod tune;
pub mod verify;
