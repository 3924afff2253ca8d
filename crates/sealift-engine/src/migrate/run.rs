//! [`Run`]: one attempt that has looked at the target and writes.

use super::backing::Backing;
use super::known;
use super::outcome::Ended;
use super::ready::{self, Ready};
use super::target::Standing;
use super::undo;
use crate::config::{Manner, MigrateOptions, Parts, VerifyLevel};
use crate::copy::{Budget, CopyContext, Receipts, SourceTable, budget_bytes};
use crate::error::{Error, ErrorKind, Recovery, Result};
use crate::finish::{FinishContext, Sorting, build, sequences};
use crate::ops::{Cancel, Events, Phase, Step, stopped};
use crate::planning::{self, Prepared};
use crate::pool::{Failure, Milestone, Pool};
use crate::postgres::{Session, TargetLock};
use crate::quarantine::{self, Writing};
use crate::report::VerifyReport;
use crate::sqlite::Snapshot;
use crate::verify::{VerifyRequest, verify};
use sealift_core::ddl::{self, Statement};
use sealift_core::plan::{Aside, Plan, TablePlan};
use sealift_core::verify::{Hashed, RangeDigest};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

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
            hashed: match self.options.verify {
                VerifyLevel::Digest | VerifyLevel::Cells => Hashed::Rows,
                VerifyLevel::None | VerifyLevel::Structure | VerifyLevel::Counts => Hashed::Stream,
            },
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
        let waves = match self.options.parts {
            Parts::SchemaOnly => Vec::new(),
            Parts::All | Parts::DataOnly => waves,
        };
        let finishing = Arc::new(FinishContext {
            store: copy.store.clone(),
            plan: Arc::new(copy.plan.clone()),
            statements: match self.options.manner() {
                Manner::Make => ddl::render(&copy.plan),
                Manner::Fill => Vec::new(),
            },
            done: steps,
            is_saturated: is_saturated(self.options),
            events: self.events.clone(),
            cancel: self.cancel.clone(),
        });
        let workers = self.options.plan_options.jobs;
        let pool = Pool::new(Arc::clone(copy), Arc::clone(&finishing), waves, workers);
        let began = self.work(session, &pool, (copy, &finishing, &receipts)).await?;
        planning::end(self.events, Phase::Analyze, began);
        receipts.extend(pool.receipts());
        let verified = self.compare(copy, &receipts).await.map_err(kept)?;
        self.cancel.check()?;
        Ok((receipts, verified))
    }

    /// Lets the pool work, and does meanwhile what one session does alone. Returns when the last phase
    /// began.
    async fn work(
        &self,
        session: &Session,
        pool: &Arc<Pool>,
        (copy, finishing, earlier): (&Arc<CopyContext>, &FinishContext, &Receipts),
    ) -> Result<Instant> {
        let mut pooled = std::pin::pin!(pool.run());
        // The backup is one thread's work, on the same snapshot: it costs least beside the copy.
        let backup = self.backing.make(self.options.backup.as_ref(), &copy.snapshot, self.events);
        let mut beside = std::pin::pin!(async {
            let beside = self.beside(session, pool, (copy, finishing, earlier));
            tokio::try_join!(beside, backup).map(|(began, ())| began)
        });
        tokio::select! {
            pooled = &mut pooled => pooled.map_err(told)?,
            done = &mut beside => {
                if let Err(error) = done {
                    pool.stop();
                    // The one that failed first knows why.
                    drop(pooled.await);
                    return Err(error);
                }
                pooled.await.map_err(told)?;
                return done;
            }
        }
        beside.await
    }

    /// Does what comes after all rows, then what comes after everything that stands on them.
    async fn beside(
        &self,
        session: &Session,
        pool: &Arc<Pool>,
        (copy, finishing, earlier): (&Arc<CopyContext>, &FinishContext, &Receipts),
    ) -> Result<Instant> {
        if self.options.parts != Parts::SchemaOnly {
            let rows = rows_left(copy, earlier);
            let began = planning::begin(self.events, Phase::Copy, Some(rows), None);
            pool.reached(Milestone::Loaded).await;
            let mut receipts = earlier.clone();
            receipts.extend(pool.receipts());
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
        let (_, in_turn) = finishing.left();
        let statements = u64::try_from(pool.statements_left() + in_turn.len()).ok();
        let began = planning::begin(self.events, Phase::Finish, None, statements);
        pool.reached(Milestone::Built).await;
        self.finish(session, finishing, &in_turn).await.map_err(kept)?;
        planning::end(self.events, Phase::Finish, began);
        Ok(planning::begin(self.events, Phase::Analyze, None, None))
    }

    /// Does what comes after all tables are built.
    async fn finish(
        &self,
        session: &Session,
        finishing: &FinishContext,
        in_turn: &[Statement],
    ) -> Result<()> {
        // Again in every run: a number may have been used up in the source without leaving a row.
        sequences(finishing, session).await?;
        for statement in in_turn {
            self.cancel.check()?;
            let statement = std::slice::from_ref(statement);
            let what = (statement, Sorting::Widely);
            build(finishing, session, what, self.cancel.cancelled()).await?;
        }
        self.put_back(session, finishing).await
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
        let done = finishing.store.step_done(PUT_BACK)?;
        finishing.store.commit_with(session, &done, Step::PutBack).await
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

/// Returns whether the server is on this machine and the run has a session for each of its processors.
/// How many another machine has is not known.
fn is_saturated(options: &MigrateOptions) -> bool {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    options.target.host().is_here() && options.plan_options.jobs >= processors
}

/// Says of a failure of the pool what becomes of the rows.
fn told(failure: Failure) -> Error {
    match failure {
        Failure::Rows(error) => error,
        Failure::Rest(error) => kept(error),
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

/// Returns what the copy's own pass hashed, a sum for each table whose rows were hashed.
fn digests(receipts: &Receipts) -> HashMap<String, RangeDigest> {
    let mut digests: HashMap<String, RangeDigest> = HashMap::new();
    for ((table, _), receipt) in receipts {
        digests.entry(table.clone()).or_default().merge(&receipt.digest);
    }
    // Another run, which was not to compare, may have copied a part.
    let others = receipts.iter().filter(|(_, receipt)| receipt.hashed != Hashed::Rows);
    for ((table, _), _) in others {
        digests.remove(table);
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
