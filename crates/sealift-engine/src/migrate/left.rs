//! The rows that an earlier run left: are they still there, are they alone, and how they are removed.

use super::known;
use super::target::wanted;
use crate::error::{Recovery, Result};
use crate::postgres::{Session, existing as relations};
use crate::store::RunState;
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, TablePlan, waves};
use sealift_core::sql::Sql;
use std::collections::BTreeSet;

/// Counts the rows of an earlier run's tables. Returns the first table that is gone or was emptied, as a
/// clause: what was copied into it has to be copied again.
///
/// # Errors
/// When a table holds another number of rows than the receipts say: the application may have begun to
/// use it, and its rows are not ours to remove.
pub(super) async fn missing(session: &Session, state: &RunState) -> Result<Option<String>> {
    let there = names_there(session, &state.plan).await?;
    let mut missing = None;
    // Rows that were put beside others cannot be told from them.
    for table in state.plan.tables.iter().filter(|table| table.filling.conflict.is_error()) {
        let name = &table.target.name;
        let receipts = state.ranges.iter().filter(|((source, _), _)| *source == table.source);
        let put: u64 = receipts.map(|(_, receipt)| receipt.digest.rows).sum();
        let holds = if there.contains(name.as_str()) {
            count(session, &state.plan.schema, name).await?
        } else {
            missing.get_or_insert_with(|| format!("table {name} is gone from the target"));
            continue;
        };
        if holds == 0 && put > 0 {
            missing.get_or_insert_with(|| format!("table {name} was emptied in the target"));
        } else if holds != put {
            return Err(known::FOREIGN_ROWS
                .saying(format!(
                    "table {name} holds {holds} rows in the target, where an earlier run has put {put}"
                ))
                .with_recovery(Recovery::Resume));
        }
    }
    Ok(missing)
}

/// Returns the statements that empty a plan's tables, as far as they are there: all at once, since they
/// may refer to each other; one after the other where a table outside of the run refers to one of them,
/// since PostgreSQL does not truncate then (manual, `TRUNCATE`). Tables with rows of the target's own
/// are left alone.
pub(super) async fn emptying(session: &Session, plan: &Plan) -> Result<Vec<Sql>> {
    let there = names_there(session, plan).await?;
    let is_there = |name: &Ident| there.contains(name.as_str());
    let qualified = |name: &Ident| Sql::new().qualified(&plan.schema, name);
    let is_ours = |table: &&TablePlan| table.filling.conflict.is_error();
    let mut names: Vec<&Ident> =
        plan.tables.iter().filter(is_ours).map(|table| &table.target.name).collect();
    names.retain(|name| is_there(name));
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let literals = |names: &[&Ident]| {
        let texts: Vec<Sql> =
            names.iter().map(|name| Sql::new().literal(qualified(name).as_str())).collect();
        Sql::raw("(array[").join(texts, ", ").push("]::regclass[])")
    };
    let outside = Sql::raw("select from pg_constraint where contype = 'f' and confrelid = any ")
        .sql(&literals(&names))
        .push(" and not conrelid = any ")
        .sql(&literals(&names));
    if session.query_text(&outside).await?.is_empty() {
        let names = names.iter().map(|name| qualified(name));
        return Ok(vec![Sql::raw("truncate ").join(names, ", ")]);
    }
    let children_first = waves(plan).unwrap_or_default().into_iter().rev().flatten();
    let tables = children_first.filter_map(|position| plan.tables.get(position)).filter(is_ours);
    let names = tables.map(|table| &table.target.name).filter(|name| is_there(name));
    Ok(names.map(|name| Sql::raw("delete from ").sql(&qualified(name))).collect())
}

/// Returns the statements that put back what a plan has put aside.
pub(super) fn putting_back(plan: &Plan) -> Vec<Sql> {
    plan.aside.iter().map(|aside| aside.put_back(&plan.schema)).collect()
}

/// Returns the statements that put aside what a plan says.
pub(super) fn putting_aside(plan: &Plan) -> Vec<Sql> {
    plan.aside.iter().map(|aside| aside.put_aside(&plan.schema)).collect()
}

async fn names_there(session: &Session, plan: &Plan) -> Result<BTreeSet<String>> {
    let there = relations(session, &plan.schema, &wanted(plan)).await?;
    Ok(there.into_iter().map(|relation| relation.name).collect())
}

async fn count(session: &Session, schema: &Ident, table: &Ident) -> Result<u64> {
    let sql = Sql::raw("select count(*) from ").qualified(schema, table);
    let rows = session.query_text(&sql).await?;
    let count = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
    Ok(count.unwrap_or_default())
}
