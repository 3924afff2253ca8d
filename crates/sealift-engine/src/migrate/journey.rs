//! [`Journey`]: attempt after attempt, until everything is done, nothing can help any more, or the
//! patience is used up.
//!
//! Each attempt takes the lock, looks at the target, and does what is left: the way on within a process
//! is the way a new process goes on. Only the snapshot of the source is kept, so receipts of this very
//! process need not be checked again.

use super::backing::Backing;
use super::outcome::Ended;
use super::run::{Run, Target};
use super::target::{self, Looking};
use super::{space, waiting};
use crate::config::MigrateOptions;
use crate::error::{Error, ErrorKind, Recovery, Result};
use crate::ops::{Cancel, Events, Failed, Patience, STOPPED, Step, stopped};
use crate::planning::Prepared;
use crate::postgres::{LockRequest, Session, TargetLock};
use crate::quarantine;
use crate::store::Store;
use sealift_core::plan::{Plan, Severity};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run waits for the lock of another one: a killed one is noticed when its connection
/// closes, and one whose machine is gone within a minute.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// How long a run that is asked to stop may take to its next safe point. A statement that waits for a
/// lock of somebody else has none: it is left behind then, as a killed run leaves it.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// A migration under way.
pub(super) struct Journey {
    options: MigrateOptions,
    prepared: Prepared,
    events: Events,
    cancel: Cancel,
    /// Tells this process from all others.
    token: String,
    backing: Backing,
    /// Whether an earlier process's work is gone on with.
    resumed: bool,
    /// Whether there is something in the target to go on with.
    begun: bool,
    /// The server process that held our lock, while nobody has taken it again.
    lost_lock: Option<i32>,
    /// What everything came to, when only the state was left to be removed.
    done: Option<(Ended, Store)>,
}

/// What one attempt came to.
struct Attempt {
    outcome: Result<Ended>,
    /// Whether something durable was done.
    progressed: bool,
}

impl Attempt {
    fn failed(error: Error) -> Self {
        Self { outcome: Err(error), progressed: false }
    }
}

impl Journey {
    pub(super) fn new(
        options: MigrateOptions,
        prepared: Prepared,
        events: Events,
        cancel: Cancel,
    ) -> Self {
        Self {
            options,
            prepared,
            events,
            cancel,
            token: format!("{:032x}", rand::random::<u128>()),
            backing: Backing::default(),
            resumed: false,
            begun: false,
            lost_lock: None,
            done: None,
        }
    }

