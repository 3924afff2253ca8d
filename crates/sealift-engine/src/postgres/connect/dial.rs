//! From a place to a [`Wire`]: the socket, its settings, and TLS on it.

use super::super::address::{Encryption, Keepalive, Negotiation};
use super::super::tls::{Client, speaks_postgres};
use super::greeting::{GREETING, Stranger};
use super::place::Place;
use super::wire::{Channel, Wire};
use futures_util::FutureExt;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// What asks a server for TLS (manual section 55.7, `SSLRequest`).
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Why there is no wire.
#[derive(Debug)]
pub(super) enum DialError {
    /// No connection, or it broke.
    Socket(io::Error),
    /// The handshake failed.
    Handshake(io::Error),
    /// The server does without TLS.
    TlsNotOffered,
    /// What listens there does not answer as PostgreSQL does.
    NotPostgres(Stranger),
    /// `sslnegotiation=direct`, and the server did not say that it knows it.
    NotDirect,
    /// `sslcertmode=require`, and the server did not ask.
    CertificateNotAsked,
    /// `requirepeer`, and another user runs the server.
    OtherPeer(String),
    /// `verify-full` of an address without a name.
    Nameless,
}

/// Whether a connection is to be encrypted.
#[derive(Clone, Copy)]
pub(super) enum Cover<'a> {
    Plain,
    Tls(&'a Client, &'a Encryption),
    /// TLS if the server offers it, else nothing.
    Offered(&'a Client, &'a Encryption),
}

/// What is wanted of a socket.
#[derive(Debug, Clone)]
pub(super) struct SocketWishes {
    pub(super) keepalive: Keepalive,
    pub(super) peer: Option<String>,
}

pub(super) async fn dial(
    place: &Place,
    wishes: &SocketWishes,
    cover: Cover<'_>,
) -> Result<Wire, DialError> {
    let (host, address) = match place {
        Place::Unix(path) => {
            let stream = open_unix(path).await.map_err(DialError::Socket)?;
            if let Some(wanted) = &wishes.peer {
                check_peer(&stream, wanted)?;
            }
            return Ok(Wire::new(Channel::Unix(stream)));
        }
        Place::Tcp(host, address) => (host.as_deref(), *address),
    };
    let stream = TcpStream::connect(address).await.map_err(DialError::Socket)?;
    apply(&stream, wishes.keepalive).map_err(DialError::Socket)?;
    match cover {
        Cover::Plain => Ok(Wire::new(Channel::Tcp(stream))),
        Cover::Tls(client, encryption) | Cover::Offered(client, encryption) => {
            let may_be_plain = matches!(cover, Cover::Offered(..));
            let host = host.unwrap_or_default();
            encrypt(stream, (host, address), client, (encryption.negotiation, may_be_plain)).await
        }
    }
}

async fn open_unix(path: &Path) -> io::Result<UnixStream> {
    #[cfg(target_os = "linux")]
    if let Some(name) = path.to_str().and_then(|path| path.strip_prefix('@')) {
        use std::os::linux::net::SocketAddrExt;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        let stream = std::os::unix::net::UnixStream::connect_addr(&address)?;
        stream.set_nonblocking(true)?;
        return UnixStream::from_std(stream);
    }
    UnixStream::connect(path).await
}

/// Makes sure that the server runs as the user that `requirepeer` names.
fn check_peer(stream: &UnixStream, wanted: &str) -> Result<(), DialError> {
    let peer = stream.peer_cred().map_err(DialError::Socket)?;
    let name = user_name(peer.uid());
    if name.as_deref() == Some(wanted) {
        return Ok(());
    }
    Err(DialError::OtherPeer(name.unwrap_or_else(|| format!("number {}", peer.uid()))))
}

/// Returns the name of a user. Directories beyond this machine's own file are not asked: whom they alone
/// know is nobody here.
fn user_name(number: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

fn apply(stream: &TcpStream, keepalive: Keepalive) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    if keepalive.on {
        let settings =
            TcpKeepalive::new().with_time(keepalive.idle).with_interval(keepalive.interval);
        #[cfg(not(windows))]
        let settings = settings.with_retries(keepalive.count);
        socket.set_tcp_keepalive(&settings)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(keepalive.unanswered)?;
    Ok(())
}

/// Returns what has arrived so far, without taking it or waiting.
fn arrived(stream: &TcpStream) -> Vec<u8> {
    let mut greeting = vec![0; GREETING];
    let length = stream.peek(&mut greeting).now_or_never().and_then(Result::ok).unwrap_or_default();
    greeting.truncate(length);
    greeting
}

/// Negotiates TLS (manual section 55.2.11).
async fn encrypt(
    mut stream: TcpStream,
    (host, address): (&str, SocketAddr),
    client: &Client,
    (negotiation, may_be_plain): (Negotiation, bool),
) -> Result<Wire, DialError> {
    if negotiation == Negotiation::Postgres {
        stream.write_all(&TLS_REQUEST).await.map_err(DialError::Socket)?;
        // One byte and no more: what follows it unencrypted must not be taken for the server's
        // (CVE-2021-23222).
        let answer = stream.read_u8().await.map_err(DialError::Socket)?;
        let greeting: Vec<u8> = std::iter::once(answer).chain(arrived(&stream)).collect();
        match (answer, Stranger::of(&greeting)) {
            // SSH greets with the byte that says yes to TLS. What else may follow that is left to the
            // handshake, which takes nothing that is not of TLS.
            (b'S', Stranger::Unknown) => {}
            (b'N', _) if may_be_plain => return Ok(Wire::new(Channel::Tcp(stream))),
            (b'N', _) => return Err(DialError::TlsNotOffered),
            (_, stranger) => return Err(DialError::NotPostgres(stranger)),
        }
    }
    if client.needs_name() && host.is_empty() {
        return Err(DialError::Nameless);
    }
    let name = client.name(host, address.ip());
    let connector = TlsConnector::from(client.config());
    let stream = connector.connect(name, stream).await.map_err(DialError::Handshake)?;
    let (_, connection) = stream.get_ref();
    if negotiation == Negotiation::Direct && !speaks_postgres(connection.alpn_protocol()) {
        return Err(DialError::NotDirect);
    }
    if client.lacks_question() {
        return Err(DialError::CertificateNotAsked);
    }
    Ok(Wire::new(Channel::Tls(Box::new(stream))))
}
