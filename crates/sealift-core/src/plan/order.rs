//! In which order tables whose foreign keys already hold are filled: parents first.

use super::{Aside, Plan};
use crate::name::Ident;
use std::collections::BTreeSet;

/// Tables that refer to each other in a circle, by their position in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle(pub Vec<usize>);

/// Returns the plan's tables, by position, in waves: every table stands in a later wave than all
/// tables its foreign keys refer to, other than itself. Keys that are put aside do not count.
///
/// # Errors
/// The tables of a circle, each referring to the next and the last to the first.
pub fn waves(plan: &Plan) -> Result<Vec<Vec<usize>>, Circle> {
    let parents: Vec<BTreeSet<usize>> =
        plan.tables.iter().enumerate().map(|(child, _)| parents(plan, child)).collect();
    let mut filled: BTreeSet<usize> = BTreeSet::new();
    let mut waves = Vec::new();
    while filled.len() < parents.len() {
        let wave: Vec<usize> = parents
            .iter()
            .enumerate()
            .filter(|(child, wanted)| !filled.contains(child) && wanted.is_subset(&filled))
            .map(|(child, _)| child)
            .collect();
        if wave.is_empty() {
            return Err(circle(&parents, &filled));
        }
        filled.extend(&wave);
        waves.push(wave);
    }
    Ok(waves)
}

/// Returns whether a table refers to itself.
#[must_use]
pub fn refers_to_itself(table: &super::TablePlan) -> bool {
    table.target.foreign_keys.iter().any(|key| key.parent == table.target.name)
}

fn parents(plan: &Plan, child: usize) -> BTreeSet<usize> {
    let keys = plan.tables.get(child).map_or(&[][..], |table| &table.target.foreign_keys);
    let name = plan.tables.get(child).map(|table| &table.target.name);
    let is_aside = |key: &Ident| {
        plan.aside.iter().any(|aside| match aside {
            Aside::ForeignKey { table, name: put, .. } => Some(table) == name && put == key,
            Aside::Trigger { .. } => false,
        })
    };
    keys.iter()
        .filter(|key| !is_aside(&key.name))
        .filter_map(|key| plan.tables.iter().position(|table| table.target.name == key.parent))
        .filter(|parent| *parent != child)
        .collect()
}

/// Walks from parent to parent among the tables that cannot be filled: sooner or later one comes
/// again, and what lies between is a circle.
fn circle(parents: &[BTreeSet<usize>], filled: &BTreeSet<usize>) -> Circle {
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..parents.len()).find(|table| !filled.contains(table));
    while let Some(table) = next {
        if let Some(start) = path.iter().position(|seen| *seen == table) {
            return Circle(path.split_off(start));
        }
        path.push(table);
        let waiting = |parent: &&usize| !filled.contains(*parent);
        next = parents.get(table).and_then(|wanted| wanted.iter().find(waiting).copied());
    }
    Circle(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{Deferrability, ForeignKeyAction};
    use crate::plan::TablePlan;
    use crate::schema::target;

    fn plan(tables: &[(&str, &[&str])]) -> Plan {
        let ident = |name: &str| Ident::new(name).unwrap();
        let key = |parent: &&str| target::ForeignKey {
            name: ident("k"),
            columns: vec![ident("a")],
            parent: ident(parent),
            parent_columns: vec![ident("id")],
            on_delete: ForeignKeyAction::NoAction,
            on_update: ForeignKeyAction::NoAction,
            deferrability: Deferrability::Immediate,
            validated: true,
        };
        let tables = tables
            .iter()
            .map(|(name, parents)| TablePlan {
                source: (*name).to_owned(),
                rows: 0,
                bytes: 0,
                columns: Vec::new(),
                target: target::Table {
                    name: ident(name),
                    columns: Vec::new(),
                    primary_key: None,
                    unique: Vec::new(),
                    checks: Vec::new(),
                    foreign_keys: parents.iter().map(key).collect(),
                    indexes: Vec::new(),
                },
                filling: crate::plan::Filling::default(),
            })
            .collect();
        Plan {
            version: crate::plan::PLAN_VERSION,
            made_by: String::new(),
            fingerprint: String::new(),
            schema: ident("public"),
            profile: None,
            like: None,
            tables,
            views: Vec::new(),
            aside: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn parents_stand_in_an_earlier_wave() {
        let plan = plan(&[("c", &["b", "a"]), ("b", &["a"]), ("a", &[]), ("d", &["elsewhere"])]);
        assert_eq!(waves(&plan).unwrap(), [vec![2, 3], vec![1], vec![0]]);
    }

    #[test]
    fn a_table_may_refer_to_itself() {
        let plan = plan(&[("tree", &["tree"])]);
        assert_eq!(waves(&plan).unwrap(), [vec![0]]);
        assert!(refers_to_itself(&plan.tables[0]));
    }

    #[test]
    fn a_circle_is_named_without_the_tables_that_only_lead_to_it() {
        let plan = plan(&[("leads", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])]);
        assert_eq!(waves(&plan), Err(Circle(vec![1, 2, 3])));
    }
}
