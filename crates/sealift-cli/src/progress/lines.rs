//! Progress as lines, for logs and pipes.

use super::{Totals, heading};
use crate::printer::Printer;
use crate::units;
use sealift_engine::ops::Event;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A long phase says something this often: often enough that a CI system does not take it for dead,
/// seldom enough that an hour is a screen or two.
const INTERVAL: Duration = Duration::from_secs(10);

/// Writes a line when a phase ends, and one now and then while it lasts.
pub(super) struct Lines {
    printer: Printer,
    state: Mutex<Option<State>>,
}

struct State {
    totals: Totals,
    spoken: Instant,
}

impl Lines {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, state: Mutex::new(None) }
    }

    pub(super) fn receive(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::PhaseStarted { phase, rows, steps } => {
                *state =
                    Some(State { totals: Totals::new(phase, rows, steps), spoken: Instant::now() });
            }
            Event::PhaseDone { phase, seconds } => {
                let amount = state.take().map(|state| state.totals.amount()).unwrap_or_default();
                let comma = if amount.is_empty() { "" } else { ": " };
                let time = units::seconds(seconds);
                self.printer.note(format_args!("{}{comma}{amount} in {time}", heading(phase)));
            }
            Event::Rows { rows, bytes, .. } => {
                if let Some(state) = state.as_mut() {
                    state.totals.rows += rows;
                    state.totals.bytes += bytes;
                    self.speak(state);
                }
            }
            Event::TableDone { phase, table } => {
                if self.printer.verbosity() > 0 {
                    self.printer.note(format_args!("{phase}: {table} done"));
                }
            }
            Event::StepDone { phase, step, seconds } => {
                // Some are carried out while the last rows arrive.
                if let Some(state) = state.as_mut().filter(|state| state.totals.phase == phase) {
                    state.totals.steps += 1;
                    self.speak(state);
                }
                if self.printer.verbosity() > 0 {
                    let time = units::seconds(seconds);
                    self.printer.note(format_args!("{phase}: {step} in {time}"));
                }
            }
            // What was planned is part of the answer.
            Event::Planned { .. } => {}
            Event::Notice { message } => self.printer.note(format_args!("note: {message}")),
        }
    }

    fn speak(&self, state: &mut State) {
        if state.spoken.elapsed() < INTERVAL {
            return;
        }
        state.spoken = Instant::now();
        let totals = &state.totals;
        let share = match (totals.expected_rows, totals.expected_steps) {
            (Some(rows), _) if rows > 0 => units::permille(totals.rows, rows) / 10,
            (_, Some(steps)) if steps > 0 => units::permille(totals.steps, steps) / 10,
            (None | Some(_), None | Some(_)) => {
                return self.printer.note(format_args!(
                    "{}: {}",
                    heading(totals.phase),
                    totals.amount()
                ));
            }
        };
        let rate = units::rate(totals.rows, totals.started.elapsed());
        let rate = if rate > 0 {
            format!(", {} a second", units::counted(rate, "row"))
        } else {
            String::new()
        };
        let amount = totals.amount();
        self.printer.note(format_args!("{}: {share}%, {amount}{rate}", heading(totals.phase)));
    }
}
