//! What SQLite is: its values, its affinity rules, and its SQL read into [`crate::ast`].
//!
//! This is the only folder that names the SQLite grammar library.

mod affinity;
mod value;

pub use affinity::Affinity;
pub use value::{StorageClass, Value, ValueRef};
