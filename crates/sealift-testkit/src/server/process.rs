//! The process of a test's server, and how it is stopped.

use super::place::Place;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start or to stop. One on a slow machine takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// Once every client has left.
    Smart,
    /// Clients are thrown out and their transactions rolled back.
    Fast,
    /// At once, as in a crash: the next start recovers from the log.
    Immediate,
}

impl StopMode {
    /// Returns the signal that means it (PostgreSQL manual, section 19.5).
    fn signal(self) -> &'static str {
        match self {
            Self::Smart => "TERM",
            Self::Fast => "INT",
            Self::Immediate => "QUIT",
        }
    }
}

/// A server that takes connections.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts the server of a place and waits until it takes connections; `None` when it ended instead.
    ///
    /// It is a child in the test's own process group: whoever ends the group, as Ctrl-C and nextest's
    /// timeout do, ends the server with it.
    pub(super) fn start(place: &Place, port: u16) -> Option<Self> {
        let log = File::options().create(true).append(true).open(place.log());
        let log = log.expect("open the server's log");
        let mut command = place.programs().command("postgres", place.folder());
        command.arg("-D").arg(place.data()).args(["-p", &port.to_string()]);
        command.arg("-k").arg(place.folder()).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("share the server's log")).stderr(log);
        let mut process = command.spawn().expect("start postgres");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if process.try_wait().expect("ask for the state of the server").is_some() {
                return None;
            }
            if place.is_ready(process.id()) {
                return Some(Self(process));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Self(process).stop(StopMode::Immediate);
        None
    }

    /// Asks the server to stop and waits for it; kills it and returns `false` when it does not.
    pub(super) fn stop(mut self, mode: StopMode) -> bool {
        let pid = self.0.id().to_string();
        // It may have ended by itself, which is no failure to stop it.
        drop(Command::new("kill").args(["-s", mode.signal(), &pid]).status());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.0.try_wait() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.0.kill());
        drop(self.0.wait());
        false
    }
}
