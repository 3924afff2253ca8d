//! `sealift verify`: compares a file and a server as they are now, whoever filled the server.

use crate::config::{PlanOptions, VerifyLevel};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events, on_a_thread};
use crate::planning::{self, Basis, Prepared};
use crate::postgres::{Endpoint, Session};
use crate::report::VerifyReport;
use crate::verify::{VerifyRequest, verify};
use sealift_core::plan::Plan;
use std::collections::HashMap;
use std::path::PathBuf;

/// How many objects the note about what is not compared names.
const NAMED: usize = 5;

/// What `compare` needs.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// The SQLite file.
    pub source: PathBuf,
    /// The server.
    pub target: Endpoint,
    /// How the plan is made, unless `plan` is given: as for the migration.
    pub plan_options: PlanOptions,
    /// The plan that the migration carried out, if the user names it.
    pub plan: Option<Plan>,
    /// The plan that the last migration of this folder carried out: used where it is still for this
    /// file.
    pub remembered: Option<Plan>,
    /// How thoroughly.
    pub level: VerifyLevel,
}

/// Makes the plan of the file as it is now, and compares the server with it.
///
/// # Errors
/// When a side cannot be read. A difference is no error.
pub async fn compare(
    options: &CompareOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<VerifyReport> {
    // The server first: a wrong address shows before the file is read.
    let target = options.target.clone().for_reading();
    target.probe().await?;
    let first = target.connect("sealift verify").await?;
    let prepared = prepare(options, events, cancel).await?;
    planning::refuse_sizes(&prepared.plan)?;
    let mut sessions = vec![first];
    for _ in 1..options.plan_options.jobs {
        sessions.push(target.connect("sealift verify").await?);
    }
    tokio::select! {
        report = verified(options, &prepared, &sessions, events) => report,
        () = cancel.cancelled() => {
            Err(Error::new(ErrorKind::Stopped, "stopped before both sides were compared"))
        }
    }
}

async fn prepare(options: &CompareOptions, events: &Events, cancel: &Cancel) -> Result<Prepared> {
    let (options, events, cancel) = (options.clone(), events.clone(), cancel.clone());
    on_a_thread("planning", move || {
        let basis = match (&options.plan, &options.remembered) {
            (Some(plan), _) => Basis::Reviewed(plan),
            (None, Some(plan)) => Basis::Remembered(plan),
            (None, None) => Basis::Decide,
        };
        planning::prepare(&options.source, &options.plan_options, basis, &events, &cancel)
    })
    .await
}

async fn verified(
    options: &CompareOptions,
    prepared: &Prepared,
    sessions: &[Session],
    events: &Events,
) -> Result<VerifyReport> {
    let digests = HashMap::new();
    let request = VerifyRequest {
        plan: &prepared.plan,
        snapshot: &prepared.snapshot,
        sessions,
        level: options.level,
        digests: &digests,
    };
    let mut report = verify(request, events).await?;
    report.notes.extend(not_compared(&prepared.plan));
    Ok(report)
}

/// Returns a note about what the plan has left in SQLite: nothing is said about it.
fn not_compared(plan: &Plan) -> Option<String> {
    let left = plan.findings.iter().filter(|finding| finding.code == planning::NOT_IN_PLAN);
    let objects: Vec<&str> = left.map(|finding| finding.object.as_str()).collect();
    let shown: Vec<&str> = objects.iter().copied().take(NAMED).collect();
    let shown = shown.join(", ");
    let more = if objects.len() > NAMED { ", …" } else { "" };
    (!objects.is_empty()).then(|| {
        format!("not compared, since the migration left them in SQLite or the target keeps its own: {shown}{more}")
    })
}
