//! The whole journey, one step a line.
//!
//! What makes a run resumable: a range commits with its receipt, a statement with its step, and the
//! tables with the plan they were made for. The same command finds that state and goes on; see
//! `target` for what it checks first.

mod bookkeeping;
mod existing;
mod phases;
mod preflight;
mod ready;
mod space;
mod target;
mod trial;
mod undo;

use self::phases::Phases;
use self::ready::Ready;
use self::target::Standing;
use crate::config::{Manner, MigrateOptions, Parts, VerifyLevel};
use crate::copy::{
    Budget, CopyContext, RangeJob, Receipts, SourceTable, budget_bytes, copy, stopped,
};
use crate::error::{Error, ErrorKind, Result};
use crate::finish::{FinishContext, analyze, finish};
use crate::ops::{Cancel, Events, Phase};
use crate::planning::{self, Basis, Prepared};
use crate::postgres::{Session, TargetLock};
use crate::report::{ColumnReport, MatchStatus, MigrateReport, Status, TableReport, VerifyReport};
use crate::store::FINISHED;
use crate::verify::{VerifyRequest, verify};
use sealift_core::ddl;
use sealift_core::plan::{Plan, Severity};
use sealift_core::verify::RangeDigest;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run waits for the lock of one that was killed: the server notices a dead client when
/// it next writes to it.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// Moves a SQLite file into PostgreSQL and compares both sides.
///
/// # Errors
/// When it could not be done; [`Error::is_resumable`] says whether the same command goes on. Findings
/// that forbid the start are no error here but [`Status::Refused`].
pub async fn migrate(
    options: MigrateOptions,
    events: Events,
    cancel: Cancel,
) -> Result<MigrateReport> {
    let started = Instant::now();
    let (events, phases) = Phases::record(&events);
    // The server first: a wrong address shows before a large file is read.
    drop(options.target.connect("sealift").await?);
    let prepared = prepare(&options, &events, &cancel).await?;
    if is_refused(&prepared.plan, options.strict) {
        return Ok(report(&options, &prepared.plan, Outcome::refused(started, &phases)));
    }
    let session = options.target.connect("sealift").await?;
    let lock = lock(&options, &prepared.plan, &events, &cancel).await?;
    let (prepared, standing) = target::look(&session, &options, prepared, &events).await?;
    if is_refused(&prepared.plan, options.strict) {
        return Ok(report(&options, &prepared.plan, Outcome::refused(started, &phases)));
    }
    space::look(&session, &options, (&prepared, &standing), &events).await?;
    let resumed = standing.is_resumed();
    let target = Target { session: &session, lock: &lock };
    let made = make(&options, prepared, standing, target, (&events, &cancel)).await;
    drop(lock);
    let (plan, receipts, verified) = made?;
    let outcome = Outcome { started, phases, resumed, receipts, verified };
    Ok(report(&options, &plan, outcome))
}

/// Returns the plan of a run without a target: the census and everything that depends on it.
async fn prepare(options: &MigrateOptions, events: &Events, cancel: &Cancel) -> Result<Prepared> {
    let (options, events, cancel) = (options.clone(), events.clone(), cancel.clone());
    tokio::task::spawn_blocking(move || {
        let fills = options.manner() == Manner::Fill;
        let mut plan_options = options.plan_options.clone();
        if fills {
            // The types of the target's own tables stand; a cast decides how cells are read, later.
            plan_options.casts.clear();
        }
        let mut prepared = planning::prepare(
            &options.source,
            &plan_options,
            options.plan.as_ref().map_or(Basis::Decide, Basis::Reviewed),
            &events,
            &cancel,
        )?;
        if fills {
            planning::refuse_casts_of_nothing(&prepared.schema, &options.plan_options.casts)?;
            sealift_core::plan::existing::only_rows(&mut prepared.plan);
        }
        Ok(prepared)
    })
    .await
    .map_err(|error| Error::new(ErrorKind::Bug, "the planning thread panicked").caused_by(error))?
}

fn is_refused(plan: &Plan, strict: bool) -> bool {
    plan.has_errors() || (strict && plan.count(Severity::Warning) > 0)
}

