//! What an earlier run left that did not end: is it the same migration, and what is different if not?

use super::target::{Looking, Standing, source_name};
use super::{known, left};
use crate::config::{self, Into};
use crate::error::{ErrorKind, Result};
use crate::postgres::Session;
use crate::store::{RunState, Store};
use sealift_core::name::Ident;
use sealift_core::plan::{Plan, changes};
use sealift_core::sql::Sql;
use std::path::Path;

/// How many differences a notice lists.
const LISTED: usize = 4;

/// What an earlier run left.
pub(super) enum Earlier {
    /// Nothing.
    Nothing,
    /// Its state.
    Left(Store, Box<RunState>),
    /// A state that cannot be read, but is to be thrown away.
    Unreadable(Vec<Store>),
}

/// What comes before the run.
pub(super) enum Before {
    /// The earlier run's work, which is gone on with.
    GoOn(Standing),
    /// Nothing.
    Nothing,
    /// These statements, which forget the earlier run.
    Forget(Vec<Sql>),
}

/// Finds what an earlier run left.
///
/// # Errors
/// When its state cannot be read and is not to be thrown away.
pub(super) async fn find(
    session: &Session,
    looking: &Looking<'_>,
    schema: &Ident,
) -> Result<Earlier> {
    match Store::find(session, schema).await {
        Ok(None) => Ok(Earlier::Nothing),
        Ok(Some((store, state))) => Ok(Earlier::Left(store, Box::new(state))),
        Err(error) if error.kind() == ErrorKind::Target && throws_away(looking) => {
            tracing::info!(error = %error, "a state is thrown away unread");
            Ok(Earlier::Unreadable(Store::all(session, schema).await?))
        }
        Err(error) => Err(error),
    }
}

fn throws_away(looking: &Looking<'_>) -> bool {
    looking.options.recovery.earlier == config::Earlier::ThrowAway
}

impl Earlier {
    /// Returns the state, where there is one to be read.
    pub(super) fn state(&self) -> Option<&RunState> {
        match self {
            Self::Left(_, state) => Some(state),
            Self::Nothing | Self::Unreadable(_) => None,
        }
    }

    /// Decides whether this run, of this shape, goes on with it, and says so.
    ///
    /// # Errors
    /// When it is another file's, or its tables hold rows that are not its own.
    pub(super) async fn for_run(
        self,
        session: &Session,
        looking: &Looking<'_>,
        shape: &str,
        plan: &Plan,
    ) -> Result<Before> {
        let (store, state) = match self {
            Self::Nothing => return Ok(Before::Nothing),
            Self::Unreadable(stores) => {
                looking.events.notice("the state of an earlier run is thrown away unread");
                let mut forget = Vec::new();
                for store in stores {
                    forget.extend(store.forget_unread(session).await?);
                }
                return Ok(Before::Forget(forget));
            }
            Self::Left(store, state) => (store, state),
        };
        let ours = state.token.as_deref() == Some(looking.token);
        if throws_away(looking) && !ours {
            looking.events.notice("the work of an earlier run is thrown away, as asked");
            return Ok(Before::Forget(store.forget_run()?));
        }
        refuse_other_source(looking, &store, &state)?;
        if state.shape == shape {
            if !ours {
                looking.events.notice(going_on(looking, &state));
            }
            return Ok(Before::GoOn(Standing::Resumed { store, state, ours }));
        }
        let replaces = match looking.options.into {
            Into::Recreate | Into::ExistingTruncate => true,
            Into::Create | Into::Existing => false,
        };
        if !replaces {
            left::missing(session, &state).await?;
        }
        let differences = differences(looking, &state, plan);
        looking.events.notice(format!(
            "an earlier run was made with another plan or other options ({differences}): what it left is replaced"
        ));
        Ok(Before::Forget(store.forget_run()?))
    }
}

fn going_on(looking: &Looking<'_>, state: &RunState) -> String {
    let mut notice = format!(
        "going on with an earlier run: {} ranges and {} steps are done",
        state.ranges.len(),
        state.steps.len()
    );
    if state.made_by != env!("CARGO_PKG_VERSION") {
        notice.push_str(&format!("; Sealift {} began it", state.made_by));
    }
    let now = source_name(looking.options);
    if let Some(then) = state.source.as_ref().filter(|then| **then != now) {
        notice.push_str(&format!("; the file was {then} then"));
    }
    notice
}

/// A file may have been moved, and its contents are compared anyway. One of another name is more likely
/// another database: what was made of it is not replaced unasked.
fn refuse_other_source(looking: &Looking<'_>, store: &Store, state: &RunState) -> Result<()> {
    let Some(then) = &state.source else { return Ok(()) };
    let now = source_name(looking.options);
    if Path::new(then).file_name() == Path::new(&now).file_name() {
        return Ok(());
    }
    Err(known::OTHER_SOURCE.saying(format!(
        "{} holds the unfinished migration of another file, {then}, into schema {}",
        store.location(),
        state.plan.schema
    )))
}

/// Returns what is different, in words.
fn differences(looking: &Looking<'_>, state: &RunState, plan: &Plan) -> String {
    let mut differences = Vec::new();
    let now = looking.options.in_words();
    if let Some(then) = state.options.as_ref().filter(|then| **then != now) {
        differences.push(format!("{now} instead of {then}"));
    }
    differences.extend(changes(&state.plan, plan));
    if state.plan.fingerprint != plan.fingerprint {
        differences.push("the file's schema was changed since".to_owned());
    }
    if state.made_by != env!("CARGO_PKG_VERSION") {
        differences.push(format!("Sealift {} began it", state.made_by));
    }
    let more = differences.len().saturating_sub(LISTED);
    differences.truncate(LISTED);
    if more > 0 {
        differences.push(format!("and {more} more"));
    }
    differences.join("; ")
}
