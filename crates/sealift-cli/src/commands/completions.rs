//! `sealift completions SHELL`

use crate::args::{Args, CompletionsArgs};
use crate::error::CommandResult;
use crate::exit::Exit;
use crate::json::Text;
use crate::printer::Printer;
use clap::CommandFactory;

/// Prints the completion script of a shell.
pub(crate) fn run(args: &CompletionsArgs, printer: Printer) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "sealift", &mut script);
    if printer.is_json() {
        printer.json(&Text { status: "ok", text: &String::from_utf8_lossy(&script) })?;
    } else {
        printer.raw(&script)?;
    }
    Ok(Exit::Done)
}
