//! How a server differs from one that lets everybody in.

use super::Server;
use super::place::Place;
use super::programs::Programs;

/// What is said about a server before it starts.
#[derive(Debug, Clone, Default)]
pub struct ServerSettings {
    version: Option<u32>,
    password: Option<String>,
    configuration: String,
    files: Vec<(String, String)>,
}

impl ServerSettings {
    /// Returns the settings of a server that is of the installed version, lets everybody in, and does
    /// not speak TLS.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a major version, of those that `scripts/servers` keeps.
    #[must_use]
    pub fn version(mut self, major: u32) -> Self {
        self.version = Some(major);
        self
    }

    /// Gives role `postgres` a password, and wants one from everybody, by SCRAM.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Adds lines to `postgresql.conf`, which win over those that every server of a test has.
    #[must_use]
    pub fn configure(mut self, lines: &str) -> Self {
        self.configuration.push_str(lines);
        self.configuration.push('\n');
        self
    }

    /// Writes a file into the data, as `pg_hba.conf`; only the server can read it.
    #[must_use]
    pub fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Offers TLS with a certificate and its key.
    #[must_use]
    pub fn certificate(self, certificate: &str, key: &str) -> Self {
        self.file("server.crt", certificate).file("server.key", key).configure("ssl = on")
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// Panics when PostgreSQL's programs are missing or do not work.
    #[must_use]
    pub fn start(self) -> Server {
        let place = Place::new(self.version.map_or_else(Programs::installed, Programs::of_version));
        if let Some(password) = &self.password {
            place.require_password(password);
        }
        place.configure(&self.configuration);
        for (name, text) in &self.files {
            place.write(name, text);
        }
        Server::start_in(place, self.password)
    }
}