async fn lock(
    options: &MigrateOptions,
    plan: &Plan,
    events: &Events,
    cancel: &Cancel,
) -> Result<TargetLock> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    let mut told = false;
    loop {
        match TargetLock::acquire(&options.target, plan.schema.as_str()).await {
            Err(error) if error.kind() == ErrorKind::Target && Instant::now() < deadline => {
                if !told {
                    events.notice(format!("{error}; waiting for it"));
                    told = true;
                }
                if cancel.is_cancelled() {
                    return Err(stopped());
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Everything that writes. A failure that the same command cannot mend takes back what was made.
async fn make(
    options: &MigrateOptions,
    prepared: Prepared,
    standing: Standing,
    target: Target<'_>,
    watchers: (&Events, &Cancel),
) -> Result<(Plan, Receipts, Option<VerifyReport>)> {
    let run = Run::new(options, prepared, standing, target.lock, watchers)?;
    let done = run.carry_out(target.session).await;
    match done {
        Ok((receipts, verified)) => Ok((run.copy.plan.clone(), receipts, verified)),
        Err(error) => Err(run.after_failure(error).await),
    }
}

/// The session that makes the tables, and the lock that keeps other runs away.
#[derive(Clone, Copy)]
struct Target<'a> {
    session: &'a Session,
    lock: &'a TargetLock,
}

/// A run that has begun to write.
struct Run<'a> {
    options: &'a MigrateOptions,
    lock: &'a TargetLock,
    standing: Standing,
    copy: Arc<CopyContext>,
}

impl<'a> Run<'a> {
    fn new(
        options: &'a MigrateOptions,
        prepared: Prepared,
        standing: Standing,
        lock: &'a TargetLock,
        (events, cancel): (&Events, &Cancel),
    ) -> Result<Self> {
        let tables: Option<Vec<SourceTable>> = prepared
            .plan
            .tables
            .iter()
            .map(|table| planning::source_table(&prepared, table))
            .collect();
        let tables = tables.ok_or_else(|| {
            Error::new(ErrorKind::Bug, "the plan names a table that the source does not have")
        })?;
        let copy = Arc::new(CopyContext {
            endpoint: options.target.clone(),
            snapshot: prepared.snapshot,
            store: standing.store().clone(),
            plan: prepared.plan,
            budget: Budget::new(budget_bytes(options.plan_options.memory, &tables)),
            tables,
            events: events.clone(),
            cancel: cancel.clone(),
        });
        Ok(Self { options, lock, standing, copy })
    }

    async fn carry_out(&self, session: &Session) -> Result<(Receipts, Option<VerifyReport>)> {
        let events = &self.copy.events;
        let began = planning::begin(events, Phase::Create, None, None);
        TargetLock::write_under(session, &self.copy.plan.schema).await?;
        let Ready { waves, mut receipts, steps } =
            ready::ready(session, self.options, &self.standing, &self.copy).await?;
        planning::end(events, Phase::Create, began);
        if self.options.parts == Parts::SchemaOnly {
            self.back_up().await?;
        } else {
            let rows = self.rows_left(&receipts);
            let began = planning::begin(events, Phase::Copy, Some(rows), None);
            let workers = self.options.plan_options.jobs;
            let copying = self.copy_all(waves, workers);
            // One thread's work, on the same snapshot: it costs least beside the copy.
            let (copied, ()) = tokio::try_join!(copying, self.back_up())?;
            receipts.extend(copied);
            all_rows_went(&self.copy.plan, &receipts)?;
            if let Some(known) = self.copy.snapshot.disturbance() {
                events.notice(format!("{}: {}", known.says, known.means));
            }
            planning::end(events, Phase::Copy, began);
        }
        let finishing = self.finishing(steps);
        let statements = u64::try_from(finishing.left().len()).ok();
        let began = planning::begin(events, Phase::Finish, None, statements);
        finish(&finishing).await?;
        planning::end(events, Phase::Finish, began);
        let began = planning::begin(events, Phase::Analyze, None, None);
        analyze(&finishing).await?;
        planning::end(events, Phase::Analyze, began);
        let verified = self.compare(&receipts).await?;
        if self.copy.cancel.is_cancelled() {
            return Err(stopped());
        }
        self.end(session).await;
        Ok((receipts, verified))
    }

    /// Removes the state, or marks it as that of a run that ended. Everything is done by now: what goes
    /// wrong here is worth a word, not the migration.
    async fn end(&self, session: &Session) {
        let store = &self.copy.store;
        let ended = if self.options.keep_state {
            match store.step_done(FINISHED) {
                Ok(sql) => session.execute(&sql).await.map(drop),
                Err(error) => Err(error),
            }
        } else {
            store.remove(session).await
        };
        if let Err(error) = ended {
            self.copy.events.notice(format!(
                "the migration is done, but its state stays in {}: {error}",
                store.location()
            ));
        }
    }

    async fn copy_all(&self, waves: Vec<Vec<RangeJob>>, workers: usize) -> Result<Receipts> {
        let mut receipts = Receipts::new();
        for jobs in waves {
            receipts.extend(copy(Arc::clone(&self.copy), jobs, workers).await?);
        }
        Ok(receipts)
    }

    async fn back_up(&self) -> Result<()> {
        let wanted = self.options.backup.clone().filter(|path| !path.exists());
        let Some(path) = wanted else { return Ok(()) };
        let context = Arc::clone(&self.copy);
        let done = tokio::task::spawn_blocking(move || {
            let no_reader = || Error::new(ErrorKind::Bug, "no reader is left for the backup");
            let reader = context.snapshot.take().ok_or_else(no_reader)?;
            crate::sqlite::backup(&reader, &path, context.cancel.flag())?;
            context.events.notice(format!("backed the source up to {}", path.display()));
            Ok(())
        });
        done.await
            .map_err(|error| Error::new(ErrorKind::Bug, "the backup panicked").caused_by(error))?
            .map_err(|error: Error| error.context("back up the source"))
    }

    /// Returns how many rows are to be copied. More may be there by now: an earlier run counted
    /// before this one looked.
    fn rows_left(&self, receipts: &Receipts) -> u64 {
        let all: u64 = self.copy.plan.tables.iter().map(|table| table.rows).sum();
        all.saturating_sub(receipts.values().map(|receipt| receipt.digest.rows).sum())
    }

    fn finishing(&self, done: BTreeSet<String>) -> FinishContext {
        FinishContext {
            endpoint: self.copy.endpoint.clone(),
            store: self.copy.store.clone(),
            plan: Arc::new(self.copy.plan.clone()),
            statements: match self.options.manner() {
                Manner::Make => ddl::render(&self.copy.plan),
                Manner::Fill => Vec::new(),
            },
            done,
            workers: self.options.plan_options.jobs,
            events: self.copy.events.clone(),
            cancel: self.copy.cancel.clone(),
        }
    }

    async fn compare(&self, receipts: &Receipts) -> Result<Option<VerifyReport>> {
        let level = match (self.options.verify, self.options.parts) {
            (VerifyLevel::None, _) => return Ok(None),
            (_, Parts::SchemaOnly) => VerifyLevel::Structure,
            (level, Parts::All | Parts::DataOnly) => level,
        };
        let workers = std::cmp::max(self.options.plan_options.jobs, 1);
        let mut sessions = Vec::new();
        for _ in 0..workers {
            sessions.push(self.copy.endpoint.connect("sealift verify").await?);
        }
        let request = VerifyRequest {
            plan: &self.copy.plan,
            snapshot: &self.copy.snapshot,
            sessions: &sessions,
            level,
            digests: &self.digests(receipts),
        };
        let report = verify(request, &self.copy.events).await?;
        Ok(Some(report))
    }

    /// Returns what the copy's own pass hashed, a sum for each table.
    fn digests(&self, receipts: &Receipts) -> HashMap<String, RangeDigest> {
        let mut digests: HashMap<String, RangeDigest> = HashMap::new();
        for ((table, _), receipt) in receipts {
            digests.entry(table.clone()).or_default().merge(&receipt.digest);
        }
        digests
    }

    /// Says what is left in the target, and takes it back where the same command would only fail
    /// again.
    async fn after_failure(&self, error: Error) -> Error {
        if undo::can_resume(&error) {
            let error = error.resumable();
            return if error.hint().is_some() {
                error
            } else {
                error.hinted("run the same command again: it goes on where it was")
            };
        }
        if let Err(gone) = self.lock.confirm().await {
            // Another run may have begun: what stands in the target may be its own.
            return error
                .context(format_args!("what was made is left in the target, since {gone}"));
        }
        match undo::undo(&self.copy, self.options, &self.standing).await {
            Ok(standing) => error.context(standing),
            Err(undoing) => error
                .context(format_args!(
                    "{} of this run and {} are left in the target, because removing them failed ({undoing})",
                    match self.options.manner() {
                        Manner::Make => "tables",
                        Manner::Fill => "rows",
                    },
                    self.copy.store.location()
                ))
                .hinted(match self.options.manner() {
                    Manner::Make => "run again with --into recreate",
                    Manner::Fill => "run again with --into existing --truncate",
                }),
        }
    }
}

/// Compares the census with the receipts: both went through the same snapshot by different ways, so a
/// range that was left out, or read twice, shows as another number of rows.
fn all_rows_went(plan: &Plan, receipts: &Receipts) -> Result<()> {
    for table in &plan.tables {
        let mine = receipts.iter().filter(|((name, _), _)| *name == table.source);
        let copied: u64 = mine.map(|(_, receipt)| receipt.digest.rows).sum();
        if copied != table.rows {
            return Err(Error::new(
                ErrorKind::Bug,
                format!(
                    "{} rows of table {} were counted and {copied} copied",
                    table.rows, table.source
                ),
            ));
        }
    }
    Ok(())
}

/// What the report is written from.
struct Outcome {
    started: Instant,
    phases: Phases,
    resumed: bool,
    receipts: Receipts,
    verified: Option<VerifyReport>,
}

impl Outcome {
    fn refused(started: Instant, phases: &Phases) -> Self {
        Self {
            started,
            phases: phases.clone(),
            resumed: false,
            receipts: Receipts::new(),
            verified: None,
        }
    }
}

fn report(options: &MigrateOptions, plan: &Plan, outcome: Outcome) -> MigrateReport {
    let tables: Vec<TableReport> = plan
        .tables
        .iter()
        .map(|table| {
            let mine = outcome.receipts.iter().filter(|((name, _), _)| *name == table.source);
            let mut report = TableReport {
                name: table.source.clone(),
                target: table.target.name.as_str().to_owned(),
                rows: 0,
                rejected: 0,
                bytes: 0,
                seconds: 0.0,
                columns: columns(table),
            };
            for (_, receipt) in mine {
                report.rows += receipt.digest.rows;
                report.bytes += receipt.bytes;
                report.seconds += receipt.seconds;
            }
            report
        })
        .collect();
    let differs =
        outcome.verified.as_ref().is_some_and(|report| report.status == MatchStatus::Differ);
    let status = if is_refused(plan, options.strict) {
        Status::Refused
    } else if differs {
        Status::Differences
    } else {
        Status::Ok
    };
    MigrateReport {
        status,
        source: shown(&options.source),
        target: options.target.to_string(),
        schema: plan.schema.as_str().to_owned(),
        resumed: outcome.resumed,
        rows: tables.iter().map(|table| table.rows).sum(),
        bytes: tables.iter().map(|table| table.bytes).sum(),
        tables,
        seconds: outcome.started.elapsed().as_secs_f64(),
        phases: outcome.phases.reports(),
        findings: plan.findings.clone(),
        verify: outcome.verified,
        plan: plan.clone(),
    }
}

fn columns(table: &sealift_core::plan::TablePlan) -> Vec<ColumnReport> {
    table
        .columns
        .iter()
        .zip(&table.target.columns)
        .map(|(plan, target)| ColumnReport {
            name: plan.source.clone(),
            declared: plan.declared.clone(),
            data_type: target.data_type.to_string(),
            because: plan.because.clone(),
        })
        .collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
