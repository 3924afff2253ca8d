//! What answers where PostgreSQL was expected, by the first bytes that it sends.
//!
//! ```text
//! PostgreSQL   waits for the client, then answers with one byte (`S`, `N`) or a message (`R`, `E`, …)
//! MySQL        speaks first: three bytes of length, 0, and 10, the version of its protocol
//! SSH          speaks first: `SSH-2.0-…`; its `S` looks like a yes to TLS
//! HTTP         answers whatever it does not understand with `HTTP/1.1 400 …`
//! ```

use std::fmt;

/// How much is looked at: MySQL's greeting names its version within the first 60 bytes.
pub(super) const GREETING: usize = 128;

/// The kinds of messages with which PostgreSQL, and poolers before it, answer the first one of a client
/// (manual, section 55.2.1): authentication, an error, a notice, another protocol version.
const FIRST_MESSAGES: [u8; 4] = *b"RENv";

/// The version of MySQL's protocol since 1998 (`HandshakeV10`); an error comes with 255 in its place.
const MYSQL_PROTOCOL: u8 = 10;
const MYSQL_ERROR: u8 = 255;

/// A program that is not PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stranger {
    /// MySQL or MariaDB.
    MySql,
    /// A web server.
    Http,
    /// A server for remote shells.
    Ssh,
    /// A server for mail or files, which greets with a number.
    Numbers,
    /// Redis, which answers errors with `-ERR`.
    Redis,
    /// Something else.
    Unknown,
}

impl Stranger {
    /// Returns who sends this, which PostgreSQL would not.
    pub(super) fn of(greeting: &[u8]) -> Self {
        match greeting {
            [_, _, _, 0, MYSQL_PROTOCOL | MYSQL_ERROR, ..] => Self::MySql,
            [b'S', b'S', b'H', b'-', ..] => Self::Ssh,
            [b'H', b'T', b'T', b'P', b'/', ..] => Self::Http,
            [b'-', b'E', b'R', b'R', ..] => Self::Redis,
            [a, b, c, b' ' | b'-', ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => {
                Self::Numbers
            }
            _ => Self::Unknown,
        }
    }

    /// Returns who has sent the first message of a login, if that cannot be PostgreSQL.
    pub(super) fn instead_of_a_login(header: [u8; 5]) -> Option<Self> {
        let [kind, .., length] = header;
        let stranger = Self::of(&header);
        // No first message of PostgreSQL is ten bytes long, but an error may well be 255.
        let is_greeting = stranger == Self::MySql && length == MYSQL_PROTOCOL;
        let is_postgres = FIRST_MESSAGES.contains(&kind) && !is_greeting;
        (!is_postgres).then_some(stranger)
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL or MariaDB answers",
            Self::Http => "a web server answers (HTTP)",
            Self::Ssh => "an SSH server answers",
            Self::Numbers => "a mail or FTP server answers",
            Self::Redis => "Redis answers",
            Self::Unknown => "what answers is not known",
        })
    }
}

impl std::error::Error for Stranger {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stranger_is_known_by_its_first_bytes() {
        for (greeting, stranger) in [
            (&b"J\0\0\0\x0a8.0.36\0"[..], Stranger::MySql),
            (b"\x47\0\0\0\xff\x6a\x04Host", Stranger::MySql),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", Stranger::Ssh),
            (b"HTTP/1.1 400 Bad Request\r\n", Stranger::Http),
            (b"220 mail.example.org ESMTP\r\n", Stranger::Numbers),
            (b"-ERR unknown command", Stranger::Redis),
            (b"hello", Stranger::Unknown),
            (b"", Stranger::Unknown),
        ] {
            assert_eq!(Stranger::of(greeting), stranger, "{greeting:?}");
        }
    }

    #[test]
    fn what_postgresql_says_first_is_no_stranger() {
        let first = |header: &[u8; 5]| Stranger::instead_of_a_login(*header);
        assert_eq!(first(b"R\0\0\0\x08"), None);
        assert_eq!(first(b"E\0\0\0\x64"), None);
        assert_eq!(first(b"E\0\0\0\xff"), None);
        assert_eq!(first(b"HTTP/"), Some(Stranger::Http));
        assert_eq!(first(b"SSH-2"), Some(Stranger::Ssh));
        // A greeting of 82 bytes begins as a message about the login does.
        assert_eq!(first(b"R\0\0\0\x0a"), Some(Stranger::MySql));
        assert_eq!(first(b"S\0\0\0\x16"), Some(Stranger::Unknown));
    }
}
