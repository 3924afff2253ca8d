//! The command `sealift`: what was typed → settings → one call of the engine → what is printed.

mod args;
mod commands;
mod error;
mod exit;
mod json;
mod printer;
mod progress;
mod report;
mod settings;
mod signals;
mod table;
mod units;

use args::Args;
use clap::Parser;
use printer::Printer;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let printer = Printer::new(&args.global);
    match commands::run(args, printer) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.error(&error);
            error.kind.exit().into()
        }
    }
}
