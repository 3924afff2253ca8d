//! Before and after: how many operations a second an application's users get out of SQLite and of PostgreSQL.
//!
//! ```text
//! the file            read once: a copy with a rollback journal, a copy with a write-ahead log
//! sealift_bench_…     made in the target ── migrated into from the second copy ── removed, however it ended
//!
//! users 1 ── reads ── rollback, WAL, PostgreSQL ── writes ── … ── users 2 ── …
//! ```
//!
//! All three are measured in turn, step by step, so that what the machine does meanwhile meets them alike.

mod copies;
mod limit;
mod machine;
mod postgres_users;
mod ready;
mod report;
mod sqlite_users;
mod tally;
mod window;

pub use report::{BenchReport, BenchStatus, Done, Machine, Missed, PostgresFacts, SqliteFacts};

use self::copies::Copies;
use self::limit::Limit;
use self::postgres_users::{Pool, Sessions};
use self::ready::{Ready, Rest};
use crate::config::{
    Into, MigrateOptions, Parts, PlanOptions, RecoveryOptions, StatePlace, VerifyLevel,
};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Play, Stage, migrate};
use crate::ops::{Cancel, Events, on_a_thread};
use crate::postgres::{Endpoint, LockRequest, TargetLock, Throwaway, WATCH_INTERVAL};
use crate::report::{MigrateReport, Status};
use crate::sqlite::{Application, Source, introspect};
use sealift_core::bench::{Database, Left, Load, Measured, workload};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const BENCH: Play = Play {
    schemas: Throwaway {
        prefix: "sealift_bench_",
        mark: "made by sealift bench; thrown away at its end",
        lock: "sealift bench",
    },
    name: "benchmark",
    verb: "measure",
};

/// How much longer than the wait for a lock an operation may take after the end of its step.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the lock is tried that the migration has just let go of.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What `bench` needs.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// The SQLite file. It is only read.
    pub source: PathBuf,
    /// The server.
    pub target: Endpoint,
    /// How the tables on PostgreSQL are made; its schema means nothing.
    pub plan_options: PlanOptions,
    /// The numbers of users, in the order in which they are measured; at least one, each at least 1.
    pub users: Vec<usize>,
    /// What they do, in that order; at least one.
    pub loads: Vec<Load>,
    /// How long each step is measured, over zero.
    pub step: Duration,
    /// How long all of it may take. What is not measured by then is left.
    pub max_time: Duration,
    /// How long a connection of SQLite waits for a lock; a session of PostgreSQL waits as long.
    pub busy_timeout: Duration,
    /// What rows are chosen by.
    pub seed: u64,
    /// The folder in which a folder for the copies is made and removed.
    pub folder: PathBuf,
    /// How many threads the machine runs at once.
    pub processors: usize,
}

/// Measures. Source and target are afterwards as they were before, however it ends.
///
/// # Errors
/// When the file cannot be copied or migrated, nothing can be done with its tables, the server does not let us, or
/// the time is over before the first step.
pub async fn bench(options: BenchOptions, events: Events, cancel: Cancel) -> Result<BenchReport> {
    let began = Instant::now();
    options.target.probe().await?;
    let limit = Limit::begin(&cancel, options.max_time);
    let copies = on_a_thread("measuring", {
        let (source, folder) = (options.source.clone(), options.folder.clone());
        let (events, stop) = (events.clone(), limit.stop().clone());
        move || Copies::make(&source, &folder, &events, &stop)
    })
    .await
    .map_err(|error| limit.explain(error))?;
    let stage = Stage::open(BENCH, &options.target, WATCH_INTERVAL, &events).await?;
    let bench = Bench { options: &options, events: &events, stop: limit.stop(), copies: &copies };
    let played = Box::pin(bench.play(&stage)).await;
    let removed = stage.close().await;
    // The limit ends steps, but only a person stops the whole.
    if cancel.is_cancelled() {
        removed?;
        return Err(stopped());
    }
    let mut report = match (played, removed) {
        (Ok(report), Ok(())) => report,
        (Ok(_), Err(left)) => return Err(left),
        (Err(error), Ok(())) => return Err(limit.explain(error.not_resumable())),
        (Err(error), Err(left)) => return Err(error.not_resumable().context(left)),
    };
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Stopped,
        "the benchmark was stopped; nothing of it is left, on neither side",
    )
    .hinted("run it again: it begins anew; --max-time SECONDS bounds it")
}

