//! [`CopyOut`]: bytes that `copy … to stdout` sends.

use super::session::Session;
use crate::Result;
use bytes::Bytes;
use futures_util::StreamExt;
use std::fmt;
use std::pin::Pin;
use tokio_postgres::CopyOutStream;

/// A running `copy … to stdout`. In binary format a chunk is the header, a row or the trailer.
pub struct CopyOut<'a> {
    session: &'a Session,
    stream: Pin<Box<CopyOutStream>>,
}

impl<'a> CopyOut<'a> {
    pub(super) fn new(session: &'a Session, stream: CopyOutStream) -> Self {
        Self { session, stream: Box::pin(stream) }
    }

    /// Returns the next chunk, `None` at the end.
    ///
    /// # Errors
    ///
    /// When the server stopped, or the connection is gone.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let _waiting = self.session.pulse().waiting();
        let chunk = self.stream.next().await.transpose();
        chunk.map_err(|error| self.session.failure(&error))
    }
}

impl fmt::Debug for CopyOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyOut")
    }
}
