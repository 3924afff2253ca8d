//! Keys, checks, foreign keys and indexes of one table against the plan.

use super::structure::{check, list, missing};
use crate::postgres::{
    ActualConstraint, ActualIndex, ActualReference, ActualTable, ConstraintKind,
};
use crate::report::StructureDifference;
use sealift_core::ast::{Deferrability, ForeignKeyAction};
use sealift_core::name::Ident;
use sealift_core::schema::target;

/// Adds what differs.
pub(super) fn compare(
    planned: &target::Table,
    actual: &ActualTable,
    schema: &str,
    differences: &mut Vec<StructureDifference>,
) {
    if let Some(key) = &planned.primary_key {
        let object = format!("primary key of {}", planned.name);
        compare_key(object, key, &ConstraintKind::PrimaryKey, actual, differences);
    }
    for key in &planned.unique {
        let object = format!("unique constraint {} on {}", key.name, planned.name);
        compare_key(object, key, &ConstraintKind::Unique, actual, differences);
    }
    for planned_check in &planned.checks {
        let object = format!("check {} on {}", planned_check.name, planned.name);
        let found = actual.constraints.iter().find(|constraint| {
            constraint.kind == ConstraintKind::Check
                && constraint.name == planned_check.name.as_str()
        });
        match found {
            None => differences.push(missing(object, "a check")),
            Some(found) if planned_check.validated && !found.validated => {
                check(object, "valid", "not valid", differences);
            }
            Some(_) => {}
        }
    }
    for key in &planned.foreign_keys {
        compare_foreign_key(planned, key, actual, schema, differences);
    }
    for index in &planned.indexes {
        compare_index(planned, index, actual, differences);
    }
}

/// Compares a primary key or a unique constraint. An application's own schema may enforce the latter
/// by a unique index alone.
fn compare_key(
    object: String,
    key: &target::Key,
    kind: &ConstraintKind,
    actual: &ActualTable,
    differences: &mut Vec<StructureDifference>,
) {
    let of_kind = || actual.constraints.iter().filter(|constraint| constraint.kind == *kind);
    if of_kind().any(|constraint| same_columns(&key.columns, &constraint.columns)) {
        return;
    }
    let by_index = actual.indexes.iter().any(|index| {
        let columns: Option<Vec<String>> =
            index.keys.iter().map(|key| key.column.clone()).collect();
        let is_whole = index.unique && index.valid && !index.partial;
        is_whole && columns.is_some_and(|columns| same_columns(&key.columns, &columns))
    });
    if by_index && *kind == ConstraintKind::Unique {
        return;
    }
    let expected = format!("on {}", list(key.columns.iter().map(Ident::as_str)));
    let other = of_kind().find(|constraint| {
        *kind == ConstraintKind::PrimaryKey || constraint.name == key.name.as_str()
    });
    match other {
        None => differences.push(missing(object, expected)),
        Some(other) => {
            let actual = format!("on {}", list(other.columns.iter().map(String::as_str)));
            differences.push(StructureDifference { object, expected, actual });
        }
    }
}

fn same_columns(planned: &[Ident], actual: &[String]) -> bool {
    planned.iter().map(Ident::as_str).eq(actual.iter().map(String::as_str))
}

fn compare_foreign_key(
    table: &target::Table,
    planned: &target::ForeignKey,
    actual: &ActualTable,
    schema: &str,
    differences: &mut Vec<StructureDifference>,
) {
    let columns = list(planned.columns.iter().map(Ident::as_str));
    let object = format!("foreign key {} on {}", planned.name, table.name);
    let parent_columns = list(planned.parent_columns.iter().map(Ident::as_str));
    let expected = format!("({columns}) references {} ({parent_columns})", planned.parent);
    let candidates: Vec<(&ActualConstraint, &ActualReference)> = actual
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(reference) => Some((constraint, reference)),
            ConstraintKind::PrimaryKey
            | ConstraintKind::Unique
            | ConstraintKind::Check
            | ConstraintKind::Exclusion => None,
        })
        .collect();
    let same_ends = candidates.iter().filter(|(constraint, reference)| {
        same_columns(&planned.columns, &constraint.columns)
            && reference.schema == schema
            && reference.table == planned.parent.as_str()
            && same_columns(&planned.parent_columns, &reference.columns)
    });
    // Two keys may have the same ends; the one of our name is meant, if there is one.
    let by_name = |(constraint, _): &&(&ActualConstraint, &ActualReference)| {
        constraint.name == planned.name.as_str()
    };
    let found = same_ends.clone().find(by_name).or_else(|| same_ends.clone().next());
    let Some((constraint, reference)) = found else {
        let actual = candidates.iter().find(by_name).map(|(other, _)| other.definition.clone());
        let actual = actual.unwrap_or_else(|| "missing".to_owned());
        differences.push(StructureDifference { object, expected, actual });
        return;
    };
    let expected = rules(
        action(planned.on_delete),
        action(planned.on_update),
        deferral(planned.deferrability),
    );
    let deferral = match (constraint.deferrable, constraint.initially_deferred) {
        (false, _) => "not deferrable",
        (true, false) => "deferrable",
        (true, true) => "initially deferred",
    };
    let actual =
        rules(letter_action(reference.on_delete), letter_action(reference.on_update), deferral);
    check(object.clone(), &expected, &actual, differences);
    if planned.validated && !constraint.validated {
        check(object, "valid", "not valid", differences);
    }
}

