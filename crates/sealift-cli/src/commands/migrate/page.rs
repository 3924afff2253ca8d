//! The page beside a migration: `migrate --serve`.

use crate::commands::{Context, failed};
use crate::error::{CommandError, CommandErrorKind, CommandResult};
use crate::process;
use crate::settings::PageSettings;
use sealift_engine::config::MigrateOptions;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::PoolSettings;
use sealift_engine::report::MigrateReport;
use sealift_serve::{Database, Failure, ServeOptions, Server, Watch};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// For so long the page stays where nobody sits at a terminal to end it: who looks has the end within a
/// quarter of a second, and a browser that has just lost us comes back after three.
const LINGER: Duration = Duration::from_secs(4);

/// A migration wants the server's sessions for itself: one answers whether it is well, and one is beside it
/// while it reads how it is.
const SESSIONS: (usize, usize) = (1, 1);

/// A page that shows a migration. It has a thread and a runtime of its own, so that it answers however
/// busy the migration is, and is still there when the migration has ended.
pub(super) struct Page {
    watch: Watch,
    /// Ends the page.
    stop: Cancel,
    /// Ends the migration: whoever asked for that does not want to stay.
    migration: Cancel,
    thread: JoinHandle<CommandResult<()>>,
    url: String,
}

impl Page {
    /// Opens the page of a migration that is about to begin, and says where it is.
    pub(super) async fn open(
        settings: &PageSettings,
        options: &MigrateOptions,
        cancel: &Cancel,
        context: &Context,
    ) -> CommandResult<Self> {
        let watch = Watch::new();
        let source = options.source.display().to_string();
        watch.begin(source, options.target.to_string(), context.since_epoch);
        let (base, overflow) = SESSIONS;
        let served = ServeOptions {
            listen: settings.listen()?,
            tls: None,
            token: settings.token.clone(),
            database: Database::PostgreSql {
                endpoint: options.target.clone(),
                pool: PoolSettings { base, overflow, ..PoolSettings::default() },
            },
            watch: watch.clone(),
        };
        let stop = Cancel::new();
        let (bound, url) = oneshot::channel();
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("page".to_owned())
            .spawn(move || serve(served, until, bound))
            .map_err(|error| bug("cannot start the thread of the page").caused_by(&error))?;
        let url = url.await.map_err(|_| bug("the page ended before it began"))??;
        let token = if settings.token.is_some() { "?token=… with SEALIFT_TOKEN" } else { "" };
        context.printer.note(format_args!("watch it: {url}{token}"));
        Ok(Self { watch, stop, migration: cancel.clone(), thread, url })
    }

    /// Returns a stream that shows what goes by, and passes it on to `onward`.
    pub(super) fn events(&self, onward: Events) -> Events {
        self.watch.events(onward)
    }

    /// Shows how the migration ended, on the page and in the terminal, and stays for a while: before a
    /// person until Ctrl-C, otherwise for some seconds.
    pub(super) fn conclude(
        self,
        result: CommandResult<MigrateReport>,
        context: &Context,
    ) -> CommandResult {
        let stopped = self.migration.is_cancelled();
        match &result {
            Ok(report) => self.watch.finished(report),
            Err(error) => self.watch.failed(&failure(error, stopped)),
        }
        let ended = result.and_then(|report| super::conclude(&report, context));
        let exit = ended.unwrap_or_else(|error| failed(&error, context.printer));
        let stays = context.environment.is_terminal() && !stopped;
        if stays {
            context.printer.note(format_args!("the page stays at {}; Ctrl-C ends it", self.url));
        }
        context.block_on(async {
            if stays {
                process::signal().await;
            } else {
                // It may be ended at once by somebody who has seen enough.
                drop(tokio::time::timeout(LINGER, process::signal()).await);
            }
            Ok(())
        })?;
        self.stop.cancel();
        // A panic has been reported where it was.
        if let Ok(Err(error)) = self.thread.join() {
            context.printer.warning(format_args!("the page: {}", error.message));
        }
        Ok(exit)
    }
}

/// Answers until `stop`, and tells through `bound` where.
fn serve(
    options: ServeOptions,
    stop: Cancel,
    bound: oneshot::Sender<CommandResult<String>>,
) -> CommandResult<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| bug("cannot start the page").caused_by(&error))?;
    runtime.block_on(async {
        // Nobody waits for the address where the migration was given up meanwhile.
        let server = match Server::bind(options).await {
            Ok(server) => server,
            Err(error) => {
                drop(bound.send(Err(error.into())));
                return Ok(());
            }
        };
        drop(bound.send(Ok(server.url())));
        Ok(server.run(stop).await?)
    })
}

fn failure(error: &CommandError, stopped: bool) -> Failure {
    let mut message = vec![error.message.clone()];
    message.extend(error.causes.iter().cloned());
    Failure { message: message.join(": "), hints: error.hints.clone(), stopped }
}

fn bug(message: &str) -> CommandError {
    CommandError::new(CommandErrorKind::Bug, message)
}
