//! Tables in which migration tools note what they have done: no part of the schema that is compared.

use super::rows::{ColumnRow, TableRow};
use sealift_core::name::Ident;
use sealift_core::revision::neighbour::is_history;
use std::collections::BTreeSet;

/// Our own, where the role may make no schema for them.
const OURS: &str = "_sealift_";

/// Returns the tables that are those of a migration tool, by name and columns.
pub(super) fn books(tables: &[TableRow], columns: &[ColumnRow]) -> BTreeSet<Ident> {
    let is_book = |table: &&TableRow| {
        let of_table = columns.iter().filter(|column| column.of == table.name);
        is_bookkeeping(table.name.as_str(), of_table.map(|column| column.name.as_str()))
    };
    tables.iter().filter(is_book).map(|table| table.name.clone()).collect()
}

fn is_bookkeeping<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> bool {
    if table == OURS.trim_end_matches('_') || table.starts_with(OURS) {
        return true;
    }
    is_history(table, columns)
}

#[cfg(test)]
mod tests {
    use super::is_bookkeeping;

    #[test]
    fn a_table_of_the_application_that_is_named_like_a_tools_is_compared() {
        let is = |table, columns: &[&'static str]| is_bookkeeping(table, columns.iter().copied());
        assert!(is("alembic_version", &["version_num"]));
        assert!(is("schema_migrations", &["version"]));
        assert!(is("ar_internal_metadata", &["key", "value"]));
        assert!(is("_sealift_revision", &["id"]));
        assert!(!is("schema_migrations", &["id", "name"]));
        assert!(!is("users", &["id"]));
    }
}
