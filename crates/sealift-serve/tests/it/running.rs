//! A server of the test's own, which stops with it.

use crate::client::Client;
use sealift_engine::ops::Cancel;
use sealift_engine::postgres::{Defaults, Endpoint, PoolSettings};
use sealift_serve::{Database, Listen, ServeOptions, Server, Token, Watch};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A server that answers.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) url: String,
    pub(crate) cancel: Cancel,
    pub(crate) task: JoinHandle<sealift_engine::Result<()>>,
}

/// Returns a PostgreSQL database by its URL.
pub(crate) fn postgres(url: &str) -> Database {
    let endpoint = Endpoint::parse(url, &Defaults::default()).expect("an address");
    Database::PostgreSql { endpoint, pool: PoolSettings::default() }
}

/// Returns what a server on any free port of this machine takes.
pub(crate) fn options(database: Database) -> ServeOptions {
    let listen = Listen::Address("127.0.0.1:0".parse().expect("an address"));
    ServeOptions { listen, tls: None, token: None, database, watch: Watch::new() }
}

/// Returns a token that is long enough.
pub(crate) fn token() -> Token {
    Token::new(TOKEN).expect("a token")
}

/// What [`token`] is.
pub(crate) const TOKEN: &str = "0123456789abcdef";

impl Running {
    /// Starts a server.
    pub(crate) async fn start(options: ServeOptions) -> Self {
        let server = Server::bind(options).await.expect("bind a free port");
        let (address, url, cancel) = (server.address(), server.url(), Cancel::new());
        let task = tokio::spawn(server.run(cancel.clone()));
        Self { address, url, cancel, task }
    }

    /// Starts a server for a database.
    pub(crate) async fn of(database: Database) -> Self {
        Self::start(options(database)).await
    }

    /// Connects to it.
    pub(crate) async fn client(&self) -> Client<TcpStream> {
        Client::connect(self.address).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
