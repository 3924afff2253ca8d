//! What may be a rename and may be not: only a person knows.

use crate::name::Ident;
use crate::revision::model::{Model, Rename, Table};
use std::collections::BTreeSet;

/// Returns tables that are gone while another of the same columns is new, and columns that are gone while another of
/// the same type is new in their table. One thing may have several candidates.
pub(super) fn candidates(base: &Model, wanted: &Model) -> Vec<Rename> {
    let mut found = Vec::new();
    for old in base.tables.iter().filter(|old| wanted.table(&old.name).is_none()) {
        for new in wanted.tables.iter().filter(|new| base.table(&new.name).is_none()) {
            if shape(old) == shape(new) {
                found.push(Rename::Table { from: old.name.clone(), to: new.name.clone() });
            }
        }
    }
    for old in &base.tables {
        let Some(new) = wanted.table(&old.name) else { continue };
        for gone in old.columns.iter().filter(|column| new.column(&column.name).is_none()) {
            for come in new.columns.iter().filter(|column| old.column(&column.name).is_none()) {
                if gone.type_name == come.type_name {
                    let (from, to) = (gone.name.clone(), come.name.clone());
                    found.push(Rename::Column { table: old.name.clone(), from, to });
                }
            }
        }
    }
    found
}

fn shape(table: &Table) -> BTreeSet<(&Ident, &str)> {
    table.columns.iter().map(|column| (&column.name, column.type_name.as_str())).collect()
}
