//! The command `sealift`: what was typed → settings → one call of the engine → what is printed.

mod args;
mod commands;
mod error;
mod exit;
mod json;
mod log;
mod printer;
mod process;
mod progress;
mod report;
mod settings;
mod state_folder;
mod table;
mod units;

use args::Args;
use clap::Parser;
use printer::Printer;
use settings::Typed;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

fn main() -> ExitCode {
    sealift_engine::ops::arm_fail_points();
    let typed = Typed::take();
    let args = Args::parse_from(&typed.given);
    let printer = Printer::new(&args.global);
    log::watch_for_panics(printer);
    let run = log::catch(|| commands::run(&args, typed.shown, printer, since_epoch()));
    let exit = run.unwrap_or_else(|error| {
        log::failure(&error);
        printer.error(&error);
        error.kind.exit()
    });
    log::ended(exit);
    exit.into()
}

/// Returns the time of day: the one place that asks the clock, which everything else gets as an
/// argument.
#[expect(clippy::disallowed_methods, reason = "this is where the argument comes from")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
