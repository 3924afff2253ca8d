//! [`Watch`]: what a server says while we log in, before the driver sees it.
//!
//! The driver keeps two things to itself that matter here: the process that the server says it is, by which
//! a pooler is recognised, and how it wants us to log in, which `require_auth` limits. The latter must be
//! known before a password is sent.

use super::super::address::Methods;
use super::greeting::Stranger;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// How much of a message is kept. Those that are looked at are shorter.
const KEPT: usize = 1024;

/// The number of the server's process as it was told at the login; 0 when it was not.
#[derive(Debug, Clone, Default)]
pub(in crate::postgres) struct ToldProcess(Arc<AtomicI32>);

impl ToldProcess {
    pub(in crate::postgres) fn get(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reads along until the login is over (manual sections 55.2.1 and 55.7).
#[derive(Debug)]
pub(super) struct Watch {
    methods: Option<Methods>,
    told: ToldProcess,
    header: Vec<u8>,
    body: Vec<u8>,
    /// Bytes of the message that have not arrived.
    missing: usize,
    /// Whether a method was agreed on, so that "you are in" is no surprise.
    was_asked: bool,
    /// Whether the first message has begun, by which PostgreSQL is told from other programs.
    has_begun: bool,
}

/// The server wants another way to log in than `require_auth` allows.
#[derive(Debug)]
pub(super) struct Forbidden(&'static str);

/// Why the login does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    Forbidden(Forbidden),
    Stranger(Stranger),
}

impl Halt {
    /// Returns it as an error of the socket, which is the only one that the driver passes on.
    pub(super) fn into_io(self) -> io::Error {
        match self {
            Self::Forbidden(forbidden) => io::Error::other(forbidden),
            Self::Stranger(stranger) => io::Error::other(stranger),
        }
    }
}

impl Watch {
    pub(super) fn new(methods: Option<Methods>) -> (Self, ToldProcess) {
        let told = ToldProcess::default();
        let watch = Self {
            methods,
            told: told.clone(),
            header: Vec::new(),
            body: Vec::new(),
            missing: 0,
            was_asked: false,
            has_begun: false,
        };
        (watch, told)
    }

    /// Takes bytes; returns whether the login goes on.
    pub(super) fn see(&mut self, mut bytes: &[u8]) -> Result<bool, Halt> {
        while !bytes.is_empty() {
            if self.header.len() < 5 {
                let (taken, rest) =
                    bytes.split_at(std::cmp::min(bytes.len(), 5 - self.header.len()));
                self.header.extend_from_slice(taken);
                bytes = rest;
                if let [_, length @ ..] = self.header.as_slice()
                    && let Ok(length) = <[u8; 4]>::try_from(length)
                {
                    self.recognise()?;
                    // The length counts itself.
                    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                    self.missing = length.saturating_sub(4);
                    self.body.clear();
                } else {
                    continue;
                }
            }
            let (taken, rest) = bytes.split_at(std::cmp::min(bytes.len(), self.missing));
            let room = std::cmp::min(taken.len(), KEPT.saturating_sub(self.body.len()));
            self.body.extend_from_slice(taken.get(..room).unwrap_or_default());
            self.missing -= taken.len();
            bytes = rest;
            if self.missing == 0 {
                let kind = self.header.first().copied().unwrap_or_default();
                self.header.clear();
                if !self.message(kind)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Stops at the first message when it is none of PostgreSQL's.
    fn recognise(&mut self) -> Result<(), Halt> {
        let stranger = <[u8; 5]>::try_from(self.header.as_slice())
            .ok()
            .filter(|_| !self.has_begun)
            .and_then(Stranger::instead_of_a_login);
        self.has_begun = true;
        stranger.map_or(Ok(()), |stranger| Err(Halt::Stranger(stranger)))
    }

    fn message(&mut self, kind: u8) -> Result<bool, Halt> {
        let number = |bytes: &[u8]| {
            bytes.get(..4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes)
        };
        match kind {
            b'R' => {
                let asked = number(&self.body).unwrap_or_default();
                self.authentication(asked)?;
            }
            b'K' => self.told.0.store(number(&self.body).unwrap_or_default(), Ordering::Relaxed),
            // Ready for a query.
            b'Z' => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn authentication(&mut self, asked: i32) -> Result<(), Halt> {
        let is_scram = self.body.windows(13).any(|name| name == b"SCRAM-SHA-256");
        let method = match asked {
            // "You are in", without a question before it.
            0 if !self.was_asked => "none",
            3 => "password",
            5 => "md5",
            7 => "gss",
            9 => "sspi",
            10 if is_scram => "scram-sha-256",
            10 => "oauth",
            // The rest of what was begun.
            _ => return Ok(()),
        };
        self.was_asked = true;
        match &self.methods {
            Some(methods) if !methods.allow(method) => Err(Halt::Forbidden(Forbidden(method))),
            Some(_) | None => Ok(()),
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "none" => f.write_str("the server lets us in without asking who we are"),
            method => write!(f, "the server wants method {method}"),
        }
    }
}

impl std::error::Error for Forbidden {}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], length.as_slice(), body].concat()
    }

    #[test]
    fn the_process_is_read_from_bytes_in_any_pieces() {
        let login = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'S', &[b'x'; 3000]),
            message(b'K', &[0, 0, 1, 2, 9, 9, 9, 9]),
            message(b'Z', b"I"),
            message(b'K', &[0, 0, 0, 7, 9, 9, 9, 9]),
        ]
        .concat();
        for size in [1, 2, 3, 7, 5000] {
            let (mut watch, told) = Watch::new(None);
            let mut over = false;
            for piece in login.chunks(size) {
                over = over || !watch.see(piece).unwrap();
                if over {
                    break;
                }
            }
            assert!(over);
            assert_eq!(told.get(), 258, "in pieces of {size}");
        }
    }

    #[test]
    fn a_method_that_is_not_allowed_stops_the_login() {
        for (asked, allowed, forbidden) in [
            (3_i32, "scram-sha-256", true),
            (3, "password,md5", false),
            (5, "!md5", true),
            (5, "!password", false),
            (0, "scram-sha-256", true),
            (0, "none", false),
        ] {
            let (mut watch, _) = Watch::new(Some(Methods::read(allowed).unwrap()));
            let seen = watch.see(&message(b'R', &asked.to_be_bytes()));
            assert_eq!(seen.is_err(), forbidden, "{asked} {allowed}");
        }
        let (mut watch, _) = Watch::new(Some(Methods::read("scram-sha-256").unwrap()));
        let scram = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
        watch.see(&scram).unwrap();
        watch.see(&message(b'R', &[0, 0, 0, 0])).unwrap();
    }
}
