//! PostgreSQL's rows on their way to the thread that compares them.
//!
//! ```text
//! copy … to stdout → pump() → bounded channel → Feed::row() on an OS thread
//! ```

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::Session;
use sealift_core::sql::Sql;
use sealift_core::verify::copy_text::{Lines, fields};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::mpsc;

/// How many chunks wait between the two. With [`CHUNK`] that is half a megabyte a table.
const DEPTH: usize = 4;

/// The server sends a message a row; gathering them to this size makes the channel's cost vanish.
const CHUNK: usize = 128 * 1024;

/// A row of COPY text.
pub(super) type TargetRow<'a> = Vec<Option<Cow<'a, [u8]>>>;

/// Takes rows out, in the order in which they came.
#[derive(Debug)]
pub(super) struct Feed {
    receiver: mpsc::Receiver<Vec<u8>>,
    lines: Lines,
    queue: VecDeque<Vec<u8>>,
}

/// Returns both ends.
pub(super) fn feed() -> (mpsc::Sender<Vec<u8>>, Feed) {
    let (sender, receiver) = mpsc::channel(DEPTH);
    (sender, Feed { receiver, lines: Lines::new(), queue: VecDeque::new() })
}

/// Sends what a `copy … to stdout` gives until it ends or nobody listens any more.
pub(super) async fn pump(
    session: &Session,
    sql: &Sql,
    sender: mpsc::Sender<Vec<u8>>,
) -> Result<()> {
    let mut stream = session.copy_out(sql).await?;
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(bytes) = stream.next().await? {
        chunk.extend_from_slice(&bytes);
        if chunk.len() >= CHUNK {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            if sender.send(full).await.is_err() {
                return Ok(());
            }
        }
    }
    // Whoever listens no more has found what it looked for, or failed and says so itself.
    sender.send(chunk).await.unwrap_or_default();
    Ok(())
}

impl Feed {
    /// Returns the next row without taking it; waits for it. `None` at the end.
    pub(super) fn row(&mut self) -> Result<Option<TargetRow<'_>>> {
        while self.queue.is_empty() {
            let Some(chunk) = self.receiver.blocking_recv() else { break };
            let queue = &mut self.queue;
            let fed: Result<(), Infallible> = self.lines.feed(&chunk, |line| {
                queue.push_back(line.to_vec());
                Ok(())
            });
            let Ok(()) = fed;
        }
        let Some(line) = self.queue.front() else { return Ok(None) };
        let row: Result<TargetRow<'_>, _> = fields(line).collect();
        row.map(Some).map_err(|error| {
            Error::new(ErrorKind::Bug, "the server's COPY text could not be read").caused_by(error)
        })
    }

    /// Takes the row that [`Self::row`] returned.
    pub(super) fn advance(&mut self) {
        self.queue.pop_front();
    }
}
