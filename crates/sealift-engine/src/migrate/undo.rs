//! After a failure: what can go on, and what is taken back.

use super::target::{Standing, take_back, truncate};
use crate::config::{Into, Manner, MigrateOptions};
use crate::copy::CopyContext;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Session, TargetLock};
use crate::store::Store;
use sealift_core::plan::{Plan, waves};
use sealift_core::sql::Sql;

/// `feature_not_supported` (manual, appendix A): `truncate` of a table that others refer to.
const FEATURE_NOT_SUPPORTED: &str = "0A000";

/// Returns whether the same command can go on after a failure: the connection, the server, the disk
/// or the user stopped it, not the data or the plan.
pub(super) fn can_resume(error: &Error) -> bool {
    // 40: serialization failures and deadlocks; 55: locks held by others; 53, 57, 58: the server's
    // resources, its operator, its system (manual, appendix A).
    let passing = ["40", "53", "55", "57", "58"];
    let by_state =
        error.sqlstate().is_some_and(|state| passing.iter().any(|class| state.starts_with(class)));
    by_state
        || match error.kind() {
            ErrorKind::Unreachable | ErrorKind::Stopped | ErrorKind::Io | ErrorKind::Source => true,
            ErrorKind::Usage
            | ErrorKind::Permission
            | ErrorKind::Target
            | ErrorKind::Data
            | ErrorKind::Statement
            | ErrorKind::Difference
            | ErrorKind::Local
            | ErrorKind::Bug => false,
        }
}

/// Takes back what the run made: its views and tables, or the rows it filled tables with; then its
/// state, and the schema if it was new. Returns what the target is then, as a clause.
///
/// # Errors
/// When the server refuses or does not answer.
pub(super) async fn undo(
    copy: &CopyContext,
    options: &MigrateOptions,
    standing: &Standing,
) -> Result<&'static str> {
    let session = options.target.connect("sealift undo").await?;
    TargetLock::write_under(&session, &copy.plan.schema).await?;
    // Without its own state the run's first transaction did not commit: whatever stands there is
    // somebody else's.
    match Store::find(&session, &copy.plan.schema).await? {
        Some((_, state)) if state.shape == standing.shape() => {}
        Some(_) | None => return Ok("nothing was written"),
    }
    match options.manner() {
        Manner::Make => {
            session.begin().await?;
            for sql in take_back(&copy.plan) {
                session.batch(&sql).await?;
            }
            session.commit().await?;
        }
        Manner::Fill => empty(&session, &copy.plan).await?,
    }
    copy.store.remove(&session).await?;
    if let Standing::Fresh { new_schema: true, .. } = standing {
        session.batch(&Sql::raw("drop schema if exists ").ident(&copy.plan.schema)).await?;
    }
    Ok(match options.into {
        Into::ExistingTruncate => {
            "the tables are empty again; what --truncate removed stays removed"
        }
        Into::Existing => "the tables are empty again",
        Into::Recreate => "what this run made is taken back; what it replaced stays removed",
        Into::Create => "the target is as it was before",
    })
}

/// Empties the tables that the run filled. Where a table outside of the run refers to one of them,
/// PostgreSQL deletes rows but does not truncate (manual, `TRUNCATE`).
async fn empty(session: &Session, plan: &Plan) -> Result<()> {
    let Some(truncate) = truncate(plan) else { return Ok(()) };
    session.begin().await?;
    match session.batch(&truncate).await {
        Ok(()) => return session.commit().await,
        Err(error) if error.sqlstate() == Some(FEATURE_NOT_SUPPORTED) => {}
        Err(error) => return Err(error),
    }
    session.rollback().await?;
    session.begin().await?;
    let children_first = waves(plan).unwrap_or_default().into_iter().rev().flatten();
    for table in children_first.filter_map(|position| plan.tables.get(position)) {
        let delete = Sql::raw("delete from ").qualified(&plan.schema, &table.target.name);
        session.batch(&delete).await?;
    }
    session.commit().await
}
