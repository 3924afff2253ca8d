//! How a run is shown while it runs: readers of the engine's events.

mod bars;
mod lines;

use crate::args::ProgressArg;
use crate::printer::Printer;
use bars::Bars;
use lines::Lines;
use sealift_engine::ops::{Event, Events, Phase};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Instant;

/// What is shown. Dropping it, or [`Progress::finish`], clears the screen of bars.
pub(crate) struct Progress {
    view: Arc<View>,
}

enum View {
    Bars(Bars),
    Lines(Lines),
    Json(Printer),
    Nothing,
}

impl Progress {
    /// Returns a view for these flags.
    pub(crate) fn new(how: ProgressArg, printer: Printer) -> Self {
        let bars = std::io::stderr().is_terminal();
        let view = match how {
            ProgressArg::Json => View::Json(printer),
            ProgressArg::None => View::Nothing,
            ProgressArg::Auto | ProgressArg::Plain if printer.is_quiet() => View::Nothing,
            ProgressArg::Auto if bars => View::Bars(Bars::new(printer)),
            ProgressArg::Auto | ProgressArg::Plain => View::Lines(Lines::new(printer)),
        };
        Self { view: Arc::new(view) }
    }

    /// Returns the stream that the engine writes to.
    pub(crate) fn events(&self) -> Events {
        let view = Arc::clone(&self.view);
        Events::new(move |event| view.receive(event))
    }

    /// Takes the bars off the screen, so that the answer follows on a clean line.
    pub(crate) fn finish(self) {
        if let View::Bars(bars) = &*self.view {
            bars.clear();
        }
    }
}

impl View {
    fn receive(&self, event: Event) {
        match self {
            Self::Bars(bars) => bars.receive(event),
            Self::Lines(lines) => lines.receive(event),
            Self::Json(printer) => {
                if let Ok(line) = serde_json::to_string(&event) {
                    printer.stderr(line);
                }
            }
            Self::Nothing => (),
        }
    }
}

/// What the running phase has done so far.
#[derive(Debug, Clone, Copy)]
struct Totals {
    phase: Phase,
    expected_rows: Option<u64>,
    expected_steps: Option<u64>,
    rows: u64,
    bytes: u64,
    steps: u64,
    started: Instant,
}

impl Totals {
    fn new(phase: Phase, expected_rows: Option<u64>, expected_steps: Option<u64>) -> Self {
        let started = Instant::now();
        Self { phase, expected_rows, expected_steps, rows: 0, bytes: 0, steps: 0, started }
    }

    /// Returns whether the phase's steps are tables, as long as it is not known how many rows there
    /// are.
    fn counts_tables(&self) -> bool {
        self.phase == Phase::Census && self.expected_rows.is_none()
    }

    /// Returns `1,234 rows, 5.6 MB, 3 steps`, leaving out what is nothing.
    fn amount(&self) -> String {
        let mut parts = Vec::new();
        if self.rows > 0 {
            parts.push(crate::units::counted(self.rows, "row"));
        }
        if self.bytes > 0 {
            parts.push(crate::units::bytes(self.bytes));
        }
        if self.steps > 0 {
            parts.push(crate::units::counted(self.steps, "statement"));
        }
        parts.join(", ")
    }
}

/// Returns what a phase does, as a heading.
fn heading(phase: Phase) -> &'static str {
    match phase {
        Phase::Inspect => "Reading the schema",
        Phase::Census => "Looking at every cell",
        Phase::Plan => "Choosing types",
        Phase::Create => "Creating tables",
        Phase::Copy => "Copying rows",
        Phase::Finish => "Building keys and indexes",
        Phase::Analyze => "Gathering statistics",
        Phase::Verify => "Comparing both sides",
    }
}
