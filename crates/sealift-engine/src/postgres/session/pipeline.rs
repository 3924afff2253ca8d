//! Several messages one right after the other: a wait for the answer to each would cost a round trip.
//!
//! ```text
//! one by one    begin →  ← ok   create … →  ← ok   create … →  ← ok
//! pipelined     begin → create … → create … →      ← ok ← ok ← ok
//! ```
//!
//! The driver sends a request when its future is first polled, and the server answers in order.

use super::super::copy_in::CopyIn;
use super::Session;
use crate::Result;
use crate::error::Error;
use futures_util::FutureExt;
use futures_util::future::{MaybeDone, maybe_done};
use sealift_core::sql::Sql;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio_postgres::Statement;

/// How many parts of a `union all` go to the server as one query. What planning one costs grows with the
/// square of its parts: of a thousand small ones it takes a second, of 32 at a time 30 ms.
const UNION_PARTS: usize = 32;

/// The statement of a transaction that failed first.
#[derive(Debug)]
pub struct Refused {
    /// Its place among those that were sent.
    pub position: usize,
    /// What the server says of it.
    pub error: Error,
}

/// A `copy … from stdin` that the server has parsed.
#[derive(Debug)]
pub struct ParsedCopy(Statement);

/// Sends requests one right after the other.
fn sent<F: Future>(requests: impl Iterator<Item = F>) -> Vec<Pin<Box<MaybeDone<F>>>> {
    let mut sent: Vec<_> = requests.map(|request| Box::pin(maybe_done(request))).collect();
    for request in &mut sent {
        // Whether it is answered already is asked by whoever waits for it.
        request.as_mut().now_or_never();
    }
    sent
}

impl Session {
    /// Sends statements without waiting in between, of which each needs those before it: inside a
    /// transaction, or beginning with `begin`. Returns how long each took.
    ///
    /// # Errors
    ///
    /// The first one that the server refuses, or at which the connection was lost. Those after it were
    /// sent too; inside a transaction the server has refused them for the failure before them.
    pub async fn pipeline(&self, statements: &[Sql]) -> Result<Vec<Duration>, Refused> {
        let mut before = Instant::now();
        let mut sent = sent(statements.iter().map(|sql| self.batch(sql)));
        let mut took = Vec::with_capacity(sent.len());
        for (position, request) in sent.iter_mut().enumerate() {
            request.as_mut().await;
            if let Some(Err(error)) = request.as_mut().take_output() {
                return Err(Refused { position, error });
            }
            took.push(before.elapsed());
            before = Instant::now();
        }
        Ok(took)
    }

    /// Does the same, unless `stop` comes first: the server is asked to cancel what it does then.
    ///
    /// # Errors
    ///
    /// As [`Session::pipeline`]; what was cancelled is refused.
    pub async fn pipeline_unless(
        &self,
        statements: &[Sql],
        stop: impl Future<Output = ()>,
    ) -> Result<Vec<Duration>, Refused> {
        self.unless(self.pipeline(statements), stop).await
    }

    /// Returns the rows of many small queries of the same columns, in their order, in one round trip. They
    /// are not all of one moment unless the transaction sees to it.
    ///
    /// # Errors
    ///
    /// When the server refuses one or the connection is gone.
    pub async fn union_all(&self, parts: &[Sql]) -> Result<Vec<Vec<Option<String>>>> {
        let queries: Vec<Sql> = parts
            .chunks(UNION_PARTS)
            .map(|parts| Sql::new().join(parts.iter().cloned(), "\nunion all "))
            .collect();
        let mut sent = sent(queries.iter().map(|sql| self.query_text(sql)));
        let mut rows = Vec::with_capacity(parts.len());
        for request in &mut sent {
            request.as_mut().await;
            if let Some(answer) = request.as_mut().take_output() {
                rows.extend(answer?);
            }
        }
        Ok(rows)
    }

    /// Begins a transaction, carries out statements in it and parses `copies`, all in one round trip.
    ///
    /// # Errors
    ///
    /// When the server refuses something or the connection is gone.
    pub async fn begin_copies(&self, before: &[Sql], copies: &[Sql]) -> Result<Vec<ParsedCopy>> {
        let _waiting = self.pulse.waiting();
        let statements: Vec<Sql> = [begin()].into_iter().chain(before.iter().cloned()).collect();
        let mut begun = std::pin::pin!(maybe_done(self.pipeline(&statements)));
        begun.as_mut().now_or_never();
        let mut parsing = sent(copies.iter().map(|sql| self.client.prepare(sql.as_str())));
        begun.as_mut().await;
        if let Some(Err(refused)) = begun.as_mut().take_output() {
            return Err(refused.error);
        }
        let mut parsed = Vec::with_capacity(copies.len());
        for request in &mut parsing {
            request.as_mut().await;
            if let Some(statement) = request.as_mut().take_output() {
                parsed.push(ParsedCopy(statement.map_err(|error| self.failure(&error))?));
            }
        }
        Ok(parsed)
    }

    /// Starts a copy that was parsed. The one before it may still be at its end.
    ///
    /// # Errors
    ///
    /// When the server refuses it or the connection is gone.
    pub async fn start_copy(&self, copy: &ParsedCopy) -> Result<CopyIn<'_>> {
        let _waiting = self.pulse.waiting();
        let sink = self.client.copy_in(&copy.0).await;
        Ok(CopyIn::new(self, sink.map_err(|error| self.failure(&error))?))
    }
}

/// Returns the statement that begins a transaction.
pub(crate) fn begin() -> Sql {
    Sql::raw("begin isolation level read committed read write")
}
