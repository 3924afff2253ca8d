//! Rows of `COPY … TO STDOUT` in text format (PostgreSQL manual, COPY, "Text Format").

use memchr::memchr;
use std::borrow::Cow;

/// Cuts a stream of chunks into lines. Chunks may end anywhere.
#[derive(Debug, Default)]
pub struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// Returns a reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands each line that `chunk` completes to `line`, without its line feed.
    ///
    /// # Errors
    /// The first error of `line`; the reader is not to be used any more then.
    pub fn feed<E>(
        &mut self,
        mut chunk: &[u8],
        mut line: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(end) = memchr(b'\n', chunk) {
            let (head, rest) = chunk.split_at(end);
            if self.pending.is_empty() {
                line(head)?;
            } else {
                self.pending.extend_from_slice(head);
                line(&self.pending)?;
                self.pending.clear();
            }
            chunk = rest.get(1..).unwrap_or_default();
        }
        self.pending.extend_from_slice(chunk);
        Ok(())
    }

    /// Returns whether the stream ended with a whole line.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.pending.is_empty()
    }
}

/// A line that is not COPY text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a backslash stands at the end of a COPY field")]
pub struct CopyTextError;

/// Returns the fields of a line; `None` is NULL. A field without a backslash is borrowed.
pub fn fields(line: &[u8]) -> impl Iterator<Item = Result<Option<Cow<'_, [u8]>>, CopyTextError>> {
    // The server writes a tab inside a value as `\t`, so a tab byte always ends a field.
    line.split(|byte| *byte == b'\t').map(|field| {
        if field == b"\\N" {
            return Ok(None);
        }
        match memchr(b'\\', field) {
            None => Ok(Some(Cow::Borrowed(field))),
            Some(at) => unescape(field, at).map(|bytes| Some(Cow::Owned(bytes))),
        }
    })
}

/// Undoes the backslashes of a field, the first of which stands at `at`.
fn unescape(field: &[u8], at: usize) -> Result<Vec<u8>, CopyTextError> {
    let (plain, mut rest) = field.split_at(at);
    let mut out = Vec::with_capacity(field.len());
    out.extend_from_slice(plain);
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let (escaped, tail) = rest.split_first().ok_or(CopyTextError)?;
        rest = tail;
        out.push(match escaped {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'0'..=b'7' => {
                let mut value = u32::from(escaped - b'0');
                for _ in 0..2 {
                    let Some((digit @ b'0'..=b'7', tail)) = rest.split_first() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    rest = tail;
                }
                // As in the server, only the low eight bits of `\777` count.
                u8::try_from(value & 0xff).unwrap_or_default()
            }
            b'x' => hexadecimal(&mut rest).unwrap_or(b'x'),
            other => *other,
        });
    }
    Ok(out)
}

/// Reads one or two hexadecimal digits after `\x`; `None` when there are none.
fn hexadecimal(rest: &mut &[u8]) -> Option<u8> {
    let mut value = None;
    for _ in 0..2 {
        let Some((digit, tail)) = rest.split_first() else { break };
        let Some(digit) = char::from(*digit).to_digit(16).and_then(|d| u8::try_from(d).ok()) else {
            break;
        };
        value = Some(value.unwrap_or(0_u8) << 4 | digit);
        *rest = tail;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(line: &[u8]) -> Vec<Option<Vec<u8>>> {
        fields(line).map(|field| field.unwrap().map(Cow::into_owned)).collect()
    }

    #[test]
    fn nulls_empty_texts_and_the_text_of_a_null_are_three_things() {
        let expected = [None, Some(Vec::new()), Some(b"\\N".to_vec()), Some(b"N".to_vec())];
        assert_eq!(row(b"\\N\t\t\\\\N\tN"), expected);
        assert_eq!(row(b""), [Some(Vec::new())]);
    }

    #[test]
    fn escapes_of_the_manual_are_undone() {
        let expected = b"\x08\x0c\n\r\t\x0b\\a\x01\x53\xff\xab|x".to_vec();
        assert_eq!(row(br"\b\f\n\r\t\v\\a\1\123\377\xab|\x"), [Some(expected)]);
    }

    #[test]
    fn a_backslash_at_the_end_is_an_error() {
        assert_eq!(fields(b"a\\").next(), Some(Err(CopyTextError)));
    }

    fn escape(value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in value {
            match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                8 => out.extend_from_slice(b"\\b"),
                other => out.push(*other),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn rows_come_back_however_the_stream_is_cut(
            rows in prop::collection::vec(
                prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..9)), 1..4),
                0..6,
            ),
            cut in 1_usize..7,
        ) {
            let mut stream = Vec::new();
            for fields in &rows {
                let texts: Vec<Vec<u8>> = fields
                    .iter()
                    .map(|field| field.as_deref().map_or(b"\\N".to_vec(), escape))
                    .collect();
                stream.extend_from_slice(&texts.join(&b'\t'));
                stream.push(b'\n');
            }
            let mut lines = Lines::new();
            let mut found = Vec::new();
            for chunk in stream.chunks(cut) {
                lines.feed(chunk, |line| {
                    found.push(row(line));
                    Ok::<(), ()>(())
                }).unwrap();
            }
            prop_assert!(lines.is_complete());
            prop_assert_eq!(found, rows);
        }
    }
}
