//! Progress as bars on a terminal: one for the running phase, and a line for each of the few tables
//! that are being worked on.

use super::{Totals, heading};
use crate::printer::{Printer, paint, style};
use crate::units;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sealift_engine::ops::{Event, Phase};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// With more lines than this the screen jumps when small tables come and go.
const TABLE_LINES: usize = 4;

/// How often a spinner turns when no event moves it.
const TICK: Duration = Duration::from_millis(120);

/// Draws bars through one [`MultiProgress`], and finished phases as lines above them.
pub(super) struct Bars {
    printer: Printer,
    screen: MultiProgress,
    state: Mutex<Option<State>>,
}

struct State {
    totals: Totals,
    bar: ProgressBar,
    tables: BTreeMap<String, TableLine>,
}

struct TableLine {
    rows: u64,
    line: ProgressBar,
}

impl Bars {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, screen: MultiProgress::new(), state: Mutex::new(None) }
    }

    /// Takes everything off the screen.
    pub(super) fn clear(&self) {
        if let Some(state) = self.state.lock().unwrap_or_else(PoisonError::into_inner).take() {
            state.remove(&self.screen);
        }
        if let Err(error) = self.screen.clear() {
            tracing::debug!(%error, "could not clear the bars");
        }
    }

    fn say(&self, text: impl std::fmt::Display) {
        self.screen.suspend(|| self.printer.note(text));
    }

    pub(super) fn receive(&self, event: Event) {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::PhaseStarted { phase, rows, steps } => {
                if let Some(state) = guard.take() {
                    state.remove(&self.screen);
                }
                let totals = Totals::new(phase, rows, steps);
                let bar = self.screen.add(phase_bar(&totals));
                *guard = Some(State { totals, bar, tables: BTreeMap::new() });
            }
            Event::PhaseDone { phase, seconds } => {
                let amount = match guard.take() {
                    Some(state) => {
                        state.remove(&self.screen);
                        state.totals.amount()
                    }
                    None => String::new(),
                };
                self.say(done_line(phase, &amount, seconds));
            }
            Event::Rows { table, rows, bytes, .. } => {
                if let Some(state) = guard.as_mut() {
                    state.rows(&self.screen, &table, rows, bytes);
                }
            }
            Event::TableDone { table, .. } => {
                let Some(state) = guard.as_mut() else { return };
                if state.totals.counts_tables() {
                    state.bar.inc(1);
                }
                if let Some(line) = state.tables.remove(&table) {
                    line.line.finish_and_clear();
                    self.screen.remove(&line.line);
                }
            }
            Event::StepDone { phase, step, .. } => {
                // Some are carried out while the last rows arrive.
                if let Some(state) = guard.as_mut().filter(|state| state.totals.phase == phase) {
                    state.totals.steps += 1;
                    state.bar.set_message(step);
                    if state.totals.expected_rows.is_none() {
                        state.bar.inc(1);
                    }
                }
            }
            // What was planned is part of the answer.
            Event::Planned { .. } => {}
            Event::Notice { message } => self.say(format_args!("note: {message}")),
        }
    }
}

impl State {
    fn rows(&mut self, screen: &MultiProgress, table: &str, rows: u64, bytes: u64) {
        self.totals.rows += rows;
        self.totals.bytes += bytes;
        if self.totals.expected_rows.is_some() {
            self.bar.inc(rows);
        }
        if self.totals.bytes > 0 {
            let rate = units::rate(self.totals.bytes, self.totals.started.elapsed());
            self.bar.set_message(format!("{}/s", units::bytes(rate)));
        }
        if !self.tables.contains_key(table) && self.tables.len() < TABLE_LINES {
            let line = screen.add(ProgressBar::new_spinner().with_style(table_style()));
            line.set_prefix(table.to_owned());
            self.tables.insert(table.to_owned(), TableLine { rows: 0, line });
        }
        if let Some(line) = self.tables.get_mut(table) {
            line.rows += rows;
            line.line.set_message(units::counted(line.rows, "row"));
        }
    }

    fn remove(&self, screen: &MultiProgress) {
        for line in self.tables.values().map(|table| &table.line).chain([&self.bar]) {
            line.finish_and_clear();
            screen.remove(line);
        }
    }
}

fn phase_bar(totals: &Totals) -> ProgressBar {
    let (template, length) = match (totals.expected_rows, totals.expected_steps) {
        (Some(rows), _) if rows > 0 => (
            "{prefix:<26} {bar:24.cyan/dim} {percent:>3}%  {human_pos} rows  {per_sec:.dim}  {msg}  {eta} left",
            Some(rows),
        ),
        (_, Some(steps)) if steps > 0 => {
            ("{prefix:<26} {bar:24.cyan/dim} {pos}/{len}  {wide_msg:.dim}", Some(steps))
        }
        (None | Some(_), None | Some(_)) => ("{prefix:<26} {spinner:.cyan} {wide_msg:.dim}", None),
    };
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━━─");
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
    bar.set_prefix(heading(totals.phase));
    bar.enable_steady_tick(TICK);
    bar
}

fn table_style() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner:.cyan} {prefix:<24!.dim} {msg:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn done_line(phase: Phase, amount: &str, seconds: f64) -> String {
    let mark = paint(style::GOOD, "✓");
    let time = paint(style::DIM, units::seconds(seconds));
    let gap = if amount.is_empty() { "" } else { "  " };
    format!("{mark} {:<25} {amount}{gap}{time}", heading(phase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_valid() {
        let all = [(Some(10), None), (None, Some(3)), (None, None), (Some(0), Some(0))];
        for (rows, steps) in all {
            let totals = Totals::new(Phase::Copy, rows, steps);
            let bar = phase_bar(&totals);
            assert_eq!(bar.prefix(), "Copying rows");
            assert_eq!(bar.length(), rows.or(steps).filter(|length| *length > 0));
        }
        assert!(ProgressStyle::with_template("{prefix:<26} {bar:24.cyan/dim}").is_ok());
    }
}
