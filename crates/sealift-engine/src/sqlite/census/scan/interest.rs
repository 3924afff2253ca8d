//! What is looked for in the texts of a column.

use sealift_core::schema::source;
use std::collections::{BTreeSet, HashMap};

/// What a schema says of all of its tables, found out once.
#[derive(Debug)]
pub(super) struct Looked {
    /// Whether it looks into JSON documents.
    pub(super) reads_json: bool,
    /// By the positions of table and column.
    tied: BTreeSet<(usize, usize)>,
}

impl Looked {
    pub(super) fn at(schema: &source::Schema) -> Self {
        Self { reads_json: reads_json(schema), tied: tied_to_other_affinities(schema) }
    }

    /// Returns whether a foreign key ties a column to one of another affinity.
    pub(super) fn is_tied(&self, table: usize, column: usize) -> bool {
        self.tied.contains(&(table, column))
    }
}

/// Returns whether the schema looks into JSON documents.
fn reads_json(schema: &source::Schema) -> bool {
    let tables = schema.tables.iter().flat_map(|table| {
        let keys = table.indexes.iter().flat_map(|index| &index.columns);
        let keys = keys.filter_map(|part| match &part.key {
            source::IndexKey::Column(_) => None,
            source::IndexKey::Expression(expression) => Some(&expression.sql),
        });
        let filters = table.indexes.iter().filter_map(|index| index.filter.as_ref());
        keys.chain(filters.map(|filter| &filter.sql)).chain([&table.sql])
    });
    let views = schema.views.iter().map(|view| &view.sql);
    let triggers = schema.triggers.iter().map(|trigger| &trigger.sql);
    tables.chain(views).chain(triggers).any(|sql| {
        let sql = sql.to_ascii_lowercase();
        sql.contains("json_") || sql.contains("->")
    })
}

/// Returns the columns that a foreign key ties to a column of another affinity: both ends get one
/// type, so what their texts look like matters whatever the column declares.
fn tied_to_other_affinities(schema: &source::Schema) -> BTreeSet<(usize, usize)> {
    let tables = || schema.tables.iter().enumerate();
    let by_name: HashMap<String, (usize, &source::Table)> =
        tables().map(|found| (found.1.name.to_ascii_lowercase(), found)).collect();
    let affinity = |it: &source::Table, at: usize| it.columns.get(at).map(|it| it.affinity);
    let mut tied = BTreeSet::new();
    for (position, child) in tables() {
        for key in &child.foreign_keys {
            let parent = by_name.get(&key.parent.to_ascii_lowercase());
            let Some((parent_position, parent)) = parent else { continue };
            let parent_columns: Vec<usize> = if key.parent_columns.is_empty() {
                parent.primary_key.clone()
            } else {
                key.parent_columns.iter().filter_map(|name| parent.position(name)).collect()
            };
            for (left, right) in key.columns.iter().zip(parent_columns) {
                if affinity(child, *left) != affinity(parent, right) {
                    tied.extend([(position, *left), (*parent_position, right)]);
                }
            }
        }
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_foreign_key_between_affinities_are_tied_whatever_the_case_of_their_names() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let script = "create table Parent (id integer primary key, code text unique);
            create table child (a text references PARENT, b text references parent(CODE));";
        connection.execute_batch(script).unwrap();
        let schema = crate::sqlite::introspect(&connection).unwrap();
        let position = |name: &str| schema.tables.iter().position(|it| it.name == name).unwrap();
        let (parent, child) = (position("Parent"), position("child"));
        let looked = Looked::at(&schema);
        assert_eq!((looked.is_tied(child, 0), looked.is_tied(parent, 0)), (true, true));
        assert_eq!((looked.is_tied(child, 1), looked.is_tied(parent, 1)), (false, false));
    }
}
