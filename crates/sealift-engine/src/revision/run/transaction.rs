//! A revision that is one transaction: all of it is there with its row of the history, or nothing.

use super::super::folder::ScriptFile;
use super::super::history::{How, Way};
use super::attempt::Running;
use crate::error::Result;
use crate::ops::{Moment, RevisionStep};
use std::time::Instant;

/// Carries it out.
///
/// # Errors
/// When a statement is refused, a lock is not to be had, or on request: nothing is left of it then.
pub(super) async fn run(running: &Running<'_>, file: &ScriptFile) -> Result<()> {
    let (sending, began) = (&running.sending, Instant::now());
    let session = sending.session;
    session.begin().await?;
    for statement in file.script.statements() {
        let at = || file.at(statement.line);
        RevisionStep::Statement.reach(Moment::Before)?;
        sending.send(&statement).await.map_err(|error| error.context(at()))?;
        RevisionStep::Statement.reach(Moment::After)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let history = running.history;
    let record = match running.way {
        Way::Up => history.recorded(running.revision, &running.parents, How::Run, seconds),
        Way::Down => history.forgotten(&running.revision.id),
    };
    RevisionStep::Record.reach(Moment::Before)?;
    session.commit_with(&record).await?;
    RevisionStep::Record.reach(Moment::After)
}
