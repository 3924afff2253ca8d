//! [`Run`]: one attempt that has looked at the target and writes.

use super::backing::Backing;
use super::known;
use super::outcome::Ended;
use super::ready::{self, Ready};
use super::target::Standing;
use super::undo;
use crate::config::{Manner, MigrateOptions, Parts, VerifyLevel};
use crate::copy::{Budget, CopyContext, RangeJob, Receipts, SourceTable, budget_bytes, copy};
use crate::error::{Error, ErrorKind, Recovery, Result};
use crate::finish::{FinishContext, analyze, finish};
use crate::ops::{Cancel, Events, Phase, Step, stopped};
use crate::planning::{self, Prepared};
use crate::postgres::{Session, TargetLock};
use crate::quarantine::{self, Writing};
use crate::report::VerifyReport;
use crate::sqlite::Snapshot;
use crate::verify::{VerifyRequest, verify};
use sealift_core::ddl;
use sealift_core::plan::{Aside, Plan, TablePlan};
use sealift_core::verify::RangeDigest;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// The step after which nothing is aside any more.
const PUT_BACK: &str = "put back";

/// What an attempt works with.
pub(super) struct Run<'a> {
    pub(super) options: &'a MigrateOptions,
    pub(super) standing: Standing,
    pub(super) backing: &'a Backing,
    /// Tells this process from all others.
    pub(super) token: &'a str,
    pub(super) events: &'a Events,
    pub(super) cancel: &'a Cancel,
}

/// The session that makes the tables, and the lock that keeps other runs away.
pub(super) struct Target<'a> {
    pub(super) session: &'a Session,
    pub(super) lock: &'a Arc<TargetLock>,
}

