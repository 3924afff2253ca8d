//! Every statement of the plan, tried on the real server with empty tables and rolled back: what
//! PostgreSQL would refuse at the end of a long copy is found before the first row.

mod certain;
mod plain;

use crate::error::Result;
use crate::postgres::Session;
use sealift_core::ast::TriggerTiming;
use sealift_core::ddl::{self, Stage, Statement};
use sealift_core::name::Ident;
use sealift_core::plan::{Finding, Plan, TriggerPlan};
use sealift_core::sql::Sql;

/// Tries the plan's statements after `before` (such as dropping what is replaced), all in one
/// transaction that is rolled back. What the server refuses leaves the plan and becomes a finding:
/// a warning where data and keys are whole without it, else an error.
///
/// # Errors
/// When the connection breaks, or `before` is refused.
pub(super) async fn preflight(session: &Session, before: &[Sql], plan: &mut Plan) -> Result<()> {
    let is_empty = certain::is_empty(session, &plan.schema).await?;
    let statements = certain::in_doubt(plan, is_empty);
    session.begin().await?;
    for sql in before {
        session.batch(sql).await?;
    }
    let tries = plan.triggers.iter().map(|one| ddl::try_trigger(&plan.schema, &one.target));
    let everything = statements.iter().map(|statement| statement.sql.clone()).chain(tries);
    let everything = Sql::new().join(everything, ";\n");
    let whole = if statements.is_empty() { Ok(()) } else { session.batch(&everything).await };
    let outcome = match whole {
        Ok(()) => Ok(()),
        Err(error) if !error.is_refusal() => Err(error),
        Err(_) => one_by_one(session, before, &statements, plan).await,
    };
    session.rollback().await?;
    outcome
}

/// Finds out which statements are refused, each behind a savepoint.
async fn one_by_one(
    session: &Session,
    before: &[Sql],
    statements: &[Statement],
    plan: &mut Plan,
) -> Result<()> {
    session.rollback().await?;
    session.begin().await?;
    for sql in before {
        session.batch(sql).await?;
    }
    for statement in statements {
        session.batch(&Sql::raw("savepoint sealift")).await?;
        // PL/pgSQL looks at the statements of a program only when it comes to them.
        let sql = match trigger(plan, statement) {
            Some(trigger) => {
                let tried = ddl::try_trigger(&plan.schema, &trigger.target);
                statement.sql.clone().push(";\n").sql(&tried)
            }
            None => statement.sql.clone(),
        };
        match session.batch(&sql).await {
            Ok(()) => {}
            Err(error) if !error.is_refusal() => return Err(error),
            Err(error) => {
                session.batch(&Sql::raw("rollback to savepoint sealift")).await?;
                leave_out(plan, statement, &error.to_string());
            }
        }
    }
    Ok(())
}

/// Takes a refused statement out of the plan, with a finding.
fn leave_out(plan: &mut Plan, statement: &Statement, reason: &str) {
    let name = &statement.table;
    let finding = match statement.stage {
        Stage::Views => {
            plan.views.retain(|view| view.target.name != *name);
            Finding::warning(
                "view-not-carried",
                format!("view {name}"),
                format!("PostgreSQL refuses its translation: {reason}"),
            )
            .hinted("write it for PostgreSQL by hand: create view …")
        }
        Stage::Triggers => return leave_trigger_out(plan, statement, reason),
        Stage::Indexes if drop_index(plan, name, statement) => Finding::warning(
            "index-not-carried",
            format!("{} on {name}", statement.id),
            format!("PostgreSQL refuses its translation: {reason}"),
        )
        .hinted("write it for PostgreSQL by hand after the migration"),
        Stage::Tables | Stage::Indexes | Stage::Constraints => Finding::error(
            "statement-refused",
            statement.id.clone(),
            format!("PostgreSQL refuses it: {reason}"),
        )
        .hinted("leave it out or change it in a plan file: sealift plan -o plan.json, edit, migrate --plan plan.json"),
    };
    plan.findings.push(finding);
    sort(plan);
}

/// Returns the trigger that a statement makes.
fn trigger<'p>(plan: &'p Plan, statement: &Statement) -> Option<&'p TriggerPlan> {
    let makes = |one: &&TriggerPlan| ddl::trigger_id(&one.target) == statement.id;
    plan.triggers.iter().filter(|_| statement.stage == Stage::Triggers).find(makes)
}

/// Takes a refused trigger out of the plan. One that stands for writing a view takes those out that
/// write it: PostgreSQL would let them write the view's table instead.
fn leave_trigger_out(plan: &mut Plan, statement: &Statement, reason: &str) {
    let Some(refused) = trigger(plan, statement).cloned() else { return };
    let view = match refused.target.timing {
        TriggerTiming::InsteadOf => {
            Some(Sql::new().qualified(&plan.schema, &refused.target.relation))
        }
        TriggerTiming::Before | TriggerTiming::After => None,
    };
    let mut left =
        vec![(refused.source.clone(), format!("PostgreSQL refuses its translation: {reason}"))];
    plan.triggers.retain(|one| {
        let writes = view
            .as_ref()
            .is_some_and(|view| ddl::function_source(&one.target).as_str().contains(view.as_str()));
        if one.source == refused.source || writes {
            if writes {
                left.push((
                    one.source.clone(),
                    format!("it writes a view whose trigger {} is not carried", refused.source),
                ));
            }
            return false;
        }
        true
    });
    for (name, message) in left {
        plan.findings.push(
            Finding::warning("trigger-not-carried", format!("trigger {name}"), message).hinted(
                "write it as a PostgreSQL trigger function, or do its work in the application",
            ),
        );
    }
    sort(plan);
}

fn sort(plan: &mut Plan) {
    plan.findings.sort_by(|a, b| (a.severity, &a.code).cmp(&(b.severity, &b.code)));
}

/// Removes an index that is not unique; a unique one is a rule that the data lives by.
fn drop_index(plan: &mut Plan, table: &Ident, statement: &Statement) -> bool {
    let Some(table) = plan.tables.iter_mut().find(|planned| planned.target.name == *table) else {
        return false;
    };
    let before = table.target.indexes.len();
    table
        .target
        .indexes
        .retain(|index| index.unique || format!("index {}", index.name) != statement.id);
    table.target.indexes.len() < before
}
