//! One connection through the proxy.

use super::messages::{Meaning, Messages, Piece, Side};
use super::{Control, Counts, New, Pace};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};

/// How many pieces a second a limited connection moves: few enough that the timer, which counts
/// milliseconds, does not matter.
const PIECES_A_SECOND: u64 = 50;

/// How many pieces a line with a latency holds: some megabytes, more than any test sends at once.
const ON_THE_LINE: usize = 256;

/// Relays between a client and the server until either leaves or a fault strikes.
pub(super) async fn relay(
    client: TcpStream,
    server: SocketAddr,
    mut control: watch::Receiver<Control>,
    counts: Arc<Counts>,
) {
    let began = *control.borrow();
    let resets = match began.new {
        New::Reset => true,
        New::ResetUntil(time) => Instant::now() < time,
        New::Work | New::Hang => false,
    };
    if resets {
        count(&counts.cut);
        reset(client);
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        reset(client);
        return;
    };
    let mut client = client;
    // An error means that the connection is gone, which its pumps notice.
    drop(client.set_nodelay(true));
    drop(server.set_nodelay(true));
    let end = if began.new == New::Hang {
        End::Silent
    } else {
        let connection = Connection::new(&counts, &control);
        tokio::select! {
            biased;
            end = fault(control.clone(), began) => end,
            end = connection.pump(&mut client, &mut server) => end,
        }
    };
    match end {
        End::Left => (),
        End::Trapped => reset(client),
        End::Cut => {
            count(&counts.cut);
            reset(client);
            reset(server);
        }
        End::Silent => {
            count(&counts.silent);
            // Both stay open until they are cut, or the proxy ends. A closed sender is that end.
            drop(control.wait_for(|now| now.cut > began.cut).await.map(drop));
            reset(client);
            reset(server);
        }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// One side has left.
    Left,
    /// A trap at a commit has struck.
    Trapped,
    Cut,
    Silent,
}

/// Waits for a fault that ends the connection.
async fn fault(mut control: watch::Receiver<Control>, began: Control) -> End {
    let ends = |now: &Control| now.cut > began.cut || now.silence > began.silence;
    match control.wait_for(ends).await {
        Ok(now) if now.cut > began.cut => End::Cut,
        Ok(_) => End::Silent,
        Err(_) => End::Left,
    }
}

/// Closes a connection so that the other side meets an error.
fn reset(stream: TcpStream) {
    // It may be gone already.
    drop(stream.set_zero_linger());
    drop(stream);
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::SeqCst);
}

/// Takes one from a trap's number; returns whether it has struck.
fn springs(trap: &AtomicU64) -> bool {
    let taken = trap.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    taken == Ok(1)
}

/// What both directions of a connection know.
struct Connection<'a> {
    counts: &'a Counts,
    control: &'a watch::Receiver<Control>,
    /// Commits that were passed on, and those that the server has answered.
    commits: AtomicU64,
    answered: AtomicU64,
    /// The commit whose answer is swallowed; 0 is none.
    swallowed: AtomicU64,
    /// Whether the client has spoken last.
    asked: AtomicBool,
}

impl<'a> Connection<'a> {
    fn new(counts: &'a Counts, control: &'a watch::Receiver<Control>) -> Self {
        let (commits, answered, swallowed, asked) = Default::default();
        Self { counts, control, commits, answered, swallowed, asked }
    }

    async fn pump(&self, client: &mut TcpStream, server: &mut TcpStream) -> End {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let asking = self.direction(Side::Client, &mut from_client, &mut to_server);
        let answering = self.direction(Side::Server, &mut from_server, &mut to_client);
        tokio::pin!(asking, answering);
        // A client that has said goodbye may still be told something; one that a server has left may
        // not say anything more.
        tokio::select! {
            end = &mut answering => end.unwrap_or(End::Left),
            end = &mut asking => match end {
                Ok(End::Left) => answering.await.unwrap_or(End::Left),
                Ok(end) => end,
                Err(_) => End::Left,
            },
        }
    }

    async fn direction(
        &self,
        side: Side,
        from: &mut ReadHalf<'_>,
        to: &mut WriteHalf<'_>,
    ) -> io::Result<End> {
        let depth = match self.control.borrow().pace {
            Pace::Latency(_) => ON_THE_LINE,
            Pace::Full | Pace::Delay(_) | Pace::OneByte | Pace::Limit(_) => 1,
        };
        let (line, arriving) = mpsc::channel(depth);
        tokio::select! {
            end = self.give(arriving, to) => end,
            error = self.take(side, from, line) => Err(error),
        }
    }

