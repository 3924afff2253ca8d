//! A slow network: a proxy that holds every byte back for half a round trip, and lets only so many
//! pass in a second.
//!
//! Bytes that are on their way do not wait for one another, as on a real line. (The proxy of our
//! tests, which breaks connections, sleeps before each piece: over it a long answer would take a
//! thousand round trips.)

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that one read takes.
const PIECE: usize = 16 << 10;

/// Pieces on their way in one direction of a connection: 4 MB, about what Linux lets a TCP window grow
/// to by itself.
const IN_FLIGHT: usize = 256;

/// How slow a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    pub(crate) round_trip_ms: u32,
    /// In each direction, for all connections together.
    pub(crate) bytes_a_second: u64,
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabits = self.bytes_a_second * 8 / 1_000_000;
        write!(out, "{megabits} Mbit/s, {} ms round trip", self.round_trip_ms)
    }
}

/// A proxy before a server; gone with the value.
#[derive(Debug)]
pub(crate) struct Line {
    url: String,
    here: SocketAddr,
    stopping: Arc<AtomicBool>,
}

/// One direction of the line.
#[derive(Debug)]
struct Direction {
    delay: Duration,
    bytes_a_second: u64,
    /// When the last byte so far has left.
    free: Mutex<Instant>,
}

impl Line {
    /// Starts a proxy before the server of a URL.
    pub(crate) fn start(network: Network, url: &str) -> Result<Self> {
        let server = address(url)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let here = listener.local_addr()?;
        let stopping = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stopping);
        // Threads, since their sleep is exact to a tenth of a millisecond; a runtime's timer is not.
        std::thread::spawn(move || accept(&listener, server, network, &told));
        Ok(Self { url: in_place_of(url, here), here, stopping })
    }

    /// Returns the URL of the server behind it.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.here));
    }
}

impl Direction {
    fn new(network: Network) -> Arc<Self> {
        Arc::new(Self {
            delay: Duration::from_millis(u64::from(network.round_trip_ms)) / 2,
            bytes_a_second: network.bytes_a_second,
            free: Mutex::new(Instant::now()),
        })
    }

    /// Returns when a piece that comes at `now` arrives at the other end.
    fn arrival(&self, now: Instant, bytes: usize) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = Duration::from_secs_f64(bytes as f64 / self.bytes_a_second as f64);
        *free = std::cmp::max(*free, now) + takes;
        *free + self.delay
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, network: Network, stopping: &AtomicBool) {
    let (there, back) = (Direction::new(network), Direction::new(network));
    while let Ok((client, _)) = listener.accept() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        // What fails here is a connection that is closed at once, as the client sees.
        drop(connect(client, server, &there, &back));
    }
}

fn connect(
    client: TcpStream,
    server: SocketAddr,
    there: &Arc<Direction>,
    back: &Arc<Direction>,
) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    // Without it small packets wait for one another.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    carry(client.try_clone()?, server.try_clone()?, Arc::clone(there));
    carry(server, client, Arc::clone(back));
    Ok(())
}

/// Carries one direction of a connection, on two threads that end with it.
fn carry(from: TcpStream, to: TcpStream, line: Arc<Direction>) {
    let (sender, on_its_way) = sync_channel(IN_FLIGHT);
    std::thread::spawn(move || read(from, &sender, &line));
    std::thread::spawn(move || write(to, &on_its_way));
}

fn read(mut from: TcpStream, sender: &SyncSender<(Instant, Vec<u8>)>, line: &Direction) {
    let mut buffer = vec![0; PIECE];
    while let Ok(length) = from.read(&mut buffer) {
        let piece = buffer.get(..length).unwrap_or_default().to_vec();
        let arrival = line.arrival(Instant::now(), length);
        if length == 0 || sender.send((arrival, piece)).is_err() {
            return;
        }
    }
}

fn write(mut to: TcpStream, on_its_way: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((arrival, piece)) = on_its_way.recv() {
        std::thread::sleep(arrival.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            return;
        }
    }
    // The end of what one side says is told to the other, which may be gone.
    drop(to.shutdown(Shutdown::Write));
}

/// Returns the host and port of a URL.
fn address(url: &str) -> Result<SocketAddr> {
    let config: tokio_postgres::Config = url.parse().context("read the URL")?;
    let host = config.get_hosts().first().context("the URL names no host")?;
    let tokio_postgres::config::Host::Tcp(host) = host else {
        anyhow::bail!("a slow network needs a URL with a host, not with a socket's folder");
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    (host.as_str(), port).to_socket_addrs()?.next().context("the host has an address")
}

/// Returns the URL with another address in the place of the server's.
fn in_place_of(url: &str, here: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgresql", url));
    let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
    let login = place.rsplit_once('@').map(|(login, _)| format!("{login}@")).unwrap_or_default();
    format!("{scheme}://{login}{here}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(round_trip_ms: u32, bytes_a_second: u64) -> Network {
        Network { round_trip_ms, bytes_a_second }
    }

    #[test]
    fn pieces_on_their_way_do_not_wait_for_the_delay_of_others() {
        let line = Direction::new(network(100, 1_000_000));
        let now = Instant::now();
        let first = line.arrival(now, 1000);
        let second = line.arrival(now, 1000);
        assert!(first >= now + Duration::from_millis(51));
        assert!(second - first <= Duration::from_millis(1) + Duration::from_micros(1));
    }

    #[test]
    fn all_connections_share_the_rate() {
        let line = Direction::new(network(0, 1000));
        let now = Instant::now();
        line.arrival(now, 500);
        assert!(line.arrival(now, 500) >= now + Duration::from_millis(999));
    }

    #[test]
    fn the_proxy_takes_the_place_of_the_server() {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 7));
        let url = "postgresql://postgres@localhost:5432/x?connect_timeout=3";
        let expected = "postgresql://postgres@127.0.0.1:7/x?connect_timeout=3";
        assert_eq!(in_place_of(url, here), expected);
    }

    #[test]
    fn an_answer_takes_a_round_trip_through_the_line() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("postgresql://a@127.0.0.1:{}/x", server.local_addr().unwrap().port());
        std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut bytes = [0; 4];
            stream.read_exact(&mut bytes).unwrap();
            stream.write_all(&bytes).unwrap();
        });
        let line = Line::start(network(40, 1_000_000), &url).unwrap();
        let mut client = TcpStream::connect(address(&line.url()).unwrap()).unwrap();
        let began = Instant::now();
        client.write_all(b"ping").unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, b"ping");
        assert!(began.elapsed() >= Duration::from_millis(40));
    }
}
