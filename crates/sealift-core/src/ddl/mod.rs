//! `target::*` → the statements that make it, in phases.

mod render;
mod statement;

pub use render::{add_foreign_key, create_schema, drop_tables, drop_views, render, type_sql};
pub use statement::{Stage, Statement, TableLock};