impl Run<'_> {
    /// Does what is left, but for the state, which stays. A failure that the same command cannot mend
    /// takes back what was made.
    pub(super) async fn carry_out(&self, target: Target<'_>, prepared: Prepared) -> Result<Ended> {
        let copy = self.context(target.lock, prepared)?;
        match self.go(target.session, &copy).await {
            Ok((receipts, verified)) => {
                let rejected = copy.plan.tables.iter();
                let rejected = rejected
                    .map(|table| (table.source.clone(), copy.snapshot.rejected(&table.source)));
                let rejected = match self.options.parts {
                    Parts::SchemaOnly => BTreeMap::new(),
                    Parts::All | Parts::DataOnly => rejected.collect(),
                };
                Ok(Ended::Done { plan: copy.plan.clone(), receipts, rejected, verified })
            }
            Err(error) => Err(self.after_failure(error, &copy).await),
        }
    }

    fn context(&self, lock: &Arc<TargetLock>, prepared: Prepared) -> Result<Arc<CopyContext>> {
        let tables: Option<Vec<SourceTable>> = prepared
            .plan
            .tables
            .iter()
            .map(|table| planning::source_table(&prepared, table))
            .collect();
        let tables = tables.ok_or_else(|| {
            Error::new(ErrorKind::Bug, "the plan names a table that the source does not have")
        })?;
        let budget = budget_bytes(self.options.plan_options.memory, &tables);
        Ok(Arc::new(CopyContext {
            lock: Arc::clone(lock),
            snapshot: prepared.snapshot,
            store: self.standing.store().clone(),
            plan: prepared.plan,
            tables,
            budget: Budget::new(budget),
            events: self.events.clone(),
            cancel: self.cancel.clone(),
        }))
    }

    async fn go(
        &self,
        session: &Session,
        copy: &Arc<CopyContext>,
    ) -> Result<(Receipts, Option<VerifyReport>)> {
        let began = planning::begin(self.events, Phase::Create, None, None);
        let Ready { waves, mut receipts, steps } =
            ready::ready(session, self.options, &self.standing, self.token, copy).await?;
        planning::end(self.events, Phase::Create, began);
        let backup = self.backing.make(self.options.backup.as_ref(), &copy.snapshot, self.events);
        if self.options.parts == Parts::SchemaOnly {
            backup.await?;
        } else {
            let rows = rows_left(copy, &receipts);
            let began = planning::begin(self.events, Phase::Copy, Some(rows), None);
            // The backup is one thread's work, on the same snapshot: it costs least beside the copy.
            let (copied, ()) = tokio::try_join!(self.copy_all(copy, waves), backup)?;
            receipts.extend(copied);
            all_rows_went(&copy.plan, &receipts, &copy.snapshot)?;
            let writing = Writing {
                snapshot: &copy.snapshot,
                plan: &copy.plan,
                store: &copy.store,
                run: &quarantine_run(self.standing.shape()),
                file: self.options.quarantine.clone(),
            };
            quarantine::write(session, writing).await?;
            if let Some(known) = copy.snapshot.disturbance() {
                self.events.notice(format!("{}: {}", known.says, known.means));
            }
            planning::end(self.events, Phase::Copy, began);
        }
        self.finish(session, copy, steps).await?;
        let verified = self.compare(copy, &receipts).await.map_err(kept)?;
        self.cancel.check()?;
        Ok((receipts, verified))
    }

    async fn copy_all(
        &self,
        context: &Arc<CopyContext>,
        waves: Vec<Vec<RangeJob>>,
    ) -> Result<Receipts> {
        let mut receipts = Receipts::new();
        for jobs in waves {
            let workers = self.options.plan_options.jobs;
            receipts.extend(copy(Arc::clone(context), jobs, workers).await?);
        }
        Ok(receipts)
    }

    async fn finish(
        &self,
        session: &Session,
        copy: &CopyContext,
        done: BTreeSet<String>,
    ) -> Result<()> {
        let finishing = FinishContext {
            lock: Arc::clone(&copy.lock),
            store: copy.store.clone(),
            plan: Arc::new(copy.plan.clone()),
            statements: match self.options.manner() {
                Manner::Make => ddl::render(&copy.plan),
                Manner::Fill => Vec::new(),
            },
            done,
            workers: self.options.plan_options.jobs,
            events: self.events.clone(),
            cancel: self.cancel.clone(),
        };
        let statements = u64::try_from(finishing.left().len()).ok();
        let began = planning::begin(self.events, Phase::Finish, None, statements);
        finish(&finishing, session).await.map_err(kept)?;
        self.put_back(session, &finishing).await.map_err(kept)?;
        planning::end(self.events, Phase::Finish, began);
        let began = planning::begin(self.events, Phase::Analyze, None, None);
        analyze(&finishing).await.map_err(kept)?;
        planning::end(self.events, Phase::Analyze, began);
        Ok(())
    }

    /// Puts back what of the target's own tables was put aside, in one transaction with its step.
    async fn put_back(&self, session: &Session, finishing: &FinishContext) -> Result<()> {
        let plan = &finishing.plan;
        if plan.aside.is_empty() || finishing.done.contains(PUT_BACK) {
            return Ok(());
        }
        session.begin().await?;
        for aside in &plan.aside {
            let back = aside.put_back(&plan.schema);
            session.batch_unless(&back, self.cancel.cancelled()).await.map_err(
                |error| match aside {
                    Aside::Trigger { table, name, .. } => {
                        error.context(format_args!("put back trigger {name} on {table}"))
                    }
                    Aside::ForeignKey { table, name, .. } => {
                        error.context(format_args!("put back foreign key {name} on {table}"))
                    }
                },
            )?;
        }
        session.execute(&finishing.store.step_done(PUT_BACK)?).await?;
        finishing.store.commit(session, Step::PutBack).await
    }

    async fn compare(
        &self,
        copy: &CopyContext,
        receipts: &Receipts,
    ) -> Result<Option<VerifyReport>> {
        let level = match (self.options.verify, self.options.parts) {
            (VerifyLevel::None, _) => return Ok(None),
            (_, Parts::SchemaOnly) => VerifyLevel::Structure,
            (level, Parts::All | Parts::DataOnly) => level,
        };
        let (open, mut sessions) = (AtomicUsize::new(0), Vec::new());
        // One compares as well as many do, only later.
        while sessions.len() < self.options.plan_options.jobs {
            match copy.lock.one_more_session("sealift verify", &open).await? {
                Some(session) => sessions.push(session),
                None => break,
            }
        }
        let request = VerifyRequest {
            plan: &copy.plan,
            snapshot: &copy.snapshot,
            sessions: &sessions,
            level,
            digests: &digests(receipts),
        };
        tokio::select! {
            report = verify(request, self.events) => report.map(Some),
            () = self.cancel.cancelled() => Err(stopped()),
        }
    }

    /// Takes back what was made where the same command would only fail again.
    async fn after_failure(&self, error: Error, copy: &CopyContext) -> Error {
        if self.cancel.is_cancelled() {
            return error;
        }
        // With its state gone no later run knows what this one did.
        let stranded = names_nothing(&error) && undo::state_is_gone(copy).await;
        if error.recovery() != Recovery::Nothing && !stranded {
            return error;
        }
        let error = error.with_recovery(Recovery::Nothing);
        if let Err(gone) = copy.lock.confirm().await {
            // Another run may have begun: what stands in the target may be its own.
            return error
                .context(format_args!("what was made is left in the target, since {gone}"));
        }
        match undo::undo(copy, self.options, &self.standing, self.token).await {
            Ok(standing) => error.context(standing),
            Err(undoing) => error
                .context(format_args!(
                    "{} of this run and {} are left in the target, because removing them failed ({undoing})",
                    match self.options.manner() {
                        Manner::Make => "tables",
                        Manner::Fill => "rows",
                    },
                    copy.store.location()
                ))
                .hinted("run the same command with --restart, which takes them back first"),
        }
    }
}

