//! A PostgreSQL server of a test's own, which may be stopped and started again under its clients.

mod cluster;
mod programs;

use crate::database::{Database, database_on, on_own_thread};
use cluster::Cluster;
use programs::Programs;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start or to stop. One on a slow machine takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often another port is tried when somebody else has taken the one that was free.
const ATTEMPTS: u32 = 5;

/// The role that owns everything on the server.
const ROLE: &str = "postgres";

/// A running server with data of its own. Dropping it stops it and deletes the data.
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    cluster: Cluster,
    port: u16,
    password: Option<String>,
    process: Option<Child>,
}

/// How a server differs from one that lets everybody in and keeps nothing safe.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServerSettings<'a> {
    /// How clients log in.
    pub login: Login<'a>,
    /// More lines for `postgresql.conf`, which win over those that every test server has.
    pub configuration: &'a str,
}

/// How clients log in as `postgres`.
#[derive(Debug, Clone, Copy, Default)]
pub enum Login<'a> {
    /// Everybody is let in.
    #[default]
    Trust,
    /// With this password, by SCRAM.
    Password(&'a str),
}

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

impl Server {
    /// Starts a server that lets everybody in.
    ///
    /// # Panics
    ///
    /// Panics when PostgreSQL's programs are missing or do not work.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&ServerSettings::default())
    }

    /// Starts a server with settings.
    ///
    /// # Panics
    ///
    /// Panics when PostgreSQL's programs are missing or do not work.
    #[must_use]
    pub fn start_with(settings: &ServerSettings<'_>) -> Self {
        let programs = Programs::find();
        let cluster = Cluster::new(&programs);
        let password = match settings.login {
            Login::Trust => None,
            Login::Password(password) => {
                cluster.require_password(&programs, password);
                Some(password.to_owned())
            }
        };
        cluster.configure(settings.configuration);
        let mut server = Self { programs, cluster, port: 0, password, process: None };
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        fail(&format!("the server did not start: {}", server.log()));
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

    /// Returns the folder of the server's Unix socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        self.cluster.folder()
    }

    /// Returns the folder with the data.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        self.cluster.data()
    }

    /// Returns what the server has written to its log since it was made.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.cluster.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Stops the server and waits for its end. The data stay.
    ///
    /// # Panics
    ///
    /// Panics when it does not run, or does not stop.
    pub fn stop(&mut self, mode: StopMode) {
        let Some(process) = self.process.take() else { fail("the server does not run") };
        if !end(process, mode) {
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
        if !self.try_start() {
            fail(&format!("the server did not start again: {}", self.log()));
        }
    }

    /// Starts the server and waits until it takes connections; `false` when it ended instead.
    ///
    /// The server is a child in the test's own process group: whoever ends the group, as Ctrl-C and
    /// nextest's timeout do, ends the server with it.
    fn try_start(&mut self) -> bool {
        let log = File::options().create(true).append(true).open(self.cluster.log());
        let log = log.expect("open the server's log");
        let mut command = self.programs.command("postgres");
        command.arg("-D").arg(self.cluster.data()).args(["-p", &self.port.to_string()]);
        command.current_dir(self.cluster.folder()).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("share the server's log")).stderr(log);
        let mut process = command.spawn().expect("start postgres");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if process.try_wait().expect("ask for the state of the server").is_some() {
                return false;
            }
            if self.cluster.is_ready(process.id()) {
                self.process = Some(process);
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        end(process, StopMode::Immediate);
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            end(process, StopMode::Immediate);
        }
    }
}

/// Asks a server to stop and waits for it; kills it and returns `false` when it does not.
fn end(mut process: Child, mode: StopMode) -> bool {
    let pid = process.id().to_string();
    // It may have ended by itself, which is no failure to stop it.
    drop(Command::new("kill").args(["-s", mode.signal(), &pid]).status());
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Ok(Some(_)) = process.try_wait() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(process.kill());
    drop(process.wait());
    false
}

/// Returns a port that is free now, and not among those that outgoing connections get (from 32768 on
/// Linux), so that it is still free when the server starts again.
fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u64 = 12_000;
    for _ in 0..1000 {
        let port = FIRST + u16::try_from(crate::lot() % COUNT).expect("below 12000");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    fail("no port is free");
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::NoTls;

    #[test]
    fn what_was_committed_is_there_after_a_crash() {
        let mut server = Server::start();
        let database = server.database();
        database.execute_blocking("create table t as select 7 as a");
        for mode in [StopMode::Immediate, StopMode::Fast, StopMode::Smart] {
            server.stop(mode);
            server.start_again();
            let rows = database.query_text_blocking("select a from t");
            assert_eq!(rows, [[Some("7".to_owned())]], "{mode:?}");
        }
        assert!(server.log().contains("immediate shutdown"), "{}", server.log());
        assert!(server.data_directory().join("PG_VERSION").is_file());
    }

    #[tokio::test]
    async fn a_stopped_server_has_thrown_its_clients_out() {
        let mut server = Server::start();
        let (client, connection) =
            tokio_postgres::connect(&server.url("postgres"), NoTls).await.unwrap();
        let task = tokio::spawn(connection);
        client.batch_execute("select 1").await.unwrap();
        server.stop(StopMode::Fast);
        assert!(client.batch_execute("select 1").await.is_err());
        assert!(task.await.unwrap().is_err());
    }

    #[tokio::test]
    async fn a_password_is_asked_for_and_may_hold_anything() {
        let password = "p@ss:w/rd 'ü%";
        let settings = ServerSettings { login: Login::Password(password), configuration: "" };
        let server = Server::start_with(&settings);
        let right = tokio_postgres::connect(&server.url("postgres"), NoTls).await;
        drop(right.unwrap());
        let wrong = format!("postgresql://postgres:wrong@127.0.0.1:{}/postgres", server.port);
        let refused = tokio_postgres::connect(&wrong, NoTls).await.err().unwrap();
        assert_eq!(refused.code().unwrap().code(), "28P01");
        assert!(!server.log().contains("p@ss"), "{}", server.log());
    }

    #[test]
    fn its_folder_is_gone_with_it() {
        let server = Server::start();
        let folder = server.socket_folder().to_owned();
        let address = server.address();
        assert!(folder.join(format!(".s.PGSQL.{}", address.port())).exists());
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(address).is_err());
    }

    #[test]
    fn more_lines_of_configuration_win() {
        let settings = ServerSettings { configuration: "fsync = on", ..ServerSettings::default() };
        let server = Server::start_with(&settings);
        let fsync = server.database().query_text_blocking("show fsync");
        assert_eq!(fsync, [[Some("on".to_owned())]]);
    }
}