/// A benchmark whose copies are made.
struct Bench<'a> {
    options: &'a BenchOptions,
    events: &'a Events,
    stop: &'a Cancel,
    copies: &'a Copies,
}

impl Bench<'_> {
    async fn play(&self, stage: &Stage) -> Result<BenchReport> {
        let migrated = self.migrate(stage).await?;
        let schema = on_a_thread("measuring", {
            let path = self.copies.rollback().to_owned();
            move || {
                let source = Source::open(&path)?;
                let connection = source.connect()?;
                introspect(&connection)
            }
        })
        .await?;
        let wanted = workload(&schema, &migrated.plan);
        self.stop.check()?;
        let lock = self.lock(stage).await?;
        let most_users = self.options.users.iter().copied().max().unwrap_or(1);
        let sessions = Sessions::open(&lock, most_users, self.options).await?;
        let path = self.copies.rollback().to_owned();
        let Rest { ready, left } =
            ready::prepare(wanted, path, sessions.first(), self.stop).await?;
        let mut loads = self.options.loads.clone();
        loads.retain(|load| ready.choices.offer(*load));
        if loads.is_empty() {
            return Err(nothing_to_do(&left));
        }
        let postgresql = sessions.facts(&self.options.target).await?;
        let mut report = self.report(&migrated, postgresql, &ready, left).await?;
        let pool = Arc::new(sessions.prepare(&ready.operations).await?);
        let steps = Steps { bench: self, ready: &ready, pool };
        steps.all(&loads, &mut report).await?;
        Ok(report)
    }

    /// Takes the lock of runs, which sessions come from: should this process be killed, whoever removes the schema ends
    /// them by it.
    async fn lock(&self, stage: &Stage) -> Result<TargetLock> {
        let request =
            LockRequest { schema: stage.schema().as_str(), watch: WATCH_INTERVAL, lost: None };
        let began = Instant::now();
        loop {
            match TargetLock::acquire(&self.options.target, request).await {
                // The migration has closed its connection, but a busy server may not have noticed yet.
                Err(error) if error.kind() == ErrorKind::Target && began.elapsed() < PATIENCE => {
                    self.stop.check()?;
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                taken => return taken,
            }
        }
    }

    async fn migrate(&self, stage: &Stage) -> Result<MigrateReport> {
        let mut plan_options = self.options.plan_options.clone();
        plan_options.schema = stage.schema().as_str().to_owned();
        let options = MigrateOptions {
            // With a write-ahead log nobody is told that his writes wait meanwhile.
            source: self.copies.wal().to_owned(),
            target: self.options.target.clone(),
            plan_options,
            plan: None,
            into: Into::Create,
            parts: Parts::All,
            verify: VerifyLevel::None,
            strict: false,
            keep_state: false,
            state: StatePlace::BesideTables,
            backup: None,
            quarantine: None,
            recovery: RecoveryOptions::default(),
        };
        let report = Box::pin(migrate(options, self.events.clone(), self.stop.clone())).await?;
        if report.status == Status::Ok {
            return Ok(report);
        }
        let first = report.findings.first();
        let first = first.map_or_else(String::new, |it| format!(": {}: {}", it.object, it.message));
        let source = self.options.source.display();
        Err(Error::new(ErrorKind::Data, format!("the file cannot be migrated as it is{first}"))
            .hinted(format!(
                "`sealift plan {source}` lists what stands in the way; the flags of `migrate` that settle it \
                 work here too"
            )))
    }

    async fn report(
        &self,
        migrated: &MigrateReport,
        postgresql: PostgresFacts,
        ready: &Ready,
        left: Vec<Left>,
    ) -> Result<BenchReport> {
        let options = self.options;
        let synchronous = on_a_thread("measuring", {
            let (path, wait) = (self.copies.wal().to_owned(), options.busy_timeout);
            move || Application::open(&path, wait)?.synchronous()
        })
        .await?;
        Ok(BenchReport {
            status: BenchStatus::Ok,
            source: options.source.display().to_string(),
            target: options.target.to_string(),
            rows: migrated.rows,
            seed: options.seed,
            seconds_each: options.step.as_secs_f64(),
            seconds: 0.0,
            machine: machine::look(options.processors),
            sqlite: SqliteFacts {
                version: crate::sqlite::library_version(),
                synchronous,
                busy_timeout_seconds: options.busy_timeout.as_secs_f64(),
                file_bytes: self.copies.bytes(),
                in_memory: self.copies.in_memory(),
            },
            postgresql,
            operations: ready.operations.iter().map(Done::of).collect(),
            left_out: left,
            steps: Vec::new(),
            not_measured: Vec::new(),
        })
    }
}

