//! [`Wire`]: the bytes to and from a server, over TCP, TLS or a Unix socket.

use super::super::tls::channel_binding;
use super::startup::Watch;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_rustls::client::TlsStream as Encrypted;

/// The bytes to and from a server. While the login lasts, what the server sends is watched.
#[derive(Debug)]
pub(in crate::postgres) struct Wire {
    channel: Channel,
    watch: Option<Watch>,
    traffic: Traffic,
}

/// Counts what has come in or gone out.
pub(in crate::postgres) type Traffic = Arc<AtomicU64>;

/// What the bytes go through.
#[derive(Debug)]
pub(super) enum Channel {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<Encrypted<TcpStream>>),
}

impl Wire {
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, watch: None, traffic: Traffic::default() }
    }

    pub(super) fn traffic(&self) -> Traffic {
        Arc::clone(&self.traffic)
    }

    pub(super) fn watched_by(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    pub(super) fn is_encrypted(&self) -> bool {
        match self.channel {
            Channel::Tls(_) => true,
            Channel::Tcp(_) | Channel::Unix(_) => false,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.channel {
            Channel::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Channel::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Channel::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        };
        if read.is_ready() {
            self.traffic.fetch_add(1, Ordering::Relaxed);
        }
        if let (Poll::Ready(Ok(())), Some(watch)) = (&read, &mut self.watch) {
            let arrived = buffer.filled().get(before..).unwrap_or_default();
            match watch.see(arrived) {
                Ok(true) => {}
                Ok(false) => self.watch = None,
                Err(halt) => return Poll::Ready(Err(halt.into_io())),
            }
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match &mut self.channel {
            Channel::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Channel::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Channel::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        };
        if written.is_ready() {
            self.traffic.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.channel {
            Channel::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Channel::Unix(stream) => Pin::new(stream).poll_flush(context),
            Channel::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.channel {
            Channel::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Channel::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Channel::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}

impl TlsStream for Wire {
    fn channel_binding(&self) -> ChannelBinding {
        let Channel::Tls(stream) = &self.channel else { return ChannelBinding::none() };
        let (_, connection) = stream.get_ref();
        let certificate = connection.peer_certificates().and_then(|sent| sent.first());
        certificate
            .and_then(channel_binding)
            .map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

/// Tells the driver that TLS is there already.
pub(in crate::postgres) struct Shaken;

impl TlsConnect<Wire> for Shaken {
    type Stream = Wire;
    type Error = Infallible;
    type Future = Ready<Result<Wire, Infallible>>;

    fn connect(self, wire: Wire) -> Self::Future {
        ready(Ok(wire))
    }
}
