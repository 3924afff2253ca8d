//! Tables in which migration tools note what they have done: no part of the schema that is compared.

use crate::revision::neighbours::is_named_like_one;

/// What Rails keeps beside its history.
const BESIDE: &str = "ar_internal_metadata";

/// Our own, where the role may make no schema for them.
const OURS: &str = "_sealift_";

/// Returns whether a table is one of a migration tool.
#[must_use]
pub fn is_bookkeeping(table: &str) -> bool {
    table == OURS.trim_end_matches('_')
        || table.starts_with(OURS)
        || table == BESIDE
        || is_named_like_one(table)
}
