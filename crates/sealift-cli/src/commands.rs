//! One module a command: settings → one call of the engine → what is printed.

mod check;
mod completions;
mod man;

use crate::args::{Args, Command, GlobalArgs};
use crate::error::{CommandError, CommandErrorKind, CommandResult, user_error};
use crate::printer::Printer;
use crate::settings::{Environment, Setting, Target};
use sealift_engine::postgres::Endpoint;

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
    let context = |environment| Context { environment, printer, global: args.global.clone() };
    match &args.command {
        Command::Completions(args) => completions::run(args, printer),
        Command::Man => man::run(printer),
        Command::Check(args) => check::run(args, &context(Environment::read()?)),
        Command::Inspect(_)
        | Command::Plan(_)
        | Command::Migrate(_)
        | Command::Verify(_)
        | Command::Local(_) => Err(user_error("not wired yet")),
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

    /// Returns the server that a setting means.
    pub(crate) async fn endpoint(&self, setting: &Setting<Target>) -> CommandResult<Endpoint> {
        match &setting.value {
            Target::Server(text) => self
                .environment
                .endpoint(&Setting { value: text.clone(), origin: setting.origin.clone() }),
            Target::Local => Err(user_error("local: not wired yet")),
        }
    }
}
