//! What the role must be allowed to do with tables that it is to fill: found before the first row.

use super::existing::references;
use crate::config::Into;
use crate::postgres::{Catalog, Rights};
use sealift_core::name::Ident;
use sealift_core::plan::{Conflict, Finding, Plan, TablePlan};
use sealift_core::schema::target;
use sealift_core::sql::Sql;

/// Returns an error for each table and sequence for which the role lacks a right.
pub(super) fn lacking(plan: &Plan, into: Into, catalog: &Catalog, rights: &Rights) -> Vec<Finding> {
    let mut findings = Vec::new();
    let empties = match into {
        Into::ExistingTruncate if is_referred_to(plan, catalog) => Some("delete"),
        Into::ExistingTruncate => Some("truncate"),
        Into::Create | Into::Existing | Into::Recreate => None,
    };
    for table in &plan.tables {
        findings.extend(on_table(plan, table, empties, rights));
        for column in &table.target.columns {
            findings.extend(on_sequence(plan, table, column, (catalog, rights)));
        }
    }
    findings
}

/// Returns whether a table outside of the run refers to one of the run's, which PostgreSQL then does not
/// truncate.
fn is_referred_to(plan: &Plan, catalog: &Catalog) -> bool {
    let is_planned = |name: &str| plan.tables.iter().any(|it| it.target.name.as_str() == name);
    let outside = catalog.tables.iter().filter(|table| !is_planned(&table.name));
    outside.flat_map(|table| references(table, &plan.schema)).any(|key| is_planned(&key.parent))
}

fn on_table(
    plan: &Plan,
    table: &TablePlan,
    empties: Option<&'static str>,
    rights: &Rights,
) -> Option<Finding> {
    let update = match table.filling.conflict {
        Conflict::Update => Some("update"),
        Conflict::Error | Conflict::Skip => None,
    };
    let lacked: Vec<&'static str> = ["select", "insert"]
        .into_iter()
        .chain(update)
        .chain(empties)
        .filter(|right| !rights.may(table.target.name.as_str(), right))
        .collect();
    if lacked.is_empty() {
        return None;
    }
    let name = Sql::new().qualified(&plan.schema, &table.target.name);
    let grant = Sql::raw("grant ")
        .join(lacked.iter().map(|right| Sql::raw(right)), ", ")
        .push(" on ")
        .sql(&name)
        .push(" to ")
        .ident(&rights.role);
    let message = format!("role {} lacks rights on it: {}", rights.role, lacked.join(", "));
    Some(
        Finding::error("right-missing", table.source.clone(), message)
            .hinted(format!("as its owner: {}", grant.as_str())),
    )
}

fn on_sequence(
    plan: &Plan,
    table: &TablePlan,
    column: &target::Column,
    (catalog, rights): (&Catalog, &Rights),
) -> Option<Finding> {
    let identity = column.identity.as_ref()?;
    if identity.next <= 1 && table.filling.conflict.is_error() {
        return None;
    }
    let sequence = catalog.numbers_of(table.target.name.as_str(), column.name.as_str())?;
    if ["select", "update"].iter().all(|right| rights.may(&sequence.name, right)) {
        return None;
    }
    let name = Ident::new(sequence.name.clone()).ok()?;
    let grant = Sql::raw("grant select, update on sequence ")
        .qualified(&plan.schema, &name)
        .push(" to ")
        .ident(&rights.role);
    Some(
        Finding::error(
            "right-missing",
            format!("{}.{}", table.source, column.name),
            format!(
                "role {} lacks the right to set its sequence {name}, so that new rows would get numbers that are taken",
                rights.role
            ),
        )
        .hinted(format!("as its owner: {}", grant.as_str())),
    )
}
