//! Ports that servers of tests listen on.

use std::net::{Ipv4Addr, TcpListener};

/// Returns a port that is free now, and not among those that outgoing connections get (from 32768 on
/// Linux), so that it is still free when the server starts again.
///
/// # Panics
///
/// Panics when none is found.
#[expect(clippy::panic, reason = "a helper fails its test by panicking")]
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u64 = 12_000;
    for _ in 0..1000 {
        let port = FIRST + u16::try_from(crate::lot() % COUNT).expect("below 12000");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}
