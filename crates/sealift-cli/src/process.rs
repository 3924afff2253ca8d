//! The signals that a process gets. The first Ctrl-C or SIGTERM asks the run to
//! stop at the next safe point, the second stops at once.

use crate::exit::Exit;
use crate::printer::Printer;
use sealift_engine::ops::Cancel;

/// Returns a token that the first signal cancels. Must be called inside a runtime.
pub(crate) fn cancel_on_signal(printer: Printer) -> Cancel {
    let cancel = Cancel::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        signal().await;
        token.cancel();
        printer.note("stopping at the next safe point; once more stops at once");
        signal().await;
        leave_at_once();
    });
    cancel
}

/// Ends the process without unwinding: the server rolls back what was not committed, and the next
/// run goes on from there, exactly as after `kill -9`.
#[expect(clippy::exit, reason = "the person asked twice; tasks may be stuck in blocking calls")]
fn leave_at_once() {
    std::process::exit(i32::from(Exit::Stopped.status()));
}

/// Returns when the next Ctrl-C or SIGTERM comes.
#[cfg(unix)]
pub(crate) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    // Without a handler the signal keeps its default meaning, which ends the process: no loss.
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => (),
        _ = terminate.recv() => (),
    }
}

/// Returns when the next Ctrl-C comes.
#[cfg(not(unix))]
pub(crate) async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
