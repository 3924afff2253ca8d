//! Plans that were made before: is one still for this file, and does the file still fit it?

use super::{UNREADABLE, counted, misfits, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{KEYS_MERGE, Snapshot, TableCensus, merging_keys};
use sealift_core::name::Ident;
use sealift_core::plan::existing::stays_in_sqlite;
use sealift_core::plan::{self, Finding, Options, Plan, Policies, TablePlan};
use sealift_core::schema::{source, target};
use sealift_core::sqlite::recognise;

/// The code of a finding about what a plan that was made before leaves out.
pub(crate) const NOT_IN_PLAN: &str = "not-in-plan";

/// Returns whether an earlier migration's plan still says what is in the target.
pub(super) fn is_for(plan: &Plan, schema: &source::Schema, options: &Options) -> bool {
    // The same tables, or what was left out then would pass for compared now; but those in which a
    // framework keeps its books are not copied into tables that it made itself, and neither are indexes
    // to search by.
    let books = recognise(schema).map(|framework| framework.bookkeeping_tables).unwrap_or_default();
    let same_tables = schema.tables.iter().all(|table| {
        let planned = plan.tables.iter().any(|planned| planned.source == table.name);
        options.takes(&table.name) == planned
            || books.contains(&table.name)
            || stays_in_sqlite(plan, &table.name)
    });
    plan.version == plan::PLAN_VERSION
        && plan.schema == options.schema
        && plan.fingerprint == plan::fingerprint(schema)
        && options.casts.is_empty()
        && options.policies == Policies::default()
        && same_tables
}

/// Checks a reviewed plan against the file: same schema, and every cell fits the types in it.
pub(super) fn review(
    snapshot: &Snapshot,
    schema: &source::Schema,
    census: &[TableCensus],
    given: &Plan,
) -> Result<Plan> {
    if given.version != plan::PLAN_VERSION {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "the plan has form {}, this Sealift reads form {}",
                given.version,
                plan::PLAN_VERSION
            ),
        )
        .hinted("make it again with sealift plan -o FILE"));
    }
    if given.fingerprint != plan::fingerprint(schema) {
        return Err(Error::new(
            ErrorKind::Usage,
            "the source's schema is not the one the plan was made for",
        )
        .hinted("make the plan again with sealift plan -o FILE"));
    }
    let mut plan = given.clone();
    // The orphans, types and keys of the reviewed plan stand; only misfits are looked for again.
    plan.findings.retain(|finding| finding.code != "plan-does-not-fit");
    for table in &mut plan.tables {
        let Some(position) = schema.tables.iter().position(|source| source.name == table.source)
        else {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the plan names table {}, which the source does not have", table.source),
            ));
        };
        if table.columns.len() != table.target.columns.len() {
            return Err(Error::new(
                ErrorKind::Usage,
                format!(
                    "the plan's table {} has {} source columns for {} of the target",
                    table.source,
                    table.columns.len(),
                    table.target.columns.len()
                ),
            )
            .hinted("take a column out of both lists, or out of neither"));
        }
        let (Some(source), Some(counted)) = (schema.tables.get(position), census.get(position))
        else {
            continue;
        };
        refuse_shifted(table, source)?;
        table.rows = counted.rows;
        table.bytes = counted.bytes;
        refresh_sequence(table, source, counted);
    }
    plan.findings.retain(|finding| finding.code != NOT_IN_PLAN);
    let missing = not_in_plan(schema, &plan);
    plan.findings.extend(missing);
    plan.findings.retain(|finding| finding.code != KEYS_MERGE && finding.code != UNREADABLE);
    let unreadable = unreadable(census, &plan);
    plan.findings.extend(unreadable);
    let misfits = misfits(snapshot, schema, census, &plan)?;
    plan.findings.extend(misfits);
    let merging = merging_keys(&snapshot.metadata(), schema, &plan, counted(schema, census))?;
    plan.findings.extend(merging);
    plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
    Ok(plan)
}

/// Returns what a foreign key of the source became in the plan.
pub(super) fn target_key<'p>(
    plan: &Plan,
    planned: &'p TablePlan,
    table: &source::Table,
    key: &source::ForeignKey,
) -> Option<&'p target::ForeignKey> {
    let target_of = |at: &usize| -> Option<&Ident> {
        let name = &table.columns.get(*at)?.name;
        planned.columns.iter().find(|column| column.source == *name).map(|column| &column.target)
    };
    let columns: Vec<&Ident> = key.columns.iter().filter_map(target_of).collect();
    let mut parents = plan.tables.iter();
    let parent = parents.find(|it| it.source.eq_ignore_ascii_case(&key.parent))?;
    planned.target.foreign_keys.iter().find(|made| {
        made.parent == parent.target.name && made.columns.iter().eq(columns.iter().copied())
    })
}

/// Refuses a table whose two lists of columns were edited apart: values would land under other names.
fn refuse_shifted(table: &TablePlan, source: &source::Table) -> Result<()> {
    for (planned, target) in table.columns.iter().zip(&table.target.columns) {
        let wrong = if planned.target != target.name {
            format!("goes to {} in one list and to {} in the other", planned.target, target.name)
        } else if source.position(&planned.source).is_none() {
            "is not in the source".to_owned()
        } else {
            continue;
        };
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the plan's column {}.{} {wrong}", table.source, planned.source),
        )
        .hinted("change both lists of the table's columns alike, or neither"));
    }
    Ok(())
}

/// Brings the next number of an identity column up to the rows that came since the plan was made.
fn refresh_sequence(table: &mut TablePlan, source: &source::Table, counted: &TableCensus) {
    let source::RowKey::Alias { column } = source.row_key else { return };
    let (Some(name), Some(census)) = (source.columns.get(column), counted.columns.get(column))
    else {
        return;
    };
    let after = target::Identity::after(census.integer_range, source.sequence);
    for (planned, made) in table.columns.iter().zip(&mut table.target.columns) {
        if let Some(identity) = made.identity.as_mut().filter(|_| planned.source == name.name) {
            identity.next = std::cmp::max(identity.next, after);
        }
    }
}

/// Returns a warning for every table and column that a reviewed plan leaves out.
fn not_in_plan(schema: &source::Schema, plan: &Plan) -> Vec<Finding> {
    let warning = |object: String| {
        Finding::warning(NOT_IN_PLAN, object, "is not in the plan, and stays in SQLite")
    };
    let mut findings = Vec::new();
    for table in &schema.tables {
        match plan.tables.iter().find(|planned| planned.source == table.name) {
            None => findings.push(warning(format!("table {}", table.name))),
            Some(planned) => {
                let left = table.columns.iter().filter(|column| {
                    !planned.columns.iter().any(|planned| planned.source == column.name)
                });
                findings
                    .extend(left.map(|column| warning(format!("{}.{}", table.name, column.name))));
            }
        }
    }
    findings
}
