//! `target::*` → the statements that make it, in phases.

mod statement;

pub use statement::{Stage, Statement};
