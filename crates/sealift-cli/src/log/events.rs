//! The engine's events as lines of the log: each phase, table, statement and notice once.

use sealift_engine::ops::{Event, Events, Phase};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What went through a phase so far, by table.
type Tallies = BTreeMap<(Phase, String), Tally>;

#[derive(Debug)]
struct Tally {
    rows: u64,
    bytes: u64,
    began: Instant,
}

/// Returns a stream that logs what goes by and passes it on to `events`.
pub(crate) fn record(events: Events) -> Events {
    let tallies = Arc::new(Mutex::new(Tallies::new()));
    Events::new(move |event| {
        log(&event, &mut tallies.lock().unwrap_or_else(PoisonError::into_inner));
        #[cfg(debug_assertions)]
        super::panics::panic_on_request(&event);
        events.send(event);
    })
}

fn log(event: &Event, tallies: &mut Tallies) {
    match event {
        Event::PhaseStarted { phase, rows, steps } => {
            tracing::info!(%phase, rows, steps, "phase started");
        }
        Event::PhaseDone { phase, seconds } => tracing::info!(%phase, seconds, "phase done"),
        Event::Rows { phase, table, rows, bytes } => {
            let tally = tallies.entry((*phase, table.clone())).or_insert_with(|| Tally {
                rows: 0,
                bytes: 0,
                began: Instant::now(),
            });
            tally.rows = tally.rows.saturating_add(*rows);
            tally.bytes = tally.bytes.saturating_add(*bytes);
        }
        Event::TableDone { phase, table } => {
            let tally = tallies.remove(&(*phase, table.clone()));
            let (rows, bytes, seconds) = tally.map_or((0, 0, 0.0), |tally| {
                (tally.rows, tally.bytes, tally.began.elapsed().as_secs_f64())
            });
            tracing::info!(%phase, table, rows, bytes, seconds, "table done");
        }
        Event::StepDone { phase, step, seconds } => {
            tracing::info!(%phase, step, seconds, "statement done");
        }
        // The findings are logged at the end, when there are no more.
        Event::Planned { tables, findings } => {
            tracing::info!(tables = tables.len(), findings = findings.len(), "planned");
        }
        Event::Notice { message } => tracing::info!(message, "notice"),
    }
}
