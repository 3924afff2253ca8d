//! `target::*` → the statements that make it, in phases.

mod render;
mod statement;
mod trigger;

pub use render::{add_foreign_key, create_schema, drop_tables, drop_views, render, type_sql};
pub use statement::{Stage, Statement, TableLock};
pub use trigger::{FUNCTION_MARK, drop_functions, function_source, trigger_id, try_trigger};
