//! [`CopyIn`]: bytes on their way into `copy … from stdin`.

use super::session::Session;
use crate::Result;
use bytes::Bytes;
use futures_util::SinkExt;
use std::fmt;
use std::pin::Pin;
use tokio_postgres::CopyInSink;

/// A running `copy … from stdin`. Dropping it aborts the copy; only [`CopyIn::finish`] ends it well.
pub struct CopyIn<'a> {
    session: &'a Session,
    sink: Pin<Box<CopyInSink<Bytes>>>,
}

impl<'a> CopyIn<'a> {
    pub(super) fn new(session: &'a Session, sink: CopyInSink<Bytes>) -> Self {
        Self { session, sink: Box::pin(sink) }
    }

    /// Sends bytes; waits while those before them are on their way.
    ///
    /// # Errors
    ///
    /// When the connection is gone. What the server thinks of the bytes comes from
    /// [`CopyIn::finish`]: the protocol lets it answer at the end only.
    pub async fn send(&mut self, bytes: Bytes) -> Result<()> {
        let _waiting = self.session.pulse().waiting();
        self.sink.send(bytes).await.map_err(|error| self.session.failure(&error))
    }

    /// Ends the copy and returns how many rows the server counted.
    ///
    /// # Errors
    ///
    /// When the server refused a row; none was kept then.
    pub async fn finish(mut self) -> Result<u64> {
        let _waiting = self.session.pulse().waiting();
        self.sink.as_mut().finish().await.map_err(|error| self.session.failure(&error))
    }
}

impl fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyIn")
    }
}
