//! The run's log: `.sealift/log`, to be sent to a stranger, and stderr where that is asked for. Only
//! what Sealift itself says gets into either: dependencies log statements with their values.
//! See docs/design/009-log.md.

mod events;
mod file;
mod panics;

pub(crate) use events::record;
pub(crate) use panics::{catch, watch_for_panics};

use crate::error::CommandError;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::settings::Environment;
use crate::state_folder;
use file::LogFile;
use sealift_core::plan::Finding;
use sealift_engine::report::{MatchStatus, TableComparison, VerifyReport};
use std::path::Path;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// The file's name in the state folder.
const NAME: &str = "log";

/// Where a run's events are written once [`Log::open`] was called; before, they go nowhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    file: LogFile,
}

impl Log {
    /// Begins to receive events, and writes them to stderr with `-vv` or where `SEALIFT_LOG` asks for
    /// it.
    pub(crate) fn start(environment: &Environment, printer: Printer) -> Self {
        let log = Self::default();
        let filter = match (environment.log_filter(), printer.verbosity()) {
            (Some(filter), _) => Some(EnvFilter::new(filter)),
            (None, 0 | 1) => None,
            (None, 2..) => Some(EnvFilter::new("debug")),
        };
        let stderr = filter.map(|filter| {
            let filter = filter.and(ours(LevelFilter::TRACE));
            fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_filter(filter)
        });
        let file = fmt::layer()
            .with_writer(log.file.clone())
            .with_ansi(false)
            .with_target(false)
            .with_filter(ours(LevelFilter::DEBUG));
        if tracing_subscriber::registry().with(file).with(stderr).try_init().is_err() {
            printer.warning("the log could not be started");
        }
        log
    }

    /// Opens the file and writes down what is run. That it cannot be opened is worth a note.
    pub(crate) fn open(&self, begun: &Begun<'_>, printer: Printer) {
        let opened = state_folder::make().and_then(|folder| self.file.open(&folder.join(NAME)));
        if let Err(error) = opened {
            let folder = crate::settings::STATE_FOLDER;
            printer.note(format_args!("note: no log in {folder}: {error}"));
            return;
        }
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            system = std::env::consts::OS,
            machine = std::env::consts::ARCH,
            processors = begun.processors,
            process = std::process::id(),
            "sealift"
        );
        tracing::info!(arguments = ?begun.shown, "command");
        tracing::info!(path = %begun.source.display(), "source");
        tracing::info!(options = %begun.options, "options");
    }
}

/// What a log begins with.
pub(crate) struct Begun<'a> {
    /// What was typed, without passwords.
    pub(crate) shown: &'a [String],
    /// The SQLite file.
    pub(crate) source: &'a Path,
    /// How it is run, resolved.
    pub(crate) options: String,
    /// How many threads the machine runs at once.
    pub(crate) processors: usize,
}

/// Returns a filter that lets Sealift's own events through, of all its crates, and nothing else.
fn ours(level: LevelFilter) -> Targets {
    Targets::new().with_target("sealift", level)
}

/// Logs what the plan says a person should know: how many rows it concerns, never which, since their
/// keys are cells; and not the sentence, which may name them.
pub(crate) fn findings(findings: &[Finding]) {
    for finding in findings {
        tracing::info!(
            severity = ?finding.severity,
            code = finding.code,
            object = finding.object,
            rows = finding.count,
            "finding"
        );
    }
}

/// Logs how both sides compare: how much differs, never what.
pub(crate) fn comparison(report: &VerifyReport) {
    let differing = report.tables.iter().filter(|table| table.status == MatchStatus::Differ);
    for TableComparison { name, source_rows, target_rows, differing_rows, .. } in differing {
        tracing::warn!(table = name, source_rows, target_rows, differing_rows, "differs");
    }
    for difference in &report.structure {
        tracing::warn!(object = difference.object, "differs in structure");
    }
    tracing::info!(level = ?report.level, status = ?report.status, "compared");
}

/// Logs why a command failed.
pub(crate) fn failure(error: &CommandError) {
    let CommandError { kind, message, causes, hints, sqlstate, cause, question: _ } = error;
    let cause = cause.map(|cause| cause.code);
    tracing::error!(?kind, cause, %message, ?causes, ?hints, sqlstate, "failed");
}

/// Logs how the process ends.
pub(crate) fn ended(exit: Exit) {
    tracing::info!(status = exit.status(), "ended");
}
