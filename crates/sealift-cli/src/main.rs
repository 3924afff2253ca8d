//! The command `sealift`: what was typed → settings → one call of the engine → what is printed.

mod args;
mod commands;
mod error;
mod exit;
mod json;
mod printer;
mod process;
mod progress;
mod report;
mod settings;
mod table;
mod units;

use args::Args;
use clap::Parser;
use printer::Printer;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

fn main() -> ExitCode {
    sealift_engine::ops::arm_fail_points();
    let args = Args::parse();
    let printer = Printer::new(&args.global);
    match commands::run(&args, printer, since_epoch()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.error(&error);
            error.kind.exit().into()
        }
    }
}

/// Returns the time of day: the one place that asks the clock, which everything else gets as an
/// argument.
#[expect(clippy::disallowed_methods, reason = "this is where the argument comes from")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
