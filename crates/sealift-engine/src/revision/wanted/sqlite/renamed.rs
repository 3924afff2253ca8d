//! The database under the wanted names, so that a table or column that only has another name keeps its types and all
//! that SQLite cannot say.

use sealift_core::plan::like::Like;
use sealift_core::revision::model::{Model, Rename};

/// Returns the renames with those of tables first, and each column's table by its wanted name.
fn ordered(renames: &[Rename]) -> Vec<Rename> {
    let is_table = |rename: &&Rename| matches!(rename, Rename::Table { .. });
    let tables: Vec<Rename> = renames.iter().filter(is_table).cloned().collect();
    let columns = renames.iter().filter(|rename| !is_table(rename)).cloned().map(|mut column| {
        if let Rename::Column { table, .. } = &mut column {
            let to = tables.iter().find_map(|rename| match rename {
                Rename::Table { from, to } if from == table => Some(to.clone()),
                Rename::Table { .. } | Rename::Column { .. } => None,
            });
            if let Some(to) = to {
                *table = to;
            }
        }
        column
    });
    let columns: Vec<Rename> = columns.collect();
    tables.into_iter().chain(columns).collect()
}

/// Returns what the database holds, under the wanted names.
pub(super) fn model(base: &Model, renames: &[Rename]) -> Model {
    ordered(renames).iter().fold(base.clone(), |model, rename| model.renamed(rename))
}

/// Gives the tables and columns of a pattern their wanted names.
pub(super) fn like(like: &mut Like, renames: &[Rename]) {
    for rename in ordered(renames) {
        match rename {
            Rename::Table { from, to } => {
                let mut tables = like.tables.iter_mut();
                if let Some(table) = tables.find(|table| table.name == from.as_str()) {
                    to.as_str().clone_into(&mut table.name);
                }
            }
            Rename::Column { table, from, to } => {
                let of = like.tables.iter_mut().filter(|known| known.name == table.as_str());
                for column in of.flat_map(|table| &mut table.columns) {
                    if column.name == from.as_str() {
                        to.as_str().clone_into(&mut column.name);
                    }
                }
            }
        }
    }
}
