//! One test for every line of `COMPAT.md`: a small real file, migrated, and what an application then
//! relies on. [`book`] keeps the two together.

mod book;
mod defaults_checks;
mod foreign_keys;
mod frameworks;
mod generated;
mod identifiers;
mod indexes;
mod keys;
mod moments;
mod policies;
mod quarantine;
mod queries;
mod source_files;
mod tables;
mod triggers;
mod types;
mod types_time;
mod views;
mod virtual_tables;
