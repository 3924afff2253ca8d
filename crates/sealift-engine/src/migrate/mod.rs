//! The whole journey, one step a line.
//!
//! What makes a run resumable: a range commits with its receipt, a statement with its step, and the
//! tables with the plan they were made for. The same command, and the next attempt of the same
//! process, finds that state and goes on; see `target` for what it checks first.

mod allowed;
mod aside;
mod backing;
mod bookkeeping;
mod earlier;
mod existing;
mod fits;
mod journey;
pub(crate) mod known;
mod left;
mod outcome;
mod phases;
mod preflight;
mod ready;
mod rehearse;
mod run;
mod space;
mod stage;
mod target;
mod trial;
mod undo;
mod waiting;

pub(crate) use known::KNOWN;
pub use rehearse::rehearse;
pub(crate) use stage::{Play, Stage};

use self::journey::{Journey, is_refused};
use self::outcome::{Ended, report};
use self::phases::Phases;
use crate::check::{CheckOptions, require};
use crate::config::{Manner, MigrateOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, Events, Held, on_a_thread};
use crate::planning::{self, Basis, Prepared};
use crate::report::MigrateReport;
use sealift_core::plan::{leaves_column, matches};
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

/// Moves a SQLite file into PostgreSQL and compares both sides.
///
/// # Errors
/// When it could not be done; [`Error::is_resumable`] says whether the same command goes on. Findings
/// that forbid the start are no error here but [`crate::report::Status::Refused`].
pub async fn migrate(
    options: MigrateOptions,
    events: Events,
    cancel: Cancel,
) -> Result<MigrateReport> {
    let started = Instant::now();
    let (events, phases) = Phases::record(&events);
    let prepared = Box::pin(look_at_both(&options, &events, &cancel)).await?;
    if is_refused(&prepared.plan, options.strict) {
        let refused = Ended::Refused(prepared.plan);
        return Ok(report(&options, refused, false, (started.elapsed(), &phases)));
    }
    let mut journey = Journey::new(options.clone(), prepared, events, cancel);
    let ended = journey.complete().await?;
    Ok(report(&options, ended, journey.is_resumed(), (started.elapsed(), &phases)))
}

/// Looks at the server while the file is read, and returns the plan. Of the file nothing is told before the server
/// is known to do, and a wrong address ends the reading: it shows before a large file is read.
async fn look_at_both(
    options: &MigrateOptions,
    events: &Events,
    cancel: &Cancel,
) -> Result<Prepared> {
    let (held, stop) = (Arc::new(Held::back(events)), Cancel::new());
    let server = async {
        let looked = require(&demands(options), options.manner().into()).await;
        if looked.is_err() {
            stop.cancel();
            return looked;
        }
        // Not on a thread of the runtime: whoever listens may keep it waiting.
        let held = Arc::clone(&held);
        on_a_thread("telling", move || {
            held.release();
            Ok(())
        })
        .await
    };
    let file = async {
        let onward = Arc::clone(&held);
        let events = Events::new(move |event| onward.take(event));
        let mut reading = pin!(prepare(options, &events, &stop));
        tokio::select! {
            prepared = &mut reading => return prepared,
            () = cancel.cancelled() => stop.cancel(),
        }
        reading.await
    };
    let (looked, prepared) = tokio::join!(server, file);
    looked.and(prepared)
}

/// Returns what a migration asks of its server.
fn demands(options: &MigrateOptions) -> CheckOptions {
    let planned = options.plan.as_ref().map(|plan| plan.schema.as_str());
    CheckOptions {
        target: options.target.clone(),
        schema: planned.unwrap_or(&options.plan_options.schema).to_owned(),
        // One for each reader, one that holds the lock.
        connections: options.plan_options.jobs + 1,
        timeout: None,
        wait: None,
    }
}

/// Returns the plan of a run without a target: the census and everything that depends on it.
async fn prepare(options: &MigrateOptions, events: &Events, cancel: &Cancel) -> Result<Prepared> {
    let (options, events, cancel) = (options.clone(), events.clone(), cancel.clone());
    on_a_thread("planning", move || {
        let fills = options.manner() == Manner::Fill;
        let mut plan_options = options.plan_options.clone();
        if fills {
            // The types of the target's own tables stand; a cast decides how cells are read, later.
            plan_options.casts.clear();
            plan_options.policies = plan_options.policies.of_rows();
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
            let policies = &options.plan_options.policies;
            planning::refuse_rules_of_nothing(&prepared.schema, policies)?;
            sealift_core::plan::existing::only_rows(&mut prepared.plan);
            prepared.plan.profile = None;
        } else {
            refuse_leaving_columns(&prepared, &options.plan_options.exclude)?;
        }
        Ok(prepared)
    })
    .await
}

/// A table that Sealift makes has all columns: keys, checks and views may stand on each.
fn refuse_leaving_columns(prepared: &Prepared, exclude: &[String]) -> Result<()> {
    for pattern in exclude {
        let schema = &prepared.schema;
        let mut names = schema.tables.iter().map(|table| &table.name);
        let mut views = schema.views.iter().map(|view| &view.name);
        if names.any(|name| matches(pattern, name)) || views.any(|name| matches(pattern, name)) {
            continue;
        }
        let only = std::slice::from_ref(pattern);
        let column = schema.tables.iter().any(|table| {
            table.columns.iter().any(|column| leaves_column(only, &table.name, &column.name))
        });
        if column {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("--exclude {pattern} names a column, which can be left only where the target's tables stand"),
            )
            .hinted("add --into existing; or drop the column in SQLite"));
        }
    }
    Ok(())
}
