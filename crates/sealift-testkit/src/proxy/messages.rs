//! As much of PostgreSQL's protocol as it takes to find a commit (manual, section 55.7).

/// The longest statement that is looked at; no commit of anybody's is longer, with what it records.
const LONGEST_STATEMENT: usize = 64 << 10;

/// The codes that stand in the place of a protocol version: TLS and GSSAPI are asked for.
const ENCRYPTION_REQUESTS: [u32; 2] = [80_877_103, 80_877_104];

/// A stream of messages, cut where it matters.
#[derive(Debug)]
pub(super) struct Messages {
    side: Side,
    waiting: Vec<u8>,
    /// How many bytes of the message under way are still to be passed on unread.
    passing: usize,
    started: bool,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// What a piece of the stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing that matters.
    Other,
    /// The whole of a message by which the client commits.
    Commit,
    /// The whole of the server's message that it has committed.
    Committed,
    /// The whole of the server's message that it waits for the next statement.
    Ready,
}

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) meaning: Meaning,
    pub(super) bytes: Vec<u8>,
}

impl Messages {
    pub(super) fn of(side: Side) -> Self {
        Self { side, waiting: Vec::new(), passing: 0, started: false }
    }

    /// Takes what arrived and returns what can be passed on, in order.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let mut pieces: Vec<Piece> = Vec::new();
        while let Some((meaning, length)) = self.next() {
            let rest = self.waiting.split_off(length);
            let bytes = std::mem::replace(&mut self.waiting, rest);
            match pieces.last_mut() {
                Some(last) if last.meaning == Meaning::Other && meaning == Meaning::Other => {
                    last.bytes.extend(bytes);
                }
                Some(_) | None => pieces.push(Piece { meaning, bytes }),
            }
        }
        pieces
    }

    /// Returns what the first bytes of those that wait mean, and how many they are.
    fn next(&mut self) -> Option<(Meaning, usize)> {
        if self.passing > 0 {
            let length = std::cmp::min(self.passing, self.waiting.len());
            self.passing -= length;
            return (length > 0).then_some((Meaning::Other, length));
        }
        if !self.started {
            match self.side {
                Side::Client => return self.startup(),
                // The answer to a request for encryption is one letter, which is no message.
                Side::Server if matches!(self.waiting.first()?, b'N' | b'S') => {
                    return Some((Meaning::Other, 1));
                }
                Side::Server => self.started = true,
            }
        }
        let [tag, length @ ..] = self.waiting.get(..5)? else { return None };
        let length = 1 + read(length)?;
        if !self.is_looked_at(*tag) || length > LONGEST_STATEMENT {
            self.passing = length;
            return self.next();
        }
        let message = self.waiting.get(..length)?;
        Some((meaning(self.side, *tag, message.get(5..)?), length))
    }

    /// The client begins with messages that have no letter before them.
    fn startup(&mut self) -> Option<(Meaning, usize)> {
        let length = read(self.waiting.get(..4)?)?;
        let code = self.waiting.get(4..8)?;
        let code = u32::try_from(read(code)?).ok()?;
        if self.waiting.len() < length {
            return None;
        }
        self.started = !ENCRYPTION_REQUESTS.contains(&code);
        Some((Meaning::Other, length))
    }

    fn is_looked_at(&self, tag: u8) -> bool {
        match self.side {
            Side::Client => matches!(tag, b'Q' | b'P'),
            Side::Server => matches!(tag, b'C' | b'Z'),
        }
    }
}

fn meaning(side: Side, tag: u8, body: &[u8]) -> Meaning {
    let mut texts = body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let first = texts.next().unwrap_or_default();
    let commits = match (side, tag) {
        (Side::Client, b'Q') => has_commit(&first),
        // The name of the statement stands before its text.
        (Side::Client, _) => has_commit(&texts.next().unwrap_or_default()),
        (Side::Server, b'Z') => return Meaning::Ready,
        (Side::Server, _) => first == "COMMIT",
    };
    match (commits, side) {
        (true, Side::Client) => Meaning::Commit,
        (true, Side::Server) => Meaning::Committed,
        (false, _) => Meaning::Other,
    }
}

/// Returns whether `commit` is one of the statements of a text.
fn has_commit(text: &str) -> bool {
    text.split(';').any(|statement| {
        let first = statement.split_whitespace().next().unwrap_or_default();
        first.eq_ignore_ascii_case("commit")
    })
}

/// Reads four bytes as a number, the highest first.
fn read(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [tag, &length.to_be_bytes(), body].concat()
    }

    fn meanings(side: Side, stream: &[u8], step: usize) -> Vec<Meaning> {
        let mut messages = Messages::of(side);
        let pieces: Vec<Piece> =
            stream.chunks(step).flat_map(|chunk| messages.take(chunk)).collect();
        let passed: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.clone()).collect();
        assert_eq!(passed, stream, "in steps of {step}");
        let mut meanings: Vec<Meaning> = pieces.iter().map(|piece| piece.meaning).collect();
        meanings.dedup();
        meanings
    }

    #[test]
    fn a_commit_is_found_wherever_the_stream_is_cut() {
        let stream = [
            message(b"", &80_877_103_u32.to_be_bytes()),
            message(b"", b"\0\x03\0\0user\0a\0\0"),
            message(b"Q", b"select 'commit'\0"),
            message(b"Q", b"insert into t values (1); COMMIT work\0"),
            message(b"d", &[0; 9000]),
            message(b"P", b"name\0commit\0\0\0"),
            message(b"S", b""),
        ]
        .concat();
        let expected =
            [Meaning::Other, Meaning::Commit, Meaning::Other, Meaning::Commit, Meaning::Other];
        for step in [1, 2, 7, 100, stream.len()] {
            assert_eq!(meanings(Side::Client, &stream, step), expected, "in steps of {step}");
        }
    }

    #[test]
    fn the_server_says_when_it_has_committed() {
        let stream = [
            b"N".to_vec(),
            message(b"R", &[0; 4]),
            message(b"S", b"client_encoding\0UTF8\0"),
            message(b"Z", b"I"),
            message(b"C", b"INSERT 0 1\0"),
            message(b"C", b"COMMIT\0"),
            message(b"Z", b"I"),
        ]
        .concat();
        let expected =
            [Meaning::Other, Meaning::Ready, Meaning::Other, Meaning::Committed, Meaning::Ready];
        for step in [1, 3, stream.len()] {
            assert_eq!(meanings(Side::Server, &stream, step), expected, "in steps of {step}");
        }
    }
}
