//! Carrying revisions out: [`carry_out`] goes up or down, [`stamp`](stamp()) only writes down where the database stands.
//!
//! ```text
//! attempt      lock, history, what is left; again after a lock that was not to be had, a lost connection
//! transaction  a revision that is one transaction, its row of the history with it
//! one_by_one   a revision without one: statement by statement, each with the note that it is done
//! doubt        a statement of which a killed process did not write down how it ended
//! sending      one statement, which waits for locks only so long, and says for whom
//! cost         what it would take; nothing is carried out
//! ```

mod attempt;
mod cost;
mod doubt;
mod one_by_one;
mod place;
mod sending;
mod stamp;
mod transaction;

pub use cost::{Cost, RevisionCost, StatementCost, cost};
pub use stamp::{Stamped, stamp};

use super::folder::Folder;
use super::state::Todo;
use crate::error::{Recovery, Result};
use crate::ops::{Cancel, Events, Failed, Patience, stopped};
use crate::postgres::Endpoint;
use sealift_core::name::Ident;
use sealift_core::revision::file::Id;
use sealift_core::revision::way::Way;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long a statement waits for a lock before it makes room and tries again. While it waits, all who come after it
/// wait as well (manual section 13.3.1, and the queue of a lock), so this is what readers may notice.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long is tried again without getting on.
pub const RETRY_FOR: Duration = Duration::from_secs(300);

/// What to carry out, and how.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The server.
    pub target: Endpoint,
    /// The schema, in which names without one are looked up.
    pub schema: Ident,
    /// How long a statement waits for a lock; zero for as long as it takes.
    pub lock_timeout: Duration,
    /// How long is tried again without getting on.
    pub retry_for: Duration,
    /// The statement, from 1, at which the unfinished revision goes on, where a person says so.
    pub resume_at: Option<usize>,
    /// Whether a file may go on that says it cannot bring back rows or cells, or would round or cut them.
    pub accept_loss: bool,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The revisions that were carried out, in order.
    pub revisions: Vec<Done>,
    /// Where the database stands now.
    pub current: Vec<Id>,
}

/// A revision that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Done {
    /// Its number.
    pub id: Id,
    /// What it is for.
    pub message: String,
    /// Which way.
    pub way: Way,
    /// How long it took.
    pub seconds: f64,
}

/// Carries out what is left of `allowed`, which a person has seen. Tries again after what may pass.
///
/// # Errors
/// When a statement is refused, the files do not fit the database, patience is used up, or on request.
pub async fn carry_out(
    options: &RunOptions,
    folder: &Folder,
    allowed: &Todo,
    events: &Events,
    cancel: &Cancel,
) -> Result<Report> {
    let mut patience = Patience::new(options.retry_for);
    let mut report = Report::default();
    let (mut lost_lock, mut resume_at) = (None, options.resume_at);
    loop {
        cancel.check()?;
        let (began, done_before) = (Instant::now(), report.revisions.len());
        let mut attempt = attempt::Attempt {
            options,
            folder,
            allowed,
            events,
            cancel,
            report: &mut report,
            lost_lock: &mut lost_lock,
            resume_at: &mut resume_at,
        };
        let error = match attempt.run().await {
            Ok(()) => return Ok(report),
            Err(error) => error,
        };
        if cancel.is_cancelled() {
            return Err(stopped());
        }
        let progressed = report.revisions.len() > done_before;
        let failed = Failed { lasted: began.elapsed(), progressed };
        let pause = match error.recovery() {
            Recovery::Retry => patience.after(failed),
            Recovery::Resume | Recovery::Nothing => None,
        };
        let Some(pause) = pause else {
            let goes_on = error.recovery() != Recovery::Nothing && lost_lock.is_some();
            return Err(if goes_on { error.resumable() } else { error });
        };
        events.notice(format!("{error}; trying again in {:.1} s", pause.as_secs_f64()));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = cancel.cancelled() => {}
        }
    }
}
