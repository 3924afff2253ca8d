//! The other tools, each as a script in `benches/race/peers`.

use super::{Effort, Track};
use crate::measure::watch;
use crate::report::Phase;
use anyhow::{Context, Result};
use std::process::Command;
use std::time::Instant;

/// Another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Makes tables, keys and indexes itself.
    Pgloader,
    /// Its extensions for both databases bring the rows; what is built afterwards is the limit's.
    DuckDb,
    /// `sqlite3 -csv | psql`, likewise.
    Csv,
    /// A script as guides have it: rows as dictionaries, in batches. On a sample.
    SqlAlchemy,
}

impl Peer {
    pub(super) const ALL: [Self; 4] = [Self::Pgloader, Self::DuckDb, Self::Csv, Self::SqlAlchemy];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pgloader => "pgloader",
            Self::DuckDb => "duckdb",
            Self::Csv => "csv",
            Self::SqlAlchemy => "sqlalchemy",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Pgloader => "pgloader",
            Self::DuckDb => "DuckDB, then the limit's keys",
            Self::Csv => "sqlite3 | psql, then the same",
            Self::SqlAlchemy => "SQLAlchemy script",
        }
    }

    /// Whether it makes its own tables, in a database of its own.
    pub(super) fn makes_tables(self) -> bool {
        match self {
            Self::Pgloader | Self::SqlAlchemy => true,
            Self::DuckDb | Self::Csv => false,
        }
    }

    /// Runs its script, and builds what that leaves out.
    pub(super) async fn run(self, track: &Track<'_>, url: &str, schema: &str) -> Result<Effort> {
        let began = Instant::now();
        if !self.makes_tables() {
            track.limit.create(schema).await?;
        }
        // One that is not installed is not worth the whole race.
        let mut effort = self.script(track, url, schema).unwrap_or_else(|error| Effort {
            failure: Some(format!("{error:#}")),
            ..Effort::default()
        });
        let everything = if self.makes_tables() { "everything" } else { "copy" };
        effort.phases.push(Phase::since(everything, began));
        if !self.makes_tables() && effort.failure.is_none() {
            match track.limit.finish(schema).await {
                Ok(phases) => effort.phases.extend(phases),
                Err(error) => effort.failure = Some(format!("{error:#}")),
            }
        }
        effort.seconds = began.elapsed().as_secs_f64();
        Ok(effort)
    }

    fn script(self, track: &Track<'_>, url: &str, schema: &str) -> Result<Effort> {
        let folder = track.options.peers.as_ref().context("--peers says where the scripts are")?;
        let script = |name: &str| folder.join(name);
        let mut command = match self {
            Self::Pgloader => Command::new(script("pgloader")),
            Self::Csv => Command::new(script("csv")),
            Self::DuckDb | Self::SqlAlchemy => {
                let mut command = Command::new(&track.options.python);
                command.arg(script(if self == Self::DuckDb { "duck.py" } else { "orm.py" }));
                command
            }
        };
        let source = match self {
            Self::SqlAlchemy => track.sample.unwrap_or(track.source),
            Self::Pgloader | Self::DuckDb | Self::Csv => track.source,
        };
        let work = tempfile::tempdir().context("make a folder to work in")?;
        let ended = watch(
            command
                .env("RACE_SOURCE", source)
                .env("RACE_URL", url)
                .env("RACE_SCHEMA", schema)
                .env("RACE_JOBS", track.options.jobs().to_string())
                .current_dir(work.path()),
        )?;
        let failure = (!ended.status.success()).then(|| ended.last_words());
        Ok(Effort {
            client_processor: ended.processor,
            peak_memory: ended.peak_memory,
            failure,
            ..Effort::default()
        })
    }
}
