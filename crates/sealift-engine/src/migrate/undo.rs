//! After a failure: what can go on, and what is taken back.

use super::target::{Standing, take_back, truncate};
use crate::config::{Into, Manner, MigrateOptions};
use crate::copy::CopyContext;
use crate::error::Result;
use crate::ops::Step;
use crate::postgres::Session;
use crate::store::Store;
use sealift_core::plan::{Plan, waves};
use sealift_core::sql::Sql;

/// `feature_not_supported` (manual, appendix A): `truncate` of a table that others refer to.
const FEATURE_NOT_SUPPORTED: &str = "0A000";

/// Takes back what the run made: its views and tables, or the rows it filled tables with; then its
/// state, and the schema if it was new. Returns what the target is then, as a clause.
///
/// # Errors
/// When the server refuses or does not answer.
pub(super) async fn undo(
    copy: &CopyContext,
    options: &MigrateOptions,
    standing: &Standing,
    token: &str,
) -> Result<&'static str> {
    let session = copy.lock.session("sealift undo").await?;
    // Without its own state the run's first transaction did not commit: whatever stands there is
    // somebody else's.
    match Store::find(&session, &copy.plan.schema).await? {
        Some((_, state)) if state.token.as_deref() == Some(token) => {}
        Some(_) | None => return Ok("nothing was written"),
    }
    match options.manner() {
        Manner::Make => {
            session.begin().await?;
            for sql in take_back(&copy.plan) {
                session.batch(&sql).await?;
            }
        }
        Manner::Fill => empty(&session, &copy.plan).await?,
    }
    // Together: a state that speaks of rows which are gone would be gone on with.
    for sql in copy.store.forget_run()? {
        session.execute(&sql).await?;
    }
    copy.store.commit(&session, Step::TakeBack).await?;
    copy.store.remove(&session, Step::TakeBack).await?;
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

/// Empties the tables that the run filled, in a transaction that is left open. Where a table outside of
/// the run refers to one of them, PostgreSQL deletes rows but does not truncate (manual, `TRUNCATE`).
async fn empty(session: &Session, plan: &Plan) -> Result<()> {
    session.begin().await?;
    let Some(truncate) = truncate(plan) else { return Ok(()) };
    match session.batch(&truncate).await {
        Ok(()) => return Ok(()),
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
    Ok(())
}
