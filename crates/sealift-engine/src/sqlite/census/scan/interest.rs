//! What is looked for in the texts of a column.

use sealift_core::schema::source;
use std::collections::BTreeSet;

/// Returns whether the schema looks into JSON documents.
pub(super) fn reads_json(schema: &source::Schema) -> bool {
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
pub(super) fn tied_to_other_affinities(
    schema: &source::Schema,
    table: &source::Table,
) -> BTreeSet<usize> {
    let mut tied = BTreeSet::new();
    for child in &schema.tables {
        for key in &child.foreign_keys {
            let parent = schema.tables.iter().find(|it| it.name.eq_ignore_ascii_case(&key.parent));
            let Some(parent) = parent else { continue };
            let parent_columns: Vec<usize> = if key.parent_columns.is_empty() {
                parent.primary_key.clone()
            } else {
                key.parent_columns.iter().filter_map(|name| parent.position(name)).collect()
            };
            for (left, right) in key.columns.iter().zip(parent_columns) {
                let affinity =
                    |it: &source::Table, at: usize| it.columns.get(at).map(|it| it.affinity);
                if affinity(child, *left) == affinity(parent, right) {
                    continue;
                }
                if child.name == table.name {
                    tied.insert(*left);
                }
                if parent.name == table.name {
                    tied.insert(right);
                }
            }
        }
    }
    tied
}
