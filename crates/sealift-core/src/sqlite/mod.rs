//! What SQLite is: its values, its affinity rules, and its SQL read into [`crate::ast`].
//!
//! This is the only folder that names the SQLite grammar library.

mod affinity;
mod parse;
mod value;

pub use affinity::Affinity;
pub use parse::{
    ParseError, parse_create_index, parse_create_table, parse_create_trigger, parse_create_view,
    parse_create_virtual_table, parse_expression, parse_select,
};
pub use value::{StorageClass, Value, ValueRef};
