//! How long the migration of a file takes and what it needs: the core's model, fed with a census, some rows
//! and a short look at the server.
//!
//! ```text
//! planning::prepare → plan, census, seconds   ┐
//! sample            → rows as they travel     ├→ core::plan::estimate → Prediction
//! probe             → rates of the server     ┘
//! ```

mod probe;
mod sample;

pub(crate) use sample::shapes;

use crate::config::PlanOptions;
use crate::error::{Error, Result};
use crate::ops::{Cancel, Events, on_a_thread, stopped};
use crate::planning::{self, Basis, Prepared};
use crate::postgres::Endpoint;
use probe::Probe;
use sealift_core::plan::Plan;
use sealift_core::plan::estimate::{self, Estimate, Given, Rates, TableFacts, Workers};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A server that has not answered all of the probe by then is not waited for; a probe of a server nearby
/// takes some tenths of a second.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is to be estimated beside the plan.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The server that is asked, or why none is, as half a sentence.
    pub server: std::result::Result<Endpoint, String>,
    /// Processors of this machine, at least 1.
    pub processors: usize,
    /// Whether a backup of the file is made beside it.
    pub backup: bool,
    /// Whether the rows are compared by their hashes at the end.
    pub compares_rows: bool,
}

/// An estimate, and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The estimate.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether the server was asked how fast it is.
    pub probed: bool,
    /// What the server answered, in seconds; absent where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
    /// Why the server was not asked, so that the usual rates stand for its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_probed: Option<String>,
}

/// Returns the plan for a file as [`planning::plan`] makes it, and what carrying it out takes.
///
/// The server is left as it was; where it cannot be asked, the estimate is made without it.
///
/// # Errors
/// When the file cannot be read, is damaged, or the options contradict themselves; kind
/// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped) when it was asked to stop.
pub async fn plan(
    path: &Path,
    options: &PlanOptions,
    wanted: &Wanted,
    events: &Events,
    cancel: &Cancel,
) -> Result<(Plan, Prediction)> {
    let Looked { prepared, tables, seconds } = look(path, options, events, cancel).await?;
    let asked = match &wanted.server {
        Ok(server) => ask(server, cancel).await?,
        Err(reason) => Err(reason.clone()),
    };
    let same_machine = wanted.server.as_ref().map_or(true, Endpoint::is_on_this_machine);
    let given = Given {
        tables,
        rates: asked.as_ref().map_or(Rates::USUAL, |probe| probe.rates),
        workers: Workers {
            jobs: wide(options.jobs),
            processors: wide(wanted.processors),
            same_machine,
        },
        census_seconds: seconds,
        compares_rows: wanted.compares_rows,
        backup_bytes: if wanted.backup { Some(prepared.snapshot.bytes()?) } else { None },
        wal_limit: asked.as_ref().ok().and_then(|probe| probe.wal_limit),
    };
    let prediction = Prediction {
        estimate: estimate::estimate(&prepared.plan, &given),
        probed: asked.is_ok(),
        rates: asked.as_ref().ok().map(|probe| probe.rates),
        not_probed: asked.err(),
    };
    Ok((prepared.plan, prediction))
}

/// What the file told.
struct Looked {
    prepared: Prepared,
    tables: Vec<TableFacts>,
    /// How long the census took, with everything around it.
    seconds: f64,
}

async fn look(
    path: &Path,
    options: &PlanOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<Looked> {
    let (path, options): (PathBuf, PlanOptions) = (path.to_owned(), options.clone());
    let (events, cancel) = (events.clone(), cancel.clone());
    on_a_thread("planning", move || {
        let began = Instant::now();
        let prepared = planning::prepare(&path, &options, Basis::Decide, &events, &cancel)?;
        let seconds = began.elapsed().as_secs_f64();
        let tables = sample::tables(&prepared, &cancel);
        cancel.check()?;
        Ok(Looked { prepared, tables, seconds })
    })
    .await
}

/// Asks a server how fast it is, or returns why it did not tell.
///
/// # Errors
/// Only when it was asked to stop.
async fn ask(server: &Endpoint, cancel: &Cancel) -> Result<std::result::Result<Probe, String>> {
    let asking = async {
        server.probe().await?;
        let session = server.connect("sealift plan").await?;
        probe::probe(&session).await
    };
    // What is under way on the server ends with its session, and is rolled back.
    tokio::select! {
        answered = tokio::time::timeout(PATIENCE, Box::pin(asking)) => Ok(match answered {
            Ok(Ok(probe)) => Ok(probe),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(format!("{server} did not answer within {} s", PATIENCE.as_secs())),
        }),
        () = cancel.cancelled() => Err(stopped()),
    }
}

/// Returns an error and its causes in one line.
fn reason(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
