//! One module a command: settings → one call of the engine → what is printed.

mod bench;
mod check;
mod completions;
mod doctor;
mod inspect;
mod local;
mod man;
mod migrate;
mod plan;
mod quarantine;
mod rehearse;
mod revision;
mod serve;
mod tune;
mod verify;

pub(crate) use revision::{Current, Diffed, Listed};
pub(crate) use tune::{Advised, AdvisedOnSqlite};

use crate::args::{Args, Command, GlobalArgs, TargetArgs};
use crate::error::{CommandError, CommandErrorKind, CommandResult, user_error};
use crate::exit::Exit;
use crate::log::{self, Begun, Log};
use crate::printer::Printer;
use crate::process;
use crate::progress::Progress;
use crate::settings::{Environment, Origin, Setting, Target};
use sealift_engine::local::{LocalServer, LocalStatus};
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::Endpoint;
use sealift_engine::sqlite::Source;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The database of the managed server that `local` means.
const LOCAL_DATABASE: &str = "app";

/// What every command works with.
pub(crate) struct Context {
    /// Settings that were not typed.
    pub(crate) environment: Environment,
    /// Where it prints.
    pub(crate) printer: Printer,
    /// Flags of every command.
    pub(crate) global: GlobalArgs,
    /// What was typed, without passwords.
    pub(crate) shown: Vec<String>,
    /// Where what happens is written down.
    pub(crate) log: Log,
    /// When the command began, since 1970-01-01 UTC.
    pub(crate) since_epoch: Duration,
    /// The same moment, to count on from.
    pub(crate) began: Instant,
}

/// Carries out what was typed.
pub(crate) fn run(
    args: &Args,
    shown: Vec<String>,
    printer: Printer,
    since_epoch: Duration,
) -> CommandResult {
    let began = Instant::now();
    let context = || {
        let environment = Environment::read()?;
        let log = Log::start(&environment, printer);
        Ok::<_, CommandError>(Context {
            environment,
            printer,
            global: args.global.clone(),
            shown,
            log,
            since_epoch,
            began,
        })
    };
    match &args.command {
        Command::Completions(args) => completions::run(args, printer),
        Command::Man => man::run(printer),
        Command::Inspect(args) => inspect::run(args, &context()?),
        Command::Plan(args) => plan::run(args, &context()?),
        Command::Rehearse(args) => rehearse::run(args, &context()?),
        Command::Migrate(args) => migrate::run(args, &context()?),
        Command::Verify(args) => verify::run(args, &context()?),
        Command::Quarantine(args) => quarantine::run(args, &context()?),
        Command::Revision(args) => revision::run(args, &context()?),
        Command::Check(args) => check::run(args, &context()?),
        Command::Tune(args) => tune::run(args, &context()?),
        Command::Bench(args) => bench::run(args, &context()?),
        Command::Serve(args) => serve::run(args, &context()?),
        Command::Doctor(args) => doctor::run(args, &context()?),
        Command::Local(args) => local::run(args, &context()?),
    }
}

/// Says why a command failed, to the person and to the log, and returns how the process ends.
pub(crate) fn failed(error: &CommandError, printer: Printer) -> Exit {
    log::failure(error);
    printer.error(error);
    error.kind.exit()
}

impl Context {
    /// Runs a future to its end on a runtime of its own.
    fn block_on<T>(&self, future: impl Future<Output = CommandResult<T>>) -> CommandResult<T> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            CommandError::new(CommandErrorKind::Bug, "cannot start the threads of the runtime")
                .caused_by(&error)
        })?;
        runtime.block_on(future)
    }

    /// Runs work that shows its progress and stops on a signal.
    fn watched<T>(
        &self,
        work: impl AsyncFnOnce(Events, Cancel) -> CommandResult<T>,
    ) -> CommandResult<T> {
        let progress = Progress::new(self.global.progress, self.printer);
        let events = log::record(progress.events());
        let result = self.block_on(async {
            let cancel = process::cancel_on_signal(self.printer);
            work(events, cancel).await
        });
        progress.finish();
        result
    }

    /// Opens the log of a run, which is about to begin.
    fn open_log(&self, source: &Setting<PathBuf>, options: String) {
        let begun = Begun {
            shown: &self.shown,
            source: &source.value,
            options,
            processors: self.environment.processors(),
        };
        self.log.open(&begun, self.printer);
    }

    /// Refuses a source that cannot be opened, before a server is started or asked for its sake.
    fn require_file(&self, source: &Setting<PathBuf>) -> CommandResult<()> {
        if source.value.exists() {
            Source::open(&source.value)?;
            return Ok(());
        }
        let origin = match source.origin {
            Origin::Argument("SOURCE") => String::new(),
            Origin::Argument(_)
            | Origin::File
            | Origin::Variable(_)
            | Origin::DotEnv(_)
            | Origin::Default => format!(" (from {})", source.origin),
        };
        let name = source.value.display();
        Err(user_error(format!("open {name}: there is no such file{origin}"))
            .hinted("check the path"))
    }

    /// Returns the server that a setting means, starting the managed one when that is meant.
    async fn endpoint(&self, setting: &Setting<Target>) -> CommandResult<Endpoint> {
        let endpoint = match &setting.value {
            Target::Local => self.start_local(&self.environment.local_server(None)).await,
            Target::Server(text) => self.server(text, setting),
        }?;
        tracing::info!(endpoint = %endpoint, given_by = %setting.origin, "server");
        Ok(endpoint)
    }

    fn server(&self, text: &str, setting: &Setting<Target>) -> CommandResult<Endpoint> {
        let named = Setting { value: text.to_owned(), origin: setting.origin.clone() };
        let endpoint = self.environment.endpoint(&named)?;
        let ignored = endpoint.ignored().join(", ");
        if !ignored.is_empty() {
            self.printer.warning(format_args!("{}: no effect: {ignored}", setting.origin));
        }
        Ok(endpoint)
    }

    /// Returns the server that a plan asks how fast it is, without connecting: the one that was typed, and
    /// the managed one only where it runs. Else why none is.
    fn server_to_ask(&self, target: &TargetArgs) -> CommandResult<Result<Endpoint, String>> {
        if target.to.is_none() {
            return Ok(Err("--to URL names one".to_owned()));
        }
        let setting = self.environment.target(target.to.as_ref(), "--to")?;
        match &setting.value {
            Target::Local => {
                let running = self.running_local()?;
                Ok(running.ok_or_else(|| "the local one does not run".to_owned()))
            }
            Target::Server(text) => self.server(text, &setting).map(Ok),
        }
    }

    /// Returns the managed server where it runs; nothing is started only to be looked at.
    fn running_local(&self) -> CommandResult<Option<Endpoint>> {
        let local = self.environment.local_server(None);
        Ok(match local.status()? {
            LocalStatus::Running { .. } => local.endpoint(LOCAL_DATABASE)?,
            LocalStatus::Absent | LocalStatus::Stopped => None,
        })
    }

    async fn start_local(&self, server: &LocalServer) -> CommandResult<Endpoint> {
        let started = server.start(LOCAL_DATABASE).await?;
        for note in &started.notes {
            self.printer.note(note);
        }
        if !started.was_running {
            self.printer.note("started the local server; `sealift local stop` stops it");
        }
        Ok(started.endpoint)
    }
}
