//! In words: how two plans differ, so that a person sees why a run does not go on with another one's
//! work.

use super::{Plan, TablePlan};
use crate::schema::target;
use std::collections::BTreeMap;

/// Returns what is different about `new`, a clause for each table and view; nothing when both make
/// the same. Counts, reasons and findings are no difference.
#[must_use]
pub fn changes(old: &Plan, new: &Plan) -> Vec<String> {
    let mut changes = Vec::new();
    let by_source = |plan: &'_ Plan| -> BTreeMap<String, usize> {
        let names = plan.tables.iter().enumerate();
        names.map(|(position, table)| (table.source.clone(), position)).collect()
    };
    let (before, after) = (by_source(old), by_source(new));
    for (name, position) in &after {
        let new_table = new.tables.get(*position);
        let old_table = before.get(name).and_then(|position| old.tables.get(*position));
        match (old_table, new_table) {
            (None, _) => changes.push(format!("table {name} is new")),
            (Some(old), Some(new)) => changes.extend(table_changes(old, new)),
            (Some(_), None) => {}
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        changes.push(format!("table {name} is gone"));
    }
    let view = |plan: &'_ Plan, name: &str| {
        plan.views.iter().find(|view| view.source == name).map(|view| view.target.clone())
    };
    for planned in &new.views {
        match view(old, &planned.source) {
            None => changes.push(format!("view {} is new", planned.source)),
            Some(before) if before != planned.target => {
                changes.push(format!("view {} is another", planned.source));
            }
            Some(_) => {}
        }
    }
    for planned in old.views.iter().filter(|planned| view(new, &planned.source).is_none()) {
        changes.push(format!("view {} is gone", planned.source));
    }
    changes
}

fn table_changes(old: &TablePlan, new: &TablePlan) -> Vec<String> {
    let name = &new.source;
    let mut changes = Vec::new();
    if old.target.name != new.target.name {
        changes.push(format!(
            "table {name} becomes {} instead of {}",
            new.target.name, old.target.name
        ));
    }
    let planned = |table: &'_ TablePlan| -> BTreeMap<String, (target::Column, String)> {
        let columns = table.columns.iter().zip(&table.target.columns);
        columns
            .map(|(plan, column)| {
                (plan.source.clone(), (bare(column), format!("{:?}", plan.reading)))
            })
            .collect()
    };
    let (before, after) = (planned(old), planned(new));
    for (column, (target, reading)) in &after {
        match before.get(column) {
            None => changes.push(format!("column {name}.{column} is new")),
            Some((was, _)) if was.data_type != target.data_type => changes.push(format!(
                "column {name}.{column} becomes {} instead of {}",
                target.data_type, was.data_type
            )),
            Some((was, read)) if was != target || read != reading => {
                changes.push(format!("column {name}.{column} is defined otherwise"));
            }
            Some(_) => {}
        }
    }
    for column in before.keys().filter(|column| !after.contains_key(*column)) {
        changes.push(format!("column {name}.{column} is gone"));
    }
    let (old, new) = (&old.target, &new.target);
    for (what, same) in [
        ("primary key", old.primary_key == new.primary_key),
        ("unique keys", old.unique == new.unique),
        ("checks", old.checks == new.checks),
        ("foreign keys", old.foreign_keys == new.foreign_keys),
        ("indexes", old.indexes == new.indexes),
    ] {
        if !same {
            changes.push(format!("the {what} of table {name} are others"));
        }
    }
    changes
}

/// A column without the number that its identity goes on with, which moves with the rows.
fn bare(column: &target::Column) -> target::Column {
    let mut column = column.clone();
    if let Some(identity) = &mut column.identity {
        identity.next = 0;
    }
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::PgType;
    use crate::name::Ident;
    use crate::plan::{ColumnPlan, PLAN_VERSION};

    fn plan(tables: &[(&str, &[(&str, PgType)])]) -> Plan {
        let ident = |name: &str| Ident::new(name).unwrap();
        let tables = tables.iter().map(|(name, columns)| TablePlan {
            source: (*name).to_owned(),
            rows: 0,
            bytes: 0,
            columns: columns
                .iter()
                .map(|(column, _)| ColumnPlan {
                    source: (*column).to_owned(),
                    target: ident(column),
                    declared: String::new(),
                    reading: crate::convert::Reading::default(),
                    because: String::new(),
                })
                .collect(),
            target: target::Table {
                name: ident(name),
                columns: columns
                    .iter()
                    .map(|(column, data_type)| target::Column {
                        name: ident(column),
                        data_type: *data_type,
                        not_null: false,
                        default: None,
                        identity: None,
                        generated: None,
                    })
                    .collect(),
                primary_key: None,
                unique: Vec::new(),
                checks: Vec::new(),
                foreign_keys: Vec::new(),
                indexes: Vec::new(),
            },
            filling: crate::plan::Filling::default(),
        });
        Plan {
            version: PLAN_VERSION,
            made_by: String::new(),
            fingerprint: String::new(),
            schema: ident("public"),
            profile: None,
            like: None,
            tables: tables.collect(),
            views: Vec::new(),
            aside: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn each_difference_names_its_object() {
        let old = plan(&[
            ("a", &[("x", PgType::BigInt), ("y", PgType::Text)]),
            ("gone", &[("x", PgType::BigInt)]),
        ]);
        let new = plan(&[
            ("a", &[("x", PgType::Text), ("z", PgType::Text)]),
            ("late", &[("x", PgType::BigInt)]),
        ]);
        assert_eq!(
            changes(&old, &new),
            [
                "column a.x becomes text instead of bigint",
                "column a.z is new",
                "column a.y is gone",
                "table late is new",
                "table gone is gone",
            ]
        );
    }

    #[test]
    fn counts_and_reasons_are_no_difference() {
        let old = plan(&[("a", &[("x", PgType::BigInt)])]);
        let mut new = old.clone();
        new.tables[0].rows = 7;
        new.tables[0].columns[0].because = "another reason".to_owned();
        assert_eq!(changes(&old, &new), Vec::<String>::new());
    }
}
