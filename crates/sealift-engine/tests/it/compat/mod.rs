//! One test for every line of `COMPAT.md`: a small real file, migrated, and what an application then
//! relies on. [`book`] keeps the two together.

mod book;
mod defaults_checks;
mod foreign_keys;
mod generated;
mod identifiers;
mod indexes;
mod keys;
mod queries;
mod source_files;
mod tables;
mod types;
mod types_time;
mod views_triggers_virtual;
