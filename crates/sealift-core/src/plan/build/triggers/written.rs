//! What statements must know of the tables and views they write.

use super::super::Builder;
use crate::ast::ForeignKeyAction;
use crate::plan::TablePlan;
use crate::schema::source;
use crate::translate::{Catalogue, Written, WrittenColumn};

impl Builder<'_> {
    /// Returns the facts of every table and view of the catalogue.
    pub(super) fn written(&self, tables: &[TablePlan], catalogue: &Catalogue) -> Vec<Written> {
        let relations = catalogue.relations.iter();
        relations
            .map(|relation| {
                let name = &relation.source_name;
                let schema = self.facts.schema;
                let table = schema.tables.iter().find(|table| table.name == *name);
                let plan = tables.iter().find(|plan| plan.source == *name);
                match (table, plan) {
                    (Some(table), Some(plan)) => self.table_written(table, plan),
                    // A view, or a table that is not read from the schema's tables: neither has
                    // defaults or keys that are known.
                    _ => Written {
                        source_name: name.clone(),
                        columns: vec![WrittenColumn::default(); relation.columns.len()],
                        watched: self.has_triggers(name),
                        ..Written::default()
                    },
                }
            })
            .collect()
    }

    fn table_written(&self, table: &source::Table, plan: &TablePlan) -> Written {
        let columns = table.columns.iter().zip(&plan.target.columns);
        let columns = columns.map(|(column, made)| WrittenColumn {
            generated: column.generated.is_some(),
            identity: made.identity.is_some(),
            default: made.default.clone(),
        });
        let (keys, other_keys) = keys(table);
        Written {
            source_name: table.name.clone(),
            columns: columns.collect(),
            keys,
            other_keys,
            checks: !table.checks.is_empty(),
            conflict_clauses: table.conflict_clauses,
            watched: self.has_triggers(&table.name) || self.is_followed(&table.name),
        }
    }

    fn has_triggers(&self, name: &str) -> bool {
        self.facts.schema.triggers.iter().any(|trigger| trigger.table.eq_ignore_ascii_case(name))
    }

    /// Returns whether rows elsewhere go or change with those of a table.
    fn is_followed(&self, name: &str) -> bool {
        let keys = self.facts.schema.tables.iter().flat_map(|table| &table.foreign_keys);
        let mut parents = keys.filter(|key| key.parent.eq_ignore_ascii_case(name));
        parents.any(|key| !matches!(key.on_delete, ForeignKeyAction::NoAction))
    }
}

/// Returns the keys of plain columns, and whether there are others.
fn keys(table: &source::Table) -> (Vec<Vec<usize>>, bool) {
    let mut keys: Vec<Vec<usize>> = Vec::new();
    let mut others = false;
    let mut add = |key: Vec<usize>| {
        let same = |known: &Vec<usize>| {
            known.len() == key.len() && key.iter().all(|column| known.contains(column))
        };
        if !key.is_empty() && !keys.iter().any(same) {
            keys.push(key);
        }
    };
    add(table.primary_key.clone());
    let own = |column: usize, collation: &Option<String>| {
        table.columns.get(column).is_some_and(|known| known.collation == *collation)
    };
    for unique in &table.unique {
        if unique.columns.iter().all(|part| own(part.column, &part.collation)) {
            add(unique.columns.iter().map(|part| part.column).collect());
        } else {
            others = true;
        }
    }
    for index in table.indexes.iter().filter(|index| index.unique) {
        let columns = index.columns.iter();
        let columns =
            columns.map(|part| part.key.column().filter(|column| own(*column, &part.collation)));
        match columns.collect::<Option<Vec<usize>>>() {
            Some(columns) if index.filter.is_none() => add(columns),
            Some(_) | None => others = true,
        }
    }
    (keys, others)
}
