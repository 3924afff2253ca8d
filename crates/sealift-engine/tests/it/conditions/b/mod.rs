//! Group b: what stands in the schema.

mod checks_defaults;
mod foreign_keys;
mod indexes;
mod keys;
mod names;
mod others;
mod sequences;
