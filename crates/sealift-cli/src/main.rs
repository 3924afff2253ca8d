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

use args::{Args, GlobalArgs};
use clap::Parser;
use printer::Printer;
use settings::Typed;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

fn main() -> ExitCode {
    sealift_engine::ops::arm_fail_points();
    let typed = Typed::take();
    let args = match Args::try_parse_from(&typed.given) {
        Ok(args) => args,
        Err(error) if typed.has_secrets() => return refuse(&error, &typed),
        Err(error) => error.exit(),
    };
    let printer = Printer::new(&args.global);
    log::watch_for_panics(printer);
    let run = log::catch(|| commands::run(&args, typed.shown, printer, since_epoch()));
    let exit = run.unwrap_or_else(|error| commands::failed(&error, printer));
    log::ended(exit);
    exit.into()
}

/// Says what is wrong with what was typed, without the passwords that a quotation would show.
fn refuse(error: &clap::Error, typed: &Typed) -> ExitCode {
    let words = typed.without_secrets(&error.to_string());
    Printer::new(&GlobalArgs::default()).stderr(words.trim_end());
    exit::Exit::Usage.into()
}

/// Returns the time of day: the one place that asks the clock, which everything else gets as an
/// argument.
#[expect(clippy::disallowed_methods, reason = "this is where the argument comes from")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
