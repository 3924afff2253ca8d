//! The limit: what the server itself needs to load the same rows from ready-made files and to build
//! the same keys and indexes, with no SQLite, no conversion and no client in the way.
//!
//! ```text
//! reference (one migration) ─ taken apart ─► statements, and binary files of the rows
//! create + copy … freeze │ indexes │ keys │ foreign keys: not valid, then validated │ analyze
//!   as many sessions as Sealift has, the longest statement first, by the seconds of a first run
//! ```

mod apart;
mod files;
mod schedule;

use crate::report::Phase;
use crate::server;
use anyhow::{Context, Result, bail};
use apart::{Apart, Table};
use files::Files;
use schedule::{Schedule, Task};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The schema of the migration that the limit is taken from.
const REFERENCE: &str = "race_reference";

/// The schema of the runs that are tried beforehand.
const TRIAL: &str = "race_trial";

/// How rows are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// Each table by one session, in the transaction that makes it, so that its rows are frozen.
    Frozen,
    /// So, but for tables that take one session longer than its fair part of all: those go in pieces,
    /// by several sessions, and cannot be frozen.
    Cut,
}

/// How the way was chosen: both were tried, and the faster is the limit. Which one that is depends on the
/// database: two tables of equal length occupy two sessions as they are, one huge table does not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) way: Way,
    /// Seconds of the copy either way, in the run that was tried before the race.
    pub(crate) frozen_seconds: f64,
    pub(crate) cut_seconds: Option<f64>,
    /// What is cut, if that was tried.
    pub(crate) cut_tables: Vec<String>,
}

/// A migrated schema, taken apart, with its rows in files that the server reads.
#[derive(Debug)]
pub(crate) struct Limit {
    url: String,
    sessions: usize,
    apart: Apart,
    files: Files,
    schedule: Schedule,
    pub(crate) choice: Choice,
}

