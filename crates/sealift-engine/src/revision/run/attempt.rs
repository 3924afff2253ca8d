//! [`Attempt`]: the lock, the history as it is now, and what is left, revision by revision.

use super::super::folder::{Folder, Revision};
use super::super::history::History;
use super::super::known;
use super::super::neighbours::refuse_to_repeat;
use super::super::state::{State, Todo, TodoRevision, script_file};
use super::sending::Sending;
use super::{Done, Report, RunOptions, one_by_one, place, transaction};
use crate::check::{CheckOptions, Demand, require};
use crate::error::{Error, ErrorKind, Recovery, Result};
use crate::ops::{Cancel, Events};
use crate::postgres::{Endpoint, LockRequest, TargetLock, WATCH_INTERVAL};
use sealift_core::name::Ident;
use sealift_core::revision::diff::ACCEPT_LOSS;
use sealift_core::revision::file::{Id, Transaction};
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;
use std::time::{Duration, Instant};

/// How often another process's lock is asked for. Each time anew, and never by waiting in the server: who waits there
/// holds a snapshot, for the end of which `create index concurrently` of the other process would wait.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// `raise_exception` (manual, appendix A).
const RAISED: &str = "P0001";

/// One attempt.
pub(super) struct Attempt<'a> {
    pub(super) options: &'a RunOptions,
    pub(super) folder: &'a Folder,
    pub(super) allowed: &'a Todo,
    pub(super) events: &'a Events,
    pub(super) cancel: &'a Cancel,
    pub(super) report: &'a mut Report,
    /// The server process that held the lock in an attempt before this one.
    pub(super) lost_lock: &'a mut Option<i32>,
    /// Where a person wants the unfinished revision to go on; once, not again after a lost connection.
    pub(super) resume_at: &'a mut Option<usize>,
}

/// What a revision is carried out with.
pub(super) struct Running<'a> {
    pub(super) sending: Sending<'a>,
    pub(super) history: &'a History,
    pub(super) revision: &'a Revision,
    pub(super) parents: Vec<Id>,
    pub(super) way: Way,
    pub(super) resume_at: Option<usize>,
}

impl Attempt<'_> {
    /// Does what is left.
    pub(super) async fn run(&mut self) -> Result<()> {
        let options = self.options;
        let asked = CheckOptions {
            target: options.target.clone(),
            schema: options.schema.as_str().to_owned(),
            // One that works, one that holds the lock.
            connections: 2,
            timeout: None,
            wait: None,
        };
        require(&asked, Demand::Write).await?;
        let waiting = Waiting { patience: options.retry_for, lost: *self.lost_lock };
        let lock =
            lock(&options.target, &options.schema, waiting, self.events, self.cancel).await?;
        *self.lost_lock = Some(lock.backend_pid());
        let session = lock.session("sealift revision").await?;
        place::require_schema(&session, &options.schema).await?;
        let mut history = History::read_for(&session, &options.schema, self.folder).await?;
        refuse_to_repeat(&session, &options.schema, self.folder, &history).await?;
        let state = State { folder: self.folder, history: &history };
        let todo = state.left_of(self.allowed)?;
        if !todo.revisions.is_empty() {
            history.make(&session).await?;
        }
        drop(session);
        if self.resume_at.is_some() && history.unfinished().is_none() {
            return Err(nothing_unfinished());
        }
        for one in &todo.revisions {
            self.cancel.check()?;
            let resume_at = self.resume_at.take();
            self.one(&lock, one, &history, resume_at).await?;
        }
        let session = lock.session("sealift revision").await?;
        let history = History::read_for(&session, &options.schema, self.folder).await?;
        self.report.current = State { folder: self.folder, history: &history }.current()?;
        Ok(())
    }

    /// Each in a session of its own, so that nothing that a file has set reaches the next one.
    async fn one(
        &mut self,
        lock: &TargetLock,
        one: &TodoRevision,
        history: &History,
        resume_at: Option<usize>,
    ) -> Result<()> {
        let (way, began) = (self.allowed.way, Instant::now());
        let session = lock.session("sealift revision").await?;
        place::settle(&session, &self.options.schema).await?;
        if self.options.accept_loss {
            session.batch(&Sql::raw("set sealift.accept_loss = on")).await?;
        }
        let revision = self.folder.revision(&one.id)?;
        let sending = Sending {
            session: &session,
            lock,
            events: self.events,
            cancel: self.cancel,
            lock_timeout: self.options.lock_timeout,
        };
        let parents = self.folder.graph().parents(&one.id).cloned().collect();
        let running = Running { sending, history, revision, parents, way, resume_at };
        let file = script_file(revision, way)?;
        let begun = history.applied().get(&one.id).is_some_and(|one| one.unfinished.is_some());
        let carried_out = match file.script.header().transaction {
            // What was begun statement by statement goes on so, even if its file says otherwise by now.
            Transaction::On if !begun => transaction::run(&running, file).await,
            Transaction::On | Transaction::Off => one_by_one::run(&running, file).await,
        };
        carried_out.map_err(|error| {
            let guarded =
                error.sqlstate() == Some(RAISED) && file.script.text().contains(ACCEPT_LOSS);
            let error = error.context(format_args!("revision {} ({})", one.id, one.message));
            match guarded {
                true => error.hinted("to go on all the same, without what is lost: --accept-loss"),
                false => error,
            }
        })?;
        let done = Done {
            id: one.id.clone(),
            message: one.message.clone(),
            way,
            seconds: began.elapsed().as_secs_f64(),
        };
        let verb = match way {
            Way::Up => "upgraded to",
            Way::Down => "took back",
        };
        self.events.notice(format!("{verb} {} ({}) in {:.1} s", one.id, one.message, done.seconds));
        self.report.revisions.push(done);
        Ok(())
    }
}

fn nothing_unfinished() -> Error {
    Error::new(
        ErrorKind::Usage,
        "--resume-at is for a revision that stopped on its way, and none did",
    )
    .hinted("leave it out")
}

/// How the lock is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) patience: Duration,
    pub(super) lost: Option<i32>,
}

/// Takes the lock on the schema, which migrations into it take too, and waits for whoever holds it.
pub(super) async fn lock(
    target: &Endpoint,
    schema: &Ident,
    waiting: Waiting,
    events: &Events,
    cancel: &Cancel,
) -> Result<TargetLock> {
    let deadline = Instant::now() + waiting.patience;
    let request =
        LockRequest { schema: schema.as_str(), watch: WATCH_INTERVAL, lost: waiting.lost };
    let mut told = false;
    loop {
        match TargetLock::acquire(target, request).await {
            Err(error) if error.kind() == ErrorKind::Target => {
                if Instant::now() >= deadline {
                    // The patience is used up already.
                    let message = format!("{}: {error}", known::BUSY.says);
                    return Err(known::BUSY.saying(message).with_recovery(Recovery::Resume));
                }
                if !told {
                    events.notice(format!("{}: {error}; waiting for it", known::BUSY.says));
                    told = true;
                }
                cancel.check()?;
                tokio::time::sleep(ASK_AGAIN).await;
            }
            outcome => return outcome,
        }
    }
}