fn rules(on_delete: &str, on_update: &str, deferral: &str) -> String {
    format!("on delete {on_delete} on update {on_update} {deferral}")
}

fn action(action: ForeignKeyAction) -> &'static str {
    match action {
        ForeignKeyAction::NoAction => "no action",
        ForeignKeyAction::Restrict => "restrict",
        ForeignKeyAction::SetNull => "set null",
        ForeignKeyAction::SetDefault => "set default",
        ForeignKeyAction::Cascade => "cascade",
    }
}

/// Reads `confdeltype` and `confupdtype` (manual, `pg_constraint`).
fn letter_action(letter: char) -> &'static str {
    match letter {
        'a' => "no action",
        'r' => "restrict",
        'n' => "set null",
        'd' => "set default",
        'c' => "cascade",
        _ => "unknown",
    }
}

fn deferral(deferrability: Deferrability) -> &'static str {
    match deferrability {
        Deferrability::Immediate => "not deferrable",
        Deferrability::Deferrable => "deferrable",
        Deferrability::InitiallyDeferred => "initially deferred",
    }
}

fn compare_index(
    table: &target::Table,
    planned: &target::Index,
    actual: &ActualTable,
    differences: &mut Vec<StructureDifference>,
) {
    let object = format!("index {} on {}", planned.name, table.name);
    let keys: Vec<Option<String>> = planned.keys.iter().map(column_name).collect();
    let expected =
        index_text(planned.unique, planned.method.name(), &keys, planned.filter.is_some());
    let described = |index: &ActualIndex| {
        let keys: Vec<Option<String>> = index.keys.iter().map(|key| key.column.clone()).collect();
        index_text(index.unique, &index.method, &keys, index.partial)
    };
    let by_name = actual.indexes.iter().find(|index| index.name == planned.name.as_str());
    // An application's own schema may have given the same index another name.
    let found = by_name.or_else(|| actual.indexes.iter().find(|i| described(i) == expected));
    let Some(found) = found else {
        differences.push(missing(object, expected));
        return;
    };
    check(object.clone(), &expected, &described(found), differences);
    if !found.valid {
        check(object, "valid", "not valid", differences);
    }
}

fn index_text(unique: bool, method: &str, keys: &[Option<String>], partial: bool) -> String {
    let keys = keys.iter().map(|key| key.as_deref().unwrap_or("(expression)"));
    let unique = if unique { "unique " } else { "" };
    let partial = if partial { " where …" } else { "" };
    let method = if method == "btree" { String::new() } else { format!("using {method} ") };
    format!("{unique}{method}on {}{partial}", list(keys))
}

/// Returns whether an index has an expression that only the server can print. All others are told whole by
/// the catalogs' columns: [`compare_index`].
pub(super) fn has_expression(index: &target::Index) -> bool {
    index.filter.is_some() || index.keys.iter().any(|key| column_name(key).is_none())
}

/// Returns the column of a key that is a quoted name; `None` for an expression.
fn column_name(key: &target::IndexKey) -> Option<String> {
    let inner = key.expression.as_str().strip_prefix('"')?.strip_suffix('"')?;
    let name = inner.replace("\"\"", "\"");
    // Quotes that are not doubled would end the name: then it is something longer.
    (inner.matches('"').count() == 2 * name.matches('"').count()).then_some(name)
}
