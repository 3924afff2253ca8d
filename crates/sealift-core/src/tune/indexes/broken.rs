//! Indexes that could not be built to their end (manual, CREATE INDEX, "Building Indexes Concurrently"): they
//! are written to, and no query uses them.

use super::{IndexAdvice, IndexFacts, Kind};
use crate::sql::Sql;

pub(super) fn invalid(facts: &IndexFacts) -> Vec<IndexAdvice> {
    let broken = facts.indexes.iter().filter(|index| !index.valid && !index.being_built);
    let advice = broken.filter(|index| !index.of_partition).map(|index| {
        // What `reindex concurrently` leaves beside the index that it was to replace.
        let left = index.name.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
        let is_left = left.ends_with("_ccnew") || left.ends_with("_ccold");
        let (begin, because) = if is_left {
            ("drop index concurrently ", "was left by a reindex that did not end")
        } else if index.unique {
            (
                "reindex index concurrently ",
                "could not be built, perhaps since rows have the same key; it is written to and not used",
            )
        } else {
            ("reindex index concurrently ", "could not be built; it is written to and not used")
        };
        IndexAdvice {
            kind: Kind::Invalid,
            table: index.table.clone(),
            index: Some(index.name.clone()),
            because: format!("index {} {because}", index.name),
            sql: Some(Sql::raw(begin).qualified(&facts.schema, &index.name)),
            ready: true,
        }
    });
    advice.collect()
}
