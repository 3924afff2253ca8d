//! The protocol of systemd: a socket that it has bound, and word of how it goes. Without systemd nothing
//! happens. Both are told by variables that systemd sets for this process alone (`sd_listen_fds(3)`,
//! `sd_notify(3)`).

use sealift_engine::{Error, ErrorKind, Result};
use std::net::TcpListener;

/// Returns the socket that systemd has bound for this process. To be asked for once.
///
/// # Errors
/// [`ErrorKind::Usage`] when what it hands over is no TCP socket.
pub fn socket() -> Result<Option<TcpListener>> {
    let mut handed = listenfd::ListenFd::from_env();
    let taken = handed.take_tcp_listener(0);
    taken.map_err(|error| {
        Error::new(ErrorKind::Usage, "the socket that systemd hands over is no TCP socket")
            .hinted("in the .socket unit, write ListenStream=127.0.0.1:7878")
            .caused_by(error)
    })
}

/// Says that requests are answered from now on.
pub(crate) fn ready() {
    tell(&[sd_notify::NotifyState::Ready]);
}

/// Says that no more are.
pub(crate) fn stopping() {
    tell(&[sd_notify::NotifyState::Stopping]);
}

fn tell(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