    /// Puts on the line what one side sends, for as long as it sends.
    async fn take(
        &self,
        side: Side,
        from: &mut ReadHalf<'_>,
        line: mpsc::Sender<(Instant, Passing)>,
    ) -> io::Error {
        let mut messages = Messages::of(side);
        let mut buffer = vec![0; 16 << 10];
        let mut swallowing = false;
        let mut ended = false;
        while !ended {
            let length = match from.read(&mut buffer).await {
                Ok(length) => length,
                Err(error) => return error,
            };
            let mut passing = Vec::new();
            if length == 0 {
                passing.push(Passing::End(End::Left));
            } else {
                self.turn(side);
            }
            for piece in messages.take(buffer.get(..length).unwrap_or_default()) {
                match self.judge(&piece, &mut swallowing) {
                    Verdict::Pass => passing.push(Passing::Bytes(piece.bytes)),
                    Verdict::Swallow => (),
                    Verdict::End => {
                        passing.push(Passing::End(End::Trapped));
                        break;
                    }
                }
            }
            let arrives = match self.control.borrow().pace {
                Pace::Latency(time) => Instant::now() + time,
                Pace::Full | Pace::Delay(_) | Pace::OneByte | Pace::Limit(_) => Instant::now(),
            };
            for one in passing {
                ended |= matches!(one, Passing::End(_));
                ended |= line.send((arrives, one)).await.is_err();
            }
        }
        // The other end of the line says how it went.
        std::future::pending().await
    }

    /// Counts a round trip when the client speaks again.
    fn turn(&self, side: Side) {
        let asks = side == Side::Client;
        if !self.asked.swap(asks, Ordering::SeqCst) && asks {
            count(&self.counts.round_trips);
        }
    }

    /// Hands out what arrives at the end of the line.
    async fn give(
        &self,
        mut line: mpsc::Receiver<(Instant, Passing)>,
        to: &mut WriteHalf<'_>,
    ) -> io::Result<End> {
        while let Some((arrives, passing)) = line.recv().await {
            tokio::time::sleep_until(arrives.into()).await;
            match passing {
                Passing::Bytes(bytes) => self.write(&bytes, to).await?,
                Passing::End(End::Left) => {
                    to.shutdown().await?;
                    return Ok(End::Left);
                }
                Passing::End(end) => return Ok(end),
            }
        }
        Ok(End::Left)
    }

    fn judge(&self, piece: &Piece, swallowing: &mut bool) -> Verdict {
        match piece.meaning {
            Meaning::Commit => {
                if springs(&self.counts.trap_before) {
                    count(&self.counts.before_commit);
                    return Verdict::End;
                }
                let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
                if springs(&self.counts.trap_after) {
                    self.swallowed.store(number, Ordering::SeqCst);
                }
            }
            Meaning::Committed => {
                let number = self.answered.fetch_add(1, Ordering::SeqCst) + 1;
                *swallowing |= number == self.swallowed.load(Ordering::SeqCst);
            }
            Meaning::Ready if *swallowing => {
                count(&self.counts.after_commit);
                return Verdict::End;
            }
            Meaning::Ready | Meaning::Other => (),
        }
        if *swallowing { Verdict::Swallow } else { Verdict::Pass }
    }

    async fn write(&self, bytes: &[u8], to: &mut WriteHalf<'_>) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            // Asked for again and again, since it may change while a large piece is on its way.
            let pace = self.control.borrow().pace;
            let length = match pace {
                Pace::Full | Pace::Delay(_) | Pace::Latency(_) => left.len(),
                Pace::OneByte => 1,
                Pace::Limit(rate) => usize::try_from(rate / PIECES_A_SECOND).unwrap_or(left.len()),
            };
            let length = length.clamp(1, left.len());
            let (now, later) = left.split_at(length);
            if let Pace::Delay(time) = pace {
                tokio::time::sleep(time).await;
                count(&self.counts.delayed);
            }
            to.write_all(now).await?;
            match pace {
                Pace::Full | Pace::Delay(_) | Pace::Latency(_) => (),
                Pace::OneByte => count(&self.counts.single_bytes),
                Pace::Limit(rate) => {
                    let seconds = u32::try_from(length).map_or(1.0, f64::from)
                        / u32::try_from(rate).map_or(1.0, f64::from);
                    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
                    count(&self.counts.limited);
                }
            }
            left = later;
        }
        Ok(())
    }
}

/// What is on the line.
enum Passing {
    Bytes(Vec<u8>),
    /// Nothing follows.
    End(End),
}

/// What becomes of a piece.
enum Verdict {
    Pass,
    Swallow,
    End,
}
