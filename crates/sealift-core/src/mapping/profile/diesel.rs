//! Diesel: the Rust types that its schema macro gives the columns of both backends.

use super::wish::{ProfileColumn, Wish, plain};
use crate::mapping::PgType;

/// `INTEGER` is an `i32`, and a client that reads four bytes finds no one in a column of eight.
pub(super) fn wish(column: &ProfileColumn<'_>) -> Option<Wish> {
    let (name, arguments) = column.declared();
    match (name.as_str(), arguments.as_slice()) {
        ("INTEGER" | "INT", []) => plain(PgType::Integer),
        _ => None,
    }
}
