//! One module a command: settings → one call of the engine → what is printed.

mod completions;
mod man;

use crate::args::{Args, Command, GlobalArgs};
use crate::error::{CommandError, CommandErrorKind, CommandResult};
use crate::printer::Printer;
use crate::settings::Environment;
use std::future::Future;

/// What every command works with.
pub(crate) struct Context {
    /// Settings that were not typed.
    pub(crate) environment: Environment,
    /// Where it prints.
    pub(crate) printer: Printer,
    /// Flags of every command.
    pub(crate) global: GlobalArgs,
}

/// Carries out what was typed.
pub(crate) fn run(args: Args, printer: Printer) -> CommandResult {
    match args.command {
        Command::Completions(args) => completions::run(&args, printer),
        Command::Man => man::run(printer),
    }
}

impl Context {
    /// Runs a future to its end on a runtime of its own.
    pub(crate) fn block_on<T>(
        &self,
        future: impl Future<Output = CommandResult<T>>,
    ) -> CommandResult<T> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            CommandError::new(CommandErrorKind::Bug, "cannot start the threads of the runtime")
                .caused_by(&error)
        })?;
        runtime.block_on(future)
    }
}