fn nothing_to_do(left: &[Left]) -> Error {
    let first = left.first();
    let why = first.map_or_else(
        || "the file has no tables".to_owned(),
        |it| format!("table {}: {}", it.table, it.reason),
    );
    Error::new(ErrorKind::Data, format!("nothing can be measured with this schema: {why}"))
        .hinted("measure a file that has tables with rows and a key, such as a copy of the one in production")
}

/// All steps, and what they are made with.
struct Steps<'a> {
    bench: &'a Bench<'a>,
    ready: &'a Ready,
    pool: Arc<Pool>,
}

/// One step.
#[derive(Debug, Clone, Copy)]
struct Step {
    users: usize,
    load: Load,
    /// Its number, the same for each database.
    number: u64,
}

impl Steps<'_> {
    async fn all(&self, loads: &[Load], report: &mut BenchReport) -> Result<()> {
        let mut number = 0;
        for users in &self.bench.options.users {
            if !self.bench.stop.is_cancelled() {
                let plural = if *users == 1 { "" } else { "s" };
                self.bench.events.notice(format!("measuring with {users} user{plural}"));
            }
            for load in loads {
                number += 1;
                let step = Step { users: *users, load: *load, number };
                for database in Database::ALL {
                    match self.one(step, database).await? {
                        Some(measured) => report.steps.push(measured),
                        None => report.not_measured.push(Missed {
                            users: *users,
                            load: *load,
                            database,
                        }),
                    }
                }
            }
        }
        if !report.not_measured.is_empty() {
            report.status = BenchStatus::CutShort;
        }
        if report.steps.is_empty() {
            return Err(crate::ops::stopped());
        }
        Ok(())
    }

    /// Measures one step on one database; `None` where it was stopped before its end.
    async fn one(&self, step: Step, database: Database) -> Result<Option<Measured>> {
        if self.bench.stop.is_cancelled() {
            return Ok(None);
        }
        let (connections, tally) = match database {
            Database::SqliteRollback | Database::SqliteWal => {
                (step.users, self.on_sqlite(step, database).await?)
            }
            Database::Postgresql => {
                let tally =
                    postgres_users::measure(&self.pool, self.settings(step, database)).await?;
                (std::cmp::min(step.users, self.pool.size()), tally)
            }
        };
        if self.bench.stop.is_cancelled() {
            return Ok(None);
        }
        let seconds = self.bench.options.step.as_secs_f64();
        Ok(Some(tally.measured(step, database, connections, seconds)))
    }

    async fn on_sqlite(&self, step: Step, database: Database) -> Result<tally::Tally> {
        let settings = self.settings(step, database);
        let copies = self.bench.copies;
        let path = match database {
            Database::SqliteWal => copies.wal().to_owned(),
            Database::SqliteRollback | Database::Postgresql => copies.rollback().to_owned(),
        };
        let wait = self.bench.options.busy_timeout;
        on_a_thread("measuring", move || sqlite_users::measure(&path, wait, &settings)).await
    }

    fn settings(&self, step: Step, database: Database) -> window::Settings {
        window::Settings {
            step,
            database,
            seed: self.bench.options.seed,
            length: self.bench.options.step,
            ready: self.ready.clone(),
            patience: self.bench.options.busy_timeout + PATIENCE,
            stop: self.bench.stop.clone(),
        }
    }
}
