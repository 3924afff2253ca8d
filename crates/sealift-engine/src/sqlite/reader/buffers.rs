//! [`Buffers`]: memory for chunks, used again as soon as a chunk was sent.
//!
//! Memory that is new has no pages yet: the system gives and clears one after the other as they are written
//! to, which costs more than what is written.

use super::CHUNK_BYTES;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// What a buffer has room for: a chunk ends with the piece of a row that fills it.
const BUFFER_BYTES: usize = CHUNK_BYTES + CHUNK_BYTES / 4;

/// Buffers that nobody uses now. There are as many as chunks were on their way at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A buffer on its way, which comes back when everybody has dropped its bytes.
struct Lent {
    buffer: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    /// Returns an empty buffer: the one that came back last, which is likely to be in the cache.
    pub(super) fn take(&self) -> Vec<u8> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
    }

    /// Returns the bytes of a buffer, to be sent.
    pub(super) fn lend(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, home: self.clone() })
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        // What a long row has made larger is not kept.
        if buffer.capacity() <= BUFFER_BYTES {
            buffer.clear();
            self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_its_last_bytes_are_dropped() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take();
        buffer.extend_from_slice(b"abc");
        let at = buffer.as_ptr();
        let bytes = buffers.lend(buffer);
        let part = bytes.slice(1..);
        drop(bytes);
        assert_eq!(&part[..], b"bc");
        let other = buffers.take();
        assert_ne!(other.as_ptr(), at, "it is not here yet");
        drop(part);
        let again = buffers.take();
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
    }

    #[test]
    fn what_a_long_row_has_made_larger_is_not_kept() {
        let buffers = Buffers::default();
        drop(buffers.lend(vec![0; BUFFER_BYTES + 1]));
        assert_eq!(buffers.take().capacity(), BUFFER_BYTES);
    }
}
