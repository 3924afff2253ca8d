//! After a failure: what can go on, and what is taken back.

use super::left;
use super::target::{Standing, take_back};
use crate::config::{Into, Manner, MigrateOptions};
use crate::copy::CopyContext;
use crate::error::Result;
use crate::ops::Step;
use crate::store::Store;
use sealift_core::sql::Sql;

/// Returns whether the state of a run that committed is not in the target any more. A server that does
/// not answer says nothing of it.
pub(super) async fn state_is_gone(copy: &CopyContext) -> bool {
    let Ok(session) = copy.lock.session("sealift undo").await else {
        return false;
    };
    copy.store.commits() > 0 && matches!(Store::find(&session, &copy.plan.schema).await, Ok(None))
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
    token: &str,
) -> Result<&'static str> {
    let session = copy.lock.session("sealift undo").await?;
    // Without its own state the run's first transaction did not commit: whatever stands there is
    // somebody else's.
    match Store::find(&session, &copy.plan.schema).await? {
        Some((_, state)) if state.token.as_deref() == Some(token) => {}
        None if standing.is_resumed() || copy.store.commits() > 0 => {
            return Ok(
                "what was made stays in the target, since the state that says so is gone from it",
            );
        }
        Some(_) | None => return Ok("nothing was written"),
    }
    let away = match options.manner() {
        Manner::Make => take_back(&copy.plan),
        Manner::Fill => left::emptying(&session, &copy.plan).await?,
    };
    let back = left::putting_back(&copy.plan);
    session.begin().await?;
    for sql in away.iter().chain(&back) {
        session.batch(sql).await?;
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
    if copy.plan.tables.iter().any(|table| !table.filling.conflict.is_error()) {
        return Ok(
            "rows that came into tables with rows of their own stay there; the other tables are empty again",
        );
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
