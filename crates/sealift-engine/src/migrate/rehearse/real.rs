//! What stands in the real target that the migration would meet. Nothing of it is changed.

use super::super::prepare;
use super::super::target::{Looking, refuse_existing, replace, schema_exists, wanted};
use super::forbids;
use crate::config::{Into, Manner, MigrateOptions};
use crate::error::{Error, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::{Session, existing, require_create};
use crate::store::Store;
use sealift_core::name::Ident;
use sealift_core::plan::{Finding, Plan};
use sealift_core::sql::Sql;

/// Returns what is in the way of the migration in the target itself. `plan` is the one that was rehearsed.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn look(
    session: &Session,
    options: &MigrateOptions,
    schema: &Ident,
    plan: &Plan,
    cancel: &Cancel,
) -> Result<Vec<Finding>> {
    match options.manner() {
        Manner::Make => to_make(session, options, schema, plan).await,
        Manner::Fill => to_fill(session, options, schema, cancel).await,
    }
}

/// Returns a sentence about a migration into the same schema that did not end.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn earlier(session: &Session, schema: &Ident) -> Result<Option<String>> {
    match Store::find(session, schema).await {
        Ok(found) => Ok(found.map(|_| {
            format!("an earlier migration into schema {schema} did not end: migrate goes on with it, or begins anew with --restart")
        })),
        Err(error) if error.is_refusal() => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

async fn to_make(
    session: &Session,
    options: &MigrateOptions,
    schema: &Ident,
    plan: &Plan,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    settle(require_create(session, schema).await, schema, &mut findings)?;
    if !schema_exists(session, schema).await? {
        return Ok(findings);
    }
    if matches!(Store::find(session, schema).await, Ok(Some(_))) {
        // What stands there is its own, and half made.
        return Ok(findings);
    }
    let there = existing(session, schema, &wanted(plan)).await?;
    match options.into {
        Into::Recreate => {
            let dropped = try_drops(session, &replace(session, schema, &there).await?).await?;
            settle(dropped, schema, &mut findings)?;
        }
        Into::Create | Into::Existing | Into::ExistingTruncate => {
            settle(refuse_existing(schema, &there), schema, &mut findings)?;
        }
    }
    Ok(findings)
}

/// Tries to drop what would be replaced, and takes it back at once: something foreign may stand on it.
/// The application is not held up for it.
async fn try_drops(session: &Session, drops: &[Sql]) -> Result<Result<()>> {
    session.begin().await?;
    session.batch(&Sql::raw("set local lock_timeout = '1s'")).await?;
    let mut outcome = Ok(());
    for sql in drops {
        outcome = session.batch(sql).await;
        if outcome.is_err() {
            break;
        }
    }
    session.rollback().await?;
    // A table that is in use now says nothing about later.
    Ok(match outcome {
        Err(error) if error.sqlstate() == Some("55P03") => Ok(()),
        other => other,
    })
}

/// The look of the migration itself, at the tables themselves: rights, rows, triggers and keys of theirs the
/// copies do not have.
async fn to_fill(
    session: &Session,
    options: &MigrateOptions,
    schema: &Ident,
    cancel: &Cancel,
) -> Result<Vec<Finding>> {
    let events = Events::silent();
    let prepared = prepare(options, &events, cancel).await?;
    // No run has this token: what an earlier one has left is another process's.
    let looking = Looking { options, token: "", events: &events };
    let mut findings = Vec::new();
    match Box::pin(super::super::target::look(session, &looking, prepared)).await {
        Ok((prepared, _)) => {
            let found = prepared.plan.findings.into_iter();
            findings.extend(found.filter(|finding| forbids(finding.severity, options.strict)));
        }
        Err(error) => settle(Err(error), schema, &mut findings)?,
    }
    Ok(findings)
}

/// Makes a finding of a refusal; passes on what is none.
fn settle(outcome: Result<()>, schema: &Ident, findings: &mut Vec<Finding>) -> Result<()> {
    let error: Error = match outcome {
        Ok(()) => return Ok(()),
        Err(error) if error.is_refusal() => error,
        Err(error) => return Err(error),
    };
    let finding = Finding::error("target-not-ready", format!("schema {schema}"), error.to_string());
    findings.push(match error.hint() {
        Some(hint) => finding.hinted(hint),
        None => finding,
    });
    Ok(())
}
