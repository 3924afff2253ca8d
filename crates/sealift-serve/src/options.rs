//! [`ServeOptions`]: what a server is asked to do.

use crate::access::Token;
use crate::watch::Watch;
use sealift_engine::postgres::{Endpoint, PoolSettings};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a server needs to know.
#[derive(Debug)]
pub struct ServeOptions {
    /// Where it listens.
    pub listen: Listen,
    /// Certificate and key, for TLS.
    pub tls: Option<TlsFiles>,
    /// Who has it may look. Without one the server listens on this machine only.
    pub token: Option<Token>,
    /// Whose health is told.
    pub database: Database,
    /// The migration that is shown, if there is one.
    pub watch: Watch,
}

/// Where a server listens.
#[derive(Debug)]
pub enum Listen {
    /// At an address; port 0 is any that is free.
    Address(SocketAddr),
    /// On a socket that somebody else has bound already, as systemd does.
    Socket(std::net::TcpListener),
}

/// The files of a server that speaks TLS, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to its issuer.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Whose health is told.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a server has one, which it takes apart at once")]
pub enum Database {
    /// A PostgreSQL server.
    PostgreSql {
        /// Where it is.
        endpoint: Endpoint,
        /// How many sessions are kept, and for how long.
        pool: PoolSettings,
    },
    /// A SQLite file, as long as no server is configured.
    Sqlite(PathBuf),
}
