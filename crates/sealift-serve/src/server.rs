//! [`Server`]: the socket, and the requests that come through it.

use crate::access::is_loopback;
use crate::database::Source;
use crate::health::Probe;
use crate::listener::{TlsListener, send_at_once};
use crate::options::{Listen, ServeOptions};
use crate::routes::routes;
use crate::state::{App, Shared};
use crate::{systemd, tls};
use axum::Router;
use axum::serve::{Listener, ListenerExt};
use sealift_engine::ops::Cancel;
use sealift_engine::{Error, ErrorKind, Result};
use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How long requests that are under way have when the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A server whose socket is bound.
pub struct Server {
    tcp: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    app: App,
}

impl Server {
    /// Binds the socket. The database need not be there yet. Must be called inside a runtime.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when it would listen for other machines without a token, or the files of the
    /// certificate cannot be used; [`ErrorKind::Io`] when the address cannot be had.
    pub async fn bind(options: ServeOptions) -> Result<Self> {
        let ServeOptions { listen, tls, token, database, watch } = options;
        if let Listen::Address(address) = &listen {
            refuse_openness(*address, token.is_some())?;
        }
        let tls = match &tls {
            Some(files) => Some(tls::acceptor(files).await?),
            None => None,
        };
        let source = Source::new(database)?;
        let tcp = open(listen).await?;
        let address = tcp.local_addr().map_err(|error| {
            Error::new(ErrorKind::Io, "ask the socket for its address").caused_by(error)
        })?;
        refuse_openness(address, token.is_some())?;
        let app = App::new(Shared {
            source,
            probe: Probe::default(),
            watch,
            token,
            is_encrypted: tls.is_some(),
            stop: Cancel::new(),
        });
        Ok(Self { tcp, address, tls, app })
    }

    /// Returns where it listens, with the port that it was given.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of the page, without the token.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// Answers requests until `cancel`; those that are under way then have a few seconds more.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the socket fails.
    pub async fn run(self, cancel: Cancel) -> Result<()> {
        let Self { tcp, tls, app, .. } = self;
        let router = routes(app.clone());
        systemd::ready();
        let answered = match tls {
            Some(acceptor) => answer(TlsListener::new(tcp, acceptor), router, &app, &cancel).await,
            None => {
                let tcp = tcp.tap_io(|stream| send_at_once(stream));
                answer(tcp, router, &app, &cancel).await
            }
        };
        app.source().close();
        answered
    }
}

async fn answer<L>(listener: L, router: Router, app: &App, cancel: &Cancel) -> Result<()>
where
    L: Listener,
    L::Addr: Debug,
{
    let stop = app.stop().clone();
    let until = stop.clone();
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(async move { until.cancelled().await })
        .into_future();
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map_err(failed),
        () = cancel.cancelled() => {}
    }
    systemd::stopping();
    stop.cancel();
    match tokio::time::timeout(GRACE, serving).await {
        Ok(ended) => ended.map_err(failed),
        Err(_) => {
            tracing::warn!("requests were under way for too long, and are dropped");
            Ok(())
        }
    }
}

/// Who listens for other machines must want to know who asks.
fn refuse_openness(address: SocketAddr, has_token: bool) -> Result<()> {
    if has_token || is_loopback(address.ip()) {
        return Ok(());
    }
    let message =
        format!("listening on {address} would let everybody look who can reach this machine");
    Err(Error::new(ErrorKind::Usage, message).hinted(
        "set SEALIFT_TOKEN, such as to what `openssl rand -hex 16` prints; or listen on 127.0.0.1",
    ))
}

async fn open(listen: Listen) -> Result<TcpListener> {
    match listen {
        Listen::Address(address) => TcpListener::bind(address).await.map_err(|error| {
            let message = format!("listen on {address}: {error}");
            let hint = if error.kind() == io::ErrorKind::AddrInUse {
                "another program has the port; --listen 127.0.0.1:0 takes any that is free"
            } else if error.kind() == io::ErrorKind::PermissionDenied {
                "ports below 1024 are root's: choose a higher one"
            } else {
                "the address must be one of this machine's"
            };
            Error::new(ErrorKind::Io, message).hinted(hint)
        }),
        Listen::Socket(socket) => {
            let adopted = socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket));
            adopted.map_err(|error| {
                Error::new(ErrorKind::Io, "take over the socket that is bound already")
                    .caused_by(error)
            })
        }
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "answer requests").caused_by(error)
}

impl Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_let_in_with_a_token_only() {
        for address in ["0.0.0.0:1", "192.168.0.7:1", "[::]:1", "[2001:db8::1]:1"] {
            let address = address.parse().unwrap();
            assert_eq!(refuse_openness(address, false).unwrap_err().kind(), ErrorKind::Usage);
            assert!(refuse_openness(address, true).is_ok());
        }
        for address in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(refuse_openness(address.parse().unwrap(), false).is_ok(), "{address}");
        }
    }
}
