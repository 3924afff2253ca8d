//! Whether a server runs, told from its data folder, and which ports are free.

use super::files::{Place, io};
use crate::{Error, ErrorKind, Result};
use rand::Rng;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The ports of managed servers: recognizable, and below those of outgoing connections.
const PORTS: RangeInclusive<u16> = 15432..=19999;

/// How many ports are tried. Were half of them taken, all draws would miss once in 10^30.
const DRAWS: u32 = 100;

/// Returns the process and the port of the server that runs on these data, if one does.
pub(super) fn running(place: &Place) -> Option<(u32, u16)> {
    let (pid, port) = read_pid_file(&place.data())?;
    is_server_of(pid, port, &place.data()).then_some((pid, port))
}

/// Reads `postmaster.pid`: the process in its first line, the port in its fourth.
fn read_pid_file(data: &Path) -> Option<(u32, u16)> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    let port = lines.nth(2)?.trim().parse().ok()?;
    Some((pid, port))
}

/// Returns whether a process is the server of these data: a server works in its data folder. After a
/// crash, another program may have got its number.
fn is_server_of(pid: u32, port: u16, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if !Path::new("/proc/self").exists() {
        // No Linux: whoever listens on the port is taken for the server.
        return !is_free(port);
    }
    match (process.join("cwd").read_link(), data.canonicalize()) {
        (Ok(folder), Ok(data)) => folder == data,
        // The server runs as us or we are root, so a process closed to us is not it.
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// The number of a process that there is not: above the highest on Linux (4194304) and macOS (99999).
const NO_PROCESS: i32 = i32::MAX - 1;

/// Makes `postmaster.pid` of a server that is gone harmless. PostgreSQL takes such a file for stale
/// itself, unless the number of the process is another program's now, or that of a zombie: then it
/// refuses to start. The rest of the file stays: by it, PostgreSQL notices processes of the old
/// server that still work on the data. The lock file of the socket guards nothing but the socket.
pub(super) fn disarm_stale_pid(place: &Place) -> Result<()> {
    let file = place.data().join("postmaster.pid");
    let Some((pid, port)) = read_pid_file(&place.data()) else {
        return Ok(());
    };
    // Seen from a container, a server outside has no process here, but its port may be.
    let is_taken = PathBuf::from(format!("/proc/{pid}")).exists();
    if !is_taken || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return Ok(());
    }
    place.delete_sockets()?;
    let text = std::fs::read_to_string(&file).map_err(|error| io("read", &file, error))?;
    let (_, rest) = text.split_once('\n').unwrap_or_default();
    std::fs::write(&file, format!("{NO_PROCESS}\n{rest}"))
        .map_err(|error| io("write", &file, error))
}

/// Returns whether nobody listens to a port of loopback.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Returns a port that is free now.
///
/// It is not one that the system gives to outgoing connections (from 32768 on Linux), since it should
/// still be free at the next start; and it is drawn by lot, so that the servers of two projects, of
/// which one is stopped, seldom meet.
pub(super) fn free_port() -> Result<u16> {
    let mut lot = rand::rng();
    (0..DRAWS)
        .map(|_| lot.random_range(PORTS))
        .find(|port| is_free(*port))
        .ok_or_else(|| Error::new(ErrorKind::Local, "found no free port on 127.0.0.1"))
}