    /// Returns whether an earlier process's work was gone on with.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Goes on until there is nothing left to do.
    ///
    /// # Errors
    /// The last failure; [`Error::is_resumable`] says whether the same command goes on.
    pub(super) async fn complete(&mut self) -> Result<Ended> {
        let mut patience = Patience::new(self.options.recovery.retry_for);
        loop {
            let began = Instant::now();
            let overdue = overdue(self.cancel.clone());
            let attempt = tokio::select! {
                attempt = self.attempt() => attempt,
                () = overdue => return Err(stopped()),
            };
            let error = match attempt.outcome {
                Ok(ended) => return Ok(ended),
                Err(error) => error,
            };
            // Whatever else went wrong, it went wrong while stopping.
            self.cancel.check()?;
            let failed = Failed { lasted: began.elapsed(), progressed: attempt.progressed };
            let pause = match error.recovery() {
                Recovery::Retry => patience.after(failed),
                Recovery::Resume | Recovery::Nothing => None,
            };
            let Some(pause) = pause else { return Err(self.at_last(error)) };
            self.events.notice(format!("{error}; trying again in {}", seconds(pause)));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.cancel.cancelled() => {}
            }
        }
    }

    /// Says of the last failure what becomes of what is there.
    fn at_last(&self, error: Error) -> Error {
        let goes_on = self.begun && error.recovery() != Recovery::Nothing;
        let error = match error.recovery() {
            Recovery::Retry if self.begun && !self.options.recovery.retry_for.is_zero() => {
                error.context("gave up trying again")
            }
            Recovery::Retry | Recovery::Resume | Recovery::Nothing => error,
        };
        match (goes_on, error.hint()) {
            (false, _) => error,
            (true, Some(_)) => error.resumable(),
            (true, None) => error.resumable().hinted(STOPPED.hint),
        }
    }

    async fn attempt(&mut self) -> Attempt {
        let lock = match self.lock().await {
            Ok(lock) => Arc::new(lock),
            // After a beginning, another run in between is a reason to stop, not to take back.
            Err(error) if self.begun && error.kind() == ErrorKind::Target => {
                return Attempt::failed(error.with_recovery(Recovery::Resume));
            }
            Err(error) => return Attempt::failed(error),
        };
        self.lost_lock = Some(lock.backend_pid());
        let session = match lock.session("sealift").await {
            Ok(session) => session,
            Err(error) => return Attempt::failed(error),
        };
        if let Some((ended, store)) = self.done.take() {
            return self.end_again(&session, ended, store).await;
        }
        let (events, watch) = (self.events.clone(), self.options.recovery.watch);
        tokio::select! {
            attempt = Box::pin(self.work(&lock, &session)) => attempt,
            never = waiting::tell(&lock, &events, watch) => match never {},
        }
    }

    /// Looks at the target and does what is left.
    async fn work(&mut self, lock: &Arc<TargetLock>, session: &Session) -> Attempt {
        let looking = Looking { options: &self.options, token: &self.token, events: &self.events };
        let (prepared, standing) =
            match target::look(session, &looking, self.prepared.clone()).await {
                Ok(found) => found,
                Err(error) => return Attempt::failed(error),
            };
        if is_refused(&prepared.plan, self.options.strict) {
            return Attempt { outcome: Ok(Ended::Refused(prepared.plan)), progressed: false };
        }
        let apart = quarantine::refuse_strangers(session, &prepared.plan, &prepared.snapshot);
        if let Err(error) = apart.await {
            return Attempt::failed(error);
        }
        self.begun |= standing.is_resumed();
        let seen = (&prepared, &standing);
        if let Err(error) = space::look(session, &self.options, seen, &self.events).await {
            return Attempt::failed(error);
        }
        self.resumed |= standing.is_of_another_process();
        let run = Run {
            options: &self.options,
            standing,
            backing: &self.backing,
            token: &self.token,
            events: &self.events,
            cancel: &self.cancel,
        };
        let store = run.standing.store().clone();
        // The lock is held here until the state is gone, and with it the watch over the session.
        let target = Target { session, lock };
        let outcome = run.carry_out(target, prepared).await;
        let progressed = store.commits() > 0;
        self.begun |= progressed || outcome.as_ref().is_err_and(may_have_begun);
        match outcome {
            Ok(ended) => self.end(session, ended, store).await,
            Err(error) => Attempt { outcome: Err(error), progressed },
        }
    }

    /// Removes the state, or marks it as that of a run that ended. Everything is done by now: a server
    /// that refuses this is worth a word, not the migration.
    async fn end(&mut self, session: &Session, ended: Ended, store: Store) -> Attempt {
        let removed = if self.options.keep_state {
            store.finish(session).await
        } else {
            store.remove(session, Step::End).await
        };
        match removed {
            Err(error) if error.recovery() == Recovery::Retry => {
                self.done = Some((ended, store));
                return Attempt {
                    outcome: Err(error.context("remove the state of the finished run")),
                    progressed: false,
                };
            }
            Err(error) => self.events.notice(format!(
                "the migration is done, but its state stays in {}: {error}",
                store.location()
            )),
            Ok(()) => {}
        }
        Attempt { outcome: Ok(ended), progressed: true }
    }

    /// Does so again when the answer was lost: the state may be gone already.
    async fn end_again(&mut self, session: &Session, ended: Ended, store: Store) -> Attempt {
        let left = match Store::find(session, &self.prepared.plan.schema).await {
            Ok(found) => found.is_some_and(|(_, state)| state.token.as_ref() == Some(&self.token)),
            Err(error) => {
                self.done = Some((ended, store));
                return Attempt::failed(error);
            }
        };
        if left {
            return self.end(session, ended, store).await;
        }
        Attempt { outcome: Ok(ended), progressed: true }
    }

    async fn lock(&self) -> Result<TargetLock> {
        let deadline = Instant::now() + LOCK_PATIENCE;
        let schema = self.prepared.plan.schema.as_str();
        let request =
            LockRequest { schema, watch: self.options.recovery.watch, lost: self.lost_lock };
        let mut told = false;
        loop {
            match TargetLock::acquire(&self.options.target, request).await {
                Err(error) if error.kind() == ErrorKind::Target && Instant::now() < deadline => {
                    if !told {
                        self.events.notice(format!("{error}; waiting for it"));
                        told = true;
                    }
                    self.cancel.check()?;
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Returns when a request to stop has not been followed for [`STOP_PATIENCE`].
async fn overdue(cancel: Cancel) {
    cancel.cancelled().await;
    tokio::time::sleep(STOP_PATIENCE).await;
}

/// Returns whether the first transaction may have been committed although an error came back.
fn may_have_begun(error: &Error) -> bool {
    error.recovery() != Recovery::Nothing
}

/// Returns whether findings forbid the start.
pub(super) fn is_refused(plan: &Plan, strict: bool) -> bool {
    plan.has_errors() || (strict && plan.count(Severity::Warning) > 0)
}

fn seconds(pause: Duration) -> String {
    format!("{:.1} s", pause.as_secs_f64())
}
