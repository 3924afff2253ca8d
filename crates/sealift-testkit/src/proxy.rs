//! A proxy of the tests' own between a client and PostgreSQL that breaks connections as networks do.

mod messages;
mod relay;

use relay::relay;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// A proxy that runs on a thread of its own until it is dropped.
///
/// At first it passes everything on. What it reads of the protocol it can read only without TLS.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    control: watch::Sender<Control>,
    counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What the proxy does to connections, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Holds up each piece of what passes, in both directions. All connections.
    Delay(Duration),
    /// Passes everything on so much later, in both directions, as a long line does: what follows does
    /// not wait for what is under way. Connections that begin from now on.
    Latency(Duration),
    /// Passes single bytes on, each in a packet of its own. All connections.
    OneByte,
    /// Passes so many bytes a second on, in each direction of each connection.
    RateLimit(u64),
    /// Resets both sides of the present connections; says what becomes of new ones.
    Cut(Heal),
    /// Passes nothing on in the present connections, for ever, and says nothing about it: both sides
    /// stay open, as when a firewall has forgotten them.
    HalfOpen(NewConnections),
    /// Resets the connection of the n-th `commit` from now (1 is the next), without passing it on.
    ResetBeforeCommit(u64),
    /// Passes the n-th `commit` from now on, waits until the server has carried it out, and resets the
    /// client's connection instead of telling it.
    ResetAfterCommit(u64),
}

/// When new connections work after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heal {
    /// At once.
    AtOnce,
    /// After a time; before that, they are reset.
    After(Duration),
    /// Never, unless [`Proxy::heal`] is called.
    Never,
}

/// What becomes of new connections while the present ones are silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewConnections {
    /// They work.
    Work,
    /// They are taken and hear nothing.
    Hang,
}

/// How often each fault has struck: a test that asks for a fault asserts that there was one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strikes {
    /// Connections taken.
    pub connections: u64,
    /// Pieces held up.
    pub delayed: u64,
    /// Bytes that travelled alone.
    pub single_bytes: u64,
    /// Pieces slowed down.
    pub limited: u64,
    /// Connections reset, new ones during a cut included.
    pub cut: u64,
    /// Connections that went silent.
    pub silent: u64,
    /// Commits that did not reach the server.
    pub before_commit: u64,
    /// Commits that were carried out without the client's knowing.
    pub after_commit: u64,
    /// How often a client has sent something after it had heard of the server: round trips, of all
    /// connections together.
    pub round_trips: u64,
}

/// What connections obey.
#[derive(Debug, Clone, Copy)]
struct Control {
    pace: Pace,
    /// Connections of an earlier number are to be reset.
    cut: u64,
    /// Connections of an earlier number are to go silent.
    silence: u64,
    new: New,
}

/// How fast bytes pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Full,
    Delay(Duration),
    Latency(Duration),
    OneByte,
    Limit(u64),
}

/// What becomes of new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum New {
    Work,
    Hang,
    ResetUntil(Instant),
    Reset,
}

/// What is counted, and the commits that a trap waits for: 0 is no trap.
#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    delayed: AtomicU64,
    single_bytes: AtomicU64,
    limited: AtomicU64,
    cut: AtomicU64,
    silent: AtomicU64,
    before_commit: AtomicU64,
    after_commit: AtomicU64,
    round_trips: AtomicU64,
    trap_before: AtomicU64,
    trap_after: AtomicU64,
}

impl Proxy {
    /// Starts a proxy before a server.
    ///
    /// # Panics
    ///
    /// Panics when it cannot listen.
    #[must_use]
    pub fn start(server: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.expect("listen on loopback");
        listener.set_nonblocking(true).expect("make a listener of tokio's");
        let address = listener.local_addr().expect("ask for the port");
        let control = Control { pace: Pace::Full, cut: 0, silence: 0, new: New::Work };
        let (control, obeyed) = watch::channel(control);
        let counts = Arc::new(Counts::default());
        let (stop, stopped) = oneshot::channel();
        let counted = Arc::clone(&counts);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("start a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("listen inside the runtime");
                tokio::select! {
                    () = accept(listener, server, obeyed, counted) => (),
                    _ = stopped => (),
                }
            });
        });
        Self { address, control, counts, stop: Some(stop), thread: Some(thread) }
    }

    /// Returns where the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a server with the proxy in its place, and without TLS.
    #[must_use]
    pub fn url(&self, server: &str) -> String {
        let (scheme, rest) = server.split_once("://").expect("a URL has a scheme");
        let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
        let login = place.rsplit_once('@').map(|(login, _)| format!("{login}@"));
        let mark = if database.contains('?') { '&' } else { '?' };
        let login = login.unwrap_or_default();
        format!("{scheme}://{login}{}/{database}{mark}sslmode=disable", self.address)
    }

    /// Does something to the connections, from now on. Faults of another kind go on: a slow
    /// connection can also be cut.
    pub fn inject(&self, fault: Fault) {
        match fault {
            Fault::Delay(time) => self.control.send_modify(|now| now.pace = Pace::Delay(time)),
            Fault::Latency(time) => self.control.send_modify(|now| now.pace = Pace::Latency(time)),
            Fault::OneByte => self.control.send_modify(|now| now.pace = Pace::OneByte),
            Fault::RateLimit(rate) => self.control.send_modify(|now| now.pace = Pace::Limit(rate)),
            Fault::Cut(heal) => self.control.send_modify(|now| {
                now.cut += 1;
                now.new = match heal {
                    Heal::AtOnce => New::Work,
                    Heal::After(time) => New::ResetUntil(Instant::now() + time),
                    Heal::Never => New::Reset,
                };
            }),
            Fault::HalfOpen(new) => self.control.send_modify(|now| {
                now.silence += 1;
                now.new = match new {
                    NewConnections::Work => New::Work,
                    NewConnections::Hang => New::Hang,
                };
            }),
            Fault::ResetBeforeCommit(nth) => self.counts.trap_before.store(nth, Ordering::SeqCst),
            Fault::ResetAfterCommit(nth) => self.counts.trap_after.store(nth, Ordering::SeqCst),
        }
    }

    /// Ends all faults. Connections that are silent stay so.
    pub fn heal(&self) {
        self.counts.trap_before.store(0, Ordering::SeqCst);
        self.counts.trap_after.store(0, Ordering::SeqCst);
        self.control.send_modify(|now| {
            now.pace = Pace::Full;
            now.new = New::Work;
        });
    }

    /// Returns how often each fault has struck so far.
    #[must_use]
    pub fn strikes(&self) -> Strikes {
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let counts = &self.counts;
        Strikes {
            connections: read(&counts.connections),
            delayed: read(&counts.delayed),
            single_bytes: read(&counts.single_bytes),
            limited: read(&counts.limited),
            cut: read(&counts.cut),
            silent: read(&counts.silent),
            before_commit: read(&counts.before_commit),
            after_commit: read(&counts.after_commit),
            round_trips: read(&counts.round_trips),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The dropped sender ends the thread. Should that have panicked, the test has met the end of
        // its connections.
        drop(self.stop.take());
        drop(self.thread.take().map(std::thread::JoinHandle::join));
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    control: watch::Receiver<Control>,
    counts: Arc<Counts>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        counts.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(relay(client, server, control.clone(), Arc::clone(&counts)));
        while connections.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests;
