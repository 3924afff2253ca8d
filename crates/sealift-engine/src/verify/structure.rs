//! The plan against the catalogs: what is missing, and what is other than planned.
//!
//! Definitions are compared by their parts and not by their text, which PostgreSQL prints in its own
//! way. What the target has beyond the plan is no difference: an application's own schema may have
//! more.

use super::{structure_keys, structure_triggers};
use crate::postgres::{ActualColumn, ActualTable, Catalog, Largest};
use crate::report::StructureDifference;
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, Stored};
use sealift_core::schema::target;

/// Returns every difference, in the order of the plan. `maxima` is of the identity columns.
pub(super) fn compare(
    plan: &Plan,
    catalog: &Catalog,
    maxima: &Largest,
) -> Vec<StructureDifference> {
    let mut differences = Vec::new();
    for table in &plan.tables {
        let planned = &table.target;
        let Some(actual) = catalog.table(planned.name.as_str()) else {
            differences.push(missing(format!("table {}", planned.name), "a table"));
            continue;
        };
        for column in &planned.columns {
            let stored = table.filling.stored(&column.name);
            compare_column(planned, (column, stored), actual, &mut differences);
            compare_identity(planned, column, catalog, maxima, &mut differences);
        }
        for column in &planned.derived {
            compare_derived(planned, column, actual, &mut differences);
        }
        structure_keys::compare(planned, actual, plan.schema.as_str(), &mut differences);
    }
    for view in &plan.views {
        let view = &view.target;
        let object = format!("view {}", view.name);
        let Some(actual) = catalog.view(view.name.as_str()) else {
            differences.push(missing(object, "a view"));
            continue;
        };
        let expected = list(view.columns.iter().map(Ident::as_str));
        let found = list(actual.columns.iter().map(|column| column.name.as_str()));
        check(
            object,
            &format!("columns {expected}"),
            &format!("columns {found}"),
            &mut differences,
        );
    }
    structure_triggers::compare(plan, catalog, &mut differences);
    differences
}

/// Adds a difference unless the two texts are equal.
pub(super) fn check(
    object: String,
    expected: &str,
    actual: &str,
    differences: &mut Vec<StructureDifference>,
) {
    if expected != actual {
        let (expected, actual) = (expected.to_owned(), actual.to_owned());
        differences.push(StructureDifference { object, expected, actual });
    }
}

/// Returns the difference of something that is not there.
pub(super) fn missing(object: String, expected: impl Into<String>) -> StructureDifference {
    StructureDifference { object, expected: expected.into(), actual: "missing".to_owned() }
}

/// Returns names joined by `, `.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn compare_column(
    table: &target::Table,
    (planned, stored): (&target::Column, Option<&Stored>),
    actual: &ActualTable,
    differences: &mut Vec<StructureDifference>,
) {
    let object = format!("column {}.{}", table.name, planned.name);
    let Some(actual) = actual.column(planned.name.as_str()) else {
        differences.push(missing(object, planned.data_type.to_string()));
        return;
    };
    if let Some(stored) = stored {
        check(object.clone(), stored.type_name.as_str(), &actual.type_name, differences);
    } else if actual.data_type != Some(planned.data_type) {
        let expected = planned.data_type.to_string();
        check(object.clone(), &expected, &actual.type_name, differences);
    }
    // A primary key and an identity are not null by themselves.
    let in_key = table.primary_key.iter().any(|key| key.columns.contains(&planned.name));
    let is_not_null = actual.not_null || actual.foreign.not_null;
    let not_null = planned.not_null || in_key || planned.identity.is_some();
    check(object.clone(), nullability(not_null), nullability(is_not_null), differences);
    if planned.default.is_some() && actual.default.is_none() {
        differences.push(missing(format!("default of {object}"), "a default"));
    }
    let generated = (planned.generated.is_some(), actual.generated.is_some());
    check(object, generation(generated.0), generation(generated.1), differences);
}

fn compare_derived(
    table: &target::Table,
    planned: &target::Derived,
    actual: &ActualTable,
    differences: &mut Vec<StructureDifference>,
) {
    let object = format!("column {}.{}", table.name, planned.name);
    match actual.column(planned.name.as_str()) {
        None => differences.push(missing(object, planned.data_type.as_str())),
        Some(actual) => {
            check(object.clone(), planned.data_type.as_str(), &actual.type_name, differences);
            check(object, generation(true), generation(actual.generated.is_some()), differences);
        }
    }
}

fn nullability(not_null: bool) -> &'static str {
    if not_null { "not null" } else { "nullable" }
}

fn generation(is_generated: bool) -> &'static str {
    if is_generated { "a generated column" } else { "an ordinary column" }
}

/// Compares whether new rows get a key by themselves, and one that no row has.
fn compare_identity(
    table: &target::Table,
    planned: &target::Column,
    catalog: &Catalog,
    maxima: &Largest,
    differences: &mut Vec<StructureDifference>,
) {
    let Some(identity) = &planned.identity else { return };
    let (table, column) = (table.name.as_str(), planned.name.as_str());
    let is_there = |actual: &ActualColumn| actual.identity.is_some() || actual.default.is_some();
    let actual = catalog.table(table).and_then(|actual| actual.column(column));
    let sequence = catalog.numbers_of(table, column);
    let object = format!("identity of {table}.{column}");
    let Some(sequence) = sequence.filter(|_| actual.is_some_and(is_there)) else {
        // A column that is missing altogether is told already.
        if actual.is_some() {
            differences.push(missing(object, "generated by default as identity"));
        }
        return;
    };
    let key = (table.to_owned(), column.to_owned());
    let after_rows = maxima.get(&key).map_or(identity.next, |max| max.saturating_add(1));
    let least = std::cmp::max(identity.next, after_rows);
    let object = format!("sequence {} of {table}.{column}", sequence.name);
    let expected = format!("next value {least} or more");
    let next = sequence.next();
    if next.is_none_or(|next| next < least) {
        let actual = next.map_or("next value not known".to_owned(), |n| format!("next value {n}"));
        differences.push(StructureDifference { object, expected, actual });
    }
}
