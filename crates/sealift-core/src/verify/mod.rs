//! Comparing the two sides: digests and reports.
//!
//! [`cells`] is the independent way: it reads PostgreSQL's text output and SQLite's cells with
//! parsers of its own, and shares no code with the encoders of [`crate::convert`], so that a fault
//! in an encoder cannot hide itself.

pub mod cells;
pub mod copy_text;
mod json_text;
pub mod render;
mod text_value;