impl Limit {
    /// The schema that is to hold the reference migration.
    pub(crate) fn reference() -> &'static str {
        REFERENCE
    }

    /// Takes the reference apart, writes its rows to files, and tries both ways once.
    ///
    /// The reference keeps its tables, without rows.
    pub(crate) async fn take(url: &str, sessions: usize) -> Result<Self> {
        let client = server::connect(url).await?;
        let apart = Apart::of(&client, REFERENCE).await.context("take the reference apart")?;
        let files = Files::export(&client, REFERENCE, &apart.tables)
            .await
            .context("write the rows to files")?;
        let choice = Choice {
            way: Way::Frozen,
            frozen_seconds: 0.0,
            cut_seconds: None,
            cut_tables: Vec::new(),
        };
        let schedule = Schedule::new(url, sessions);
        let mut limit = Self { url: url.to_owned(), sessions, apart, files, schedule, choice };
        limit.choose().await?;
        Ok(limit)
    }

    /// Runs everything each way, which also tells the schedule how long each statement takes.
    async fn choose(&mut self) -> Result<()> {
        self.choice.frozen_seconds = self.trial().await?;
        self.choice.cut_tables = self.too_long();
        if self.choice.cut_tables.is_empty() {
            return Ok(());
        }
        self.choice.way = Way::Cut;
        let seconds = self.trial().await?;
        self.choice.cut_seconds = Some(seconds);
        if self.choice.frozen_seconds <= seconds {
            self.choice.way = Way::Frozen;
        }
        Ok(())
    }

    /// Returns the seconds of the copy in a run that does not count.
    async fn trial(&self) -> Result<f64> {
        server::drop_schema(&self.url, TRIAL).await?;
        server::checkpoint(&self.url).await?;
        let phases = self.run(TRIAL).await?;
        self.same_as_the_reference().await?;
        server::drop_schema(&self.url, TRIAL).await?;
        Ok(phases.first().map_or(0.0, |copy| copy.seconds))
    }

    /// A limit that leaves an index or a key out would be no limit.
    async fn same_as_the_reference(&self) -> Result<()> {
        let client = server::connect(&self.url).await?;
        let [reference, limit] =
            [apart::objects(&client, REFERENCE).await?, apart::objects(&client, TRIAL).await?];
        if reference != limit {
            let differing: Vec<&String> = reference.symmetric_difference(&limit).take(5).collect();
            bail!("the limit does not make what the migration has made: {differing:?}");
        }
        Ok(())
    }

    /// Returns the tables of several files that took one session longer than its part of the whole.
    fn too_long(&self) -> Vec<String> {
        let seconds: Vec<(&Table, f64)> = (self.apart.tables.iter())
            .map(|table| (table, self.schedule.seconds(&self.whole(table))))
            .collect();
        let fair = seconds.iter().map(|(_, seconds)| seconds).sum::<f64>() / self.sessions as f64;
        let long = seconds.iter().filter(|(table, seconds)| {
            *seconds > fair && self.sessions > 1 && self.files.number_of(table) > 1
        });
        long.map(|(table, _)| table.name.clone()).collect()
    }

    /// Returns what makes a table and loads it frozen.
    fn whole(&self, table: &Table) -> Task {
        let loads = self.files.loads(table, "format binary, freeze");
        let loads = loads.into_iter().map(|(load, _)| load);
        let statements: Vec<String> = std::iter::once(create(table)).chain(loads).collect();
        Task::of_bytes(statements.join("; "), self.files.bytes_of(table))
    }

    /// Returns the bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.bytes()
    }

    /// Loads and builds everything in `schema`, which is not there yet.
    pub(crate) async fn run(&self, schema: &str) -> Result<Vec<Phase>> {
        let began = Instant::now();
        self.create_schema(schema).await?;
        let (mut tasks, mut cut) = (Vec::new(), Vec::new());
        for table in &self.apart.tables {
            if self.choice.way == Way::Cut && self.choice.cut_tables.contains(&table.name) {
                cut.push(create(table));
                let pieces = self.files.loads(table, "format binary");
                tasks.extend(pieces.into_iter().map(|(load, bytes)| Task::of_bytes(load, bytes)));
            } else {
                tasks.push(self.whole(table));
            }
        }
        self.schedule.one(schema, &cut.join("; ")).await?;
        self.schedule.grouped(schema, tasks).await?;
        let copy = Phase::since("copy", began);
        Ok([vec![copy], self.finish(schema).await?].concat())
    }

    /// Makes the tables in `schema`, empty and bare, for a peer that only brings rows.
    pub(crate) async fn create(&self, schema: &str) -> Result<()> {
        self.create_schema(schema).await?;
        let tables: Vec<String> = self.apart.tables.iter().map(create).collect();
        self.schedule.one(schema, &tables.join("; ")).await
    }

    async fn create_schema(&self, schema: &str) -> Result<()> {
        let client = server::connect(&self.url).await?;
        server::run(&client, &format!("create schema {schema}")).await
    }

    /// Builds on tables with rows what the reference has on them.
    pub(crate) async fn finish(&self, schema: &str) -> Result<Vec<Phase>> {
        let began = Instant::now();
        let tasks = |statements: &[String]| -> Vec<Task> {
            statements.iter().map(|sql| Task::of_seconds(sql.clone())).collect()
        };
        self.schedule.grouped(schema, tasks(&self.apart.indexes)).await?;
        self.schedule.one(schema, &self.apart.keys.join("; ")).await?;
        let indexes = Phase::since("indexes", began);
        let began = Instant::now();
        self.schedule.one(schema, &self.apart.foreign_keys.join("; ")).await?;
        self.schedule.each(schema, tasks(&self.apart.validations)).await?;
        let foreign_keys = Phase::since("foreign keys", began);
        let began = Instant::now();
        self.schedule.grouped(schema, tasks(&self.apart.analyzes())).await?;
        Ok(vec![indexes, foreign_keys, Phase::since("analyze", began)])
    }
}

/// Returns the statement that makes a table as the reference has it, without keys and indexes.
fn create(table: &Table) -> String {
    format!(
        "create table {name} (like {REFERENCE}.{name} including defaults including constraints
         including generated including identity including storage including compression)",
        name = table.name
    )
}
