//! A PostgreSQL server of a test's own, which may be stopped and started again under its clients.

mod place;
mod process;
mod programs;
mod settings;
mod template;
#[cfg(test)]
mod tests;

use crate::database::{Database, database_on, on_own_thread};
use crate::port::free_port;
use place::Place;
use process::Process;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

pub use process::StopMode;
pub use settings::ServerSettings;

/// How often another port is tried when somebody else has taken the one that was free.
const ATTEMPTS: u32 = 5;

/// The role that owns everything on the server.
const ROLE: &str = "postgres";

/// A running server with data of its own. Dropping it stops it and deletes the data.
#[derive(Debug)]
pub struct Server {
    place: Place,
    port: u16,
    password: Option<String>,
    process: Option<Process>,
}

impl Server {
    /// Starts a server that lets everybody in; [`ServerSettings`] has others.
    ///
    /// # Panics
    ///
    /// Panics when PostgreSQL's programs are missing or do not work.
    #[must_use]
    pub fn start() -> Self {
        ServerSettings::new().start()
    }

    /// Starts a server for the first time.
    fn start_in(place: Place, password: Option<String>) -> Self {
        let mut server = Self { place, port: 0, password, process: None };
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            server.process = Process::start(&server.place, server.port);
            if server.process.is_some() {
                return server;
            }
        }
        fail(&format!("the server did not start: {}", server.log()));
    }

    /// Starts a hot standby of this server, which must let everybody in.
    ///
    /// # Panics
    ///
    /// Panics when it cannot be made.
    #[must_use]
    pub fn standby(&self) -> Self {
        Self::start_in(Place::following(&self.place, self.port), None)
    }

    /// Returns the URL of a database as role `postgres`, with the password where there is one.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let password = self.password.as_deref().map(percent_encoded);
        let password = password.map(|password| format!(":{password}")).unwrap_or_default();
        format!("postgresql://{ROLE}{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database for the calling test.
    ///
    /// # Panics
    ///
    /// Panics when the server is stopped.
    #[must_use]
    pub fn database(&self) -> Database {
        on_own_thread(database_on(self.url("postgres")))
    }

    /// Returns where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Returns the port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the folder of the server's Unix socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.place.folder()
    }

    /// Returns the folder with the data.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        self.place.data()
    }

    /// Returns what the server has written to its log since it was made.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.place.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Adds lines to `postgresql.conf`, for the next start.
    ///
    /// # Panics
    ///
    /// Panics when the file cannot be written.
    pub fn configure(&self, lines: &str) {
        self.place.configure(lines);
    }

    /// Writes a file into the data, for the next start; only the server can read it.
    ///
    /// # Panics
    ///
    /// Panics when it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        self.place.write(name, text);
    }

    /// Stops the server and waits for its end. The data stay.
    ///
    /// # Panics
    ///
    /// Panics when it does not run, or does not stop.
    pub fn stop(&mut self, mode: StopMode) {
        let Some(process) = self.process.take() else { fail("the server does not run") };
        if !process.stop(mode) {
            fail(&format!("the server did not stop: {}", self.log()));
        }
    }

    /// Starts a stopped server again: the same port, the same data.
    ///
    /// # Panics
    ///
    /// Panics when it runs already, or does not start.
    pub fn start_again(&mut self) {
        if self.process.is_some() {
            fail("the server runs already");
        }
        self.process = Process::start(&self.place, self.port);
        if self.process.is_none() {
            fail(&format!("the server did not start again: {}", self.log()));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(StopMode::Immediate);
        }
    }
}

/// Returns a text as a part of a URL.
fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}

#[expect(clippy::panic, reason = "a helper fails its test by panicking")]
#[track_caller]
fn fail(what: &str) -> ! {
    panic!("{what}")
}
