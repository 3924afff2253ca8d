//! Faults of Sealift: where they are is logged and said, what they hold is not.

use crate::error::{CommandError, CommandErrorKind, CommandResult};
use crate::printer::Printer;
use std::backtrace::Backtrace;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

/// Logs each panic, and says where it was, in the place of the standard library's words: a message
/// that was put together while running may hold a cell.
pub(crate) fn watch_for_panics(printer: Printer) {
    set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        let place = place(panic);
        let message = message(panic);
        let backtrace = Backtrace::force_capture();
        tracing::error!(thread, place, %message, %backtrace, "panic");
        printer.stderr(format_args!("internal error: {message} ({place}, thread {thread})"));
    }));
}

/// Runs a command; a panic that reaches here is the failure of the command.
pub(crate) fn catch<T>(run: impl FnOnce() -> CommandResult<T>) -> CommandResult<T> {
    // Nothing of what the panic may have left half done is used again: the process ends.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(CommandError::new(CommandErrorKind::Bug, "sealift met a fault of its own")
            .hinted("run the same command again: it goes on, or begins anew")
            .hinted("if it happens again, report it with .sealift/log, which holds no cell"))
    })
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map(ToString::to_string).unwrap_or_default()
}

/// Returns the message if it stands in the program as it is.
fn message(panic: &PanicHookInfo<'_>) -> &'static str {
    panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("a fault of Sealift")
}

/// Panics at the beginning of the phase that `SEALIFT_TEST_PANIC` names, with a text that must not be
/// seen. Not part of the program that is given to people.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "it is asked for by a test")]
pub(super) fn panic_on_request(event: &sealift_engine::ops::Event) {
    let sealift_engine::ops::Event::PhaseStarted { phase, .. } = event else { return };
    if std::env::var_os("SEALIFT_TEST_PANIC").is_some_and(|wanted| wanted == phase.name()) {
        panic!("the cell is {}", std::process::id());
    }
}
