//! What defaults, generated columns, checks, indexes and views say, compared with the plan.
//!
//! PostgreSQL prints an expression in its own way. So the plan's statements are carried out once more,
//! as temporary tables and views in a transaction that is rolled back, and both are printed by the same
//! server. Temporary objects need fewer rights than a schema; a role that may not even make those, or a
//! standby, is told in a note.

use super::structure_keys::has_expression;
use crate::error::Result;
use crate::postgres::{Catalog, Defined, Session, definitions, temporary_schema};
use crate::report::StructureDifference;
use sealift_core::ddl::{self, Stage, Statement};
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::schema::target;
use sealift_core::sql::Sql;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What says something else.
    pub(super) differences: Vec<StructureDifference>,
    /// What could not be compared.
    pub(super) notes: Vec<String>,
}

/// Compares the definitions that both sides have; what is missing is [`super::structure`]'s to tell.
/// `known` differs already: its text is not told again.
pub(super) async fn compare(
    session: &Session,
    plan: &Plan,
    catalog: &Catalog,
    known: &[StructureDifference],
) -> Result<Found> {
    let mut found = Found::default();
    let Some(scratch) = scratch(plan, catalog) else { return Ok(found) };
    session.begin().await?;
    let texts = texts(session, plan, &scratch, &mut found.notes).await;
    session.rollback().await?;
    let Some((planned, actual)) = texts? else { return Ok(found) };
    for (defined, expected) in planned {
        let Some(text) = actual.get(&defined).filter(|text| **text != expected) else { continue };
        let object = object(&defined);
        if known.iter().any(|difference| difference.object == object) {
            continue;
        }
        found.differences.push(StructureDifference {
            object,
            expected: one_line(&expected),
            actual: one_line(text),
        });
    }
    Ok(found)
}

type Texts = BTreeMap<Defined, String>;

/// Makes the plan's objects and reads both sides' definitions; `None` where nothing may be made.
async fn texts(
    session: &Session,
    plan: &Plan,
    scratch: &Plan,
    notes: &mut Vec<String>,
) -> Result<Option<(Texts, Texts)>> {
    // Views first: a name without a schema would mean a temporary table once there is one.
    let (mut statements, others): (Vec<Statement>, Vec<Statement>) =
        ddl::render(scratch).into_iter().partition(|one| one.stage == Stage::Views);
    statements.extend(others);
    let all = statements.iter().map(|statement| statement.sql.clone());
    let all: Vec<Sql> = std::iter::once(Sql::raw("savepoint sealift")).chain(all).collect();
    match session.pipeline(&all).await {
        Ok(_) => {}
        Err(refused) if !refused.error.is_refusal() => return Err(refused.error),
        Err(_) => {
            session.batch(&Sql::raw("rollback to savepoint sealift")).await?;
            if !one_by_one(session, &statements, notes).await? {
                return Ok(None);
            }
        }
    }
    let temporary = temporary_schema(session).await?;
    let planned = definitions(session, &temporary).await?;
    let actual = definitions(session, &plan.schema).await?;
    Ok(Some((planned, actual)))
}

/// Makes what the server does not refuse, and notes the rest; returns whether anything was made.
async fn one_by_one(
    session: &Session,
    statements: &[Statement],
    notes: &mut Vec<String>,
) -> Result<bool> {
    let mut made = false;
    for statement in statements {
        session.batch(&Sql::raw("savepoint sealift")).await?;
        match session.batch(&statement.sql).await {
            Ok(()) => made = true,
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) if matches!(error.sqlstate(), Some("42501" | "25006")) => {
                notes.push(format!(
                    "the definitions of defaults, checks, indexes and views are not compared, since \
                     this role may make no temporary table here: {error}"
                ));
                return Ok(false);
            }
            Err(error) => {
                session.batch(&Sql::raw("rollback to savepoint sealift")).await?;
                notes.push(format!(
                    "the definition of {} is not compared: the server refuses the plan's: {error}",
                    statement.id
                ));
            }
        }
    }
    Ok(made)
}

/// Returns the plan for temporary tables and views: without keys and indexes of columns, which the catalogs
/// tell, and without tables whose columns have other types, in which the same text means something else.
/// `None` where nothing has a definition.
fn scratch(plan: &Plan, catalog: &Catalog) -> Option<Plan> {
    let schema = Ident::new("pg_temp").ok()?;
    let mut scratch = Plan { schema, ..plan.clone() };
    scratch.tables.retain(|table| {
        let actual = catalog.table(table.target.name.as_str());
        let alike = |column: &target::Column| {
            let actual = actual.and_then(|actual| actual.column(column.name.as_str()));
            actual.is_some_and(|actual| actual.data_type == Some(column.data_type))
        };
        is_defined(&table.target) && table.target.columns.iter().all(alike)
    });
    for table in &mut scratch.tables {
        let target = &mut table.target;
        target.primary_key = None;
        target.unique.clear();
        target.foreign_keys.clear();
        target.indexes.retain(has_expression);
        for column in &mut target.columns {
            column.identity = None;
            column.generated = column.known_expression().cloned();
        }
    }
    // What the triggers say, the catalogs tell.
    scratch.triggers.clear();
    let is_there = |name: &Ident| catalog.view(name.as_str()).is_some();
    scratch.views.retain(|view| is_there(&view.target.name));
    (!scratch.tables.is_empty() || !scratch.views.is_empty()).then_some(scratch)
}

/// Returns whether a table has anything whose text can differ.
fn is_defined(table: &target::Table) -> bool {
    let column =
        |column: &target::Column| column.default.is_some() || column.known_expression().is_some();
    !table.checks.is_empty()
        || table.indexes.iter().any(has_expression)
        || table.columns.iter().any(column)
}

fn object(defined: &Defined) -> String {
    let Defined { relation, kind, name } = defined;
    match kind.as_str() {
        "view" => format!("view {name}"),
        "default" => format!("default of column {relation}.{name}"),
        kind => format!("{kind} {name} on {relation}"),
    }
}

/// A view's text has many lines, a difference one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