/// Returns whether the server says that a table or a schema is not there.
fn names_nothing(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("42P01" | "3F000"))
}

/// Returns what the rows of a run are known by in the quarantine: the same when it goes on.
fn quarantine_run(shape: &str) -> String {
    shape.chars().take(16).collect()
}

/// Says of a statement that the server refuses after the rows have arrived: they stay.
fn kept(error: Error) -> Error {
    match error.recovery() {
        Recovery::Retry | Recovery::Resume => error,
        Recovery::Nothing => {
            let sqlstate = error.sqlstate().map(str::to_owned);
            let failed = known::STATEMENT_FAILED
                .saying(format!("all rows have arrived, but {error}"))
                .with_recovery(Recovery::Resume);
            match sqlstate {
                Some(sqlstate) => failed.with_sqlstate(sqlstate),
                None => failed,
            }
        }
    }
}

/// Returns how many rows are to be copied. More may be there by now: an earlier run counted before this
/// one looked.
fn rows_left(copy: &CopyContext, receipts: &Receipts) -> u64 {
    let carried =
        |table: &TablePlan| table.rows.saturating_sub(copy.snapshot.rejected(&table.source));
    let all: u64 = copy.plan.tables.iter().map(carried).sum();
    all.saturating_sub(receipts.values().map(|receipt| receipt.digest.rows).sum())
}

/// Returns what the copy's own pass hashed, a sum for each table.
fn digests(receipts: &Receipts) -> HashMap<String, RangeDigest> {
    let mut digests: HashMap<String, RangeDigest> = HashMap::new();
    for ((table, _), receipt) in receipts {
        digests.entry(table.clone()).or_default().merge(&receipt.digest);
    }
    digests
}

/// Compares the census with the receipts: both went through the same snapshot by different ways, so a
/// range that was left out, or read twice, shows as another number of rows.
/// With those that are kept apart they are all.
fn all_rows_went(plan: &Plan, receipts: &Receipts, snapshot: &Snapshot) -> Result<()> {
    for table in &plan.tables {
        let mine = receipts.iter().filter(|((name, _), _)| *name == table.source);
        let copied: u64 = mine.map(|(_, receipt)| receipt.digest.rows).sum();
        let rejected = snapshot.rejected(&table.source);
        if copied + rejected != table.rows {
            return Err(Error::new(
                ErrorKind::Bug,
                format!(
                    "{} rows of table {} were counted, {copied} copied and {rejected} kept apart",
                    table.rows, table.source
                ),
            ));
        }
    }
    Ok(())
}
