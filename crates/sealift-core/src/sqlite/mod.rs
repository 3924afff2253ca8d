//! What SQLite is: its values, its affinity rules, and its SQL read into [`crate::ast`].
//!
//! This is the only folder that names the SQLite grammar library.

mod affinity;
mod assemble;
pub mod btree;
mod framework;
mod parse;
mod raw;
mod value;
mod virtual_table;

pub use affinity::Affinity;
pub use assemble::assemble;
pub use framework::{Framework, recognise};
pub use parse::{
    ParseError, parse_create_index, parse_create_table, parse_create_trigger, parse_create_view,
    parse_create_virtual_table, parse_expression, parse_select,
};
pub use raw::{
    RawColumn, RawForeignKey, RawIndex, RawIndexColumn, RawIndexOrigin, RawSchema, RawTable,
    RawTableKind, RawTrigger, RawView,
};
pub use value::{StorageClass, Value, ValueRef};
pub use virtual_table::{ContentView, content_views, writes_only_into};
