//! [`World`]: the servers that provocations share, started when one of them is needed.

use sealift_testkit::{Server, ServerSettings};
use std::process::Command;
use std::sync::OnceLock;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// A certificate that is its own authority, for localhost.
pub(crate) const CERTIFICATE: &str =
    include_str!("../../../../sealift-engine/tests/it/tls/kept/server.crt");
const KEY: &str = include_str!("../../../../sealift-engine/tests/it/tls/kept/server.key");

/// Who may log in to the guarded server, and how.
const RULES: &str = "
    local all peered peer
    host all postgres 127.0.0.1/32 trust
    host all app 127.0.0.1/32 trust
    host all guarded 127.0.0.1/32 scram-sha-256
    hostssl all covered 127.0.0.1/32 trust
    hostssl all certified 127.0.0.1/32 cert
";

const ROLES: &str = "create role app login; create role covered login; create role certified login;
    create role peered login; create role guarded login password 'right'";

/// The servers.
#[derive(Default)]
pub(crate) struct World {
    open: OnceLock<Server>,
    guarded: OnceLock<Server>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Returns a server that lets everybody in, has no TLS, and has a role `app` without rights.
    pub(crate) fn open(&self) -> &Server {
        self.open.get_or_init(|| {
            let server = Server::start();
            execute(&server, &["create role app login", "create database app owner app"]);
            server
        })
    }

    /// Returns a server with TLS and rules about who may log in.
    pub(crate) fn guarded(&self) -> &Server {
        self.guarded.get_or_init(|| {
            let server = ServerSettings::new()
                .certificate(CERTIFICATE, KEY)
                .configure("ssl_ca_file = 'server.crt'\nssl_min_protocol_version = 'TLSv1.3'")
                .file("pg_hba.conf", RULES)
                .start();
            execute(&server, &[ROLES]);
            server
        })
    }
}

/// Runs statements on a server, each in a transaction of its own.
pub(crate) fn execute(server: &Server, statements: &[&str]) {
    execute_in(server, "postgres", statements);
}

/// The same in a database.
pub(crate) fn execute_in(server: &Server, database: &str, statements: &[&str]) {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url(database)]);
    for statement in statements {
        command.args(["-c", statement]);
    }
    let output = command.output().expect("psql comes with PostgreSQL");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns the URL of a database as another role.
pub(crate) fn url(server: &Server, role: &str, database: &str) -> String {
    server.url(database).replace("postgres@", &format!("{role}@"))
}

/// A connection that stays open until the value goes.
pub(crate) struct Held {
    _runtime: Runtime,
    _client: Client,
}

impl Held {
    /// Connects and asks something: a pooler gives a process of the server away only then. `None` when the
    /// server refuses.
    pub(crate) fn open(url: &str) -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("start a runtime");
        let connecting = tokio_postgres::connect(url, NoTls);
        let (client, connection) = runtime.block_on(connecting).ok()?;
        drop(runtime.spawn(connection));
        runtime.block_on(client.batch_execute("select 1")).ok()?;
        Some(Self { _runtime: runtime, _client: client })
    }

    /// Connects until the server takes no more.
    pub(crate) fn fill(url: &str) -> Vec<Self> {
        let held: Vec<Self> = std::iter::from_fn(|| Self::open(url)).collect();
        assert!(!held.is_empty(), "the server took nobody");
        held
    }
}
