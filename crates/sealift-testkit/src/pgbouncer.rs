//! A PgBouncer of a test's own.

use crate::port::free_port;
use crate::user::ServerUser;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running pooler in front of a server, ended with the value.
#[derive(Debug)]
pub struct PgBouncer {
    process: Child,
    port: u16,
    _place: TempDir,
}

impl PgBouncer {
    /// Starts one in front of the server that listens on a port of this machine. `mode` is `session`,
    /// `transaction` or `statement`; `settings` are more lines for its configuration.
    ///
    /// # Panics
    ///
    /// Panics when there is none, or it does not start.
    #[must_use]
    pub fn start(server_port: u16, mode: &str, settings: &str) -> Self {
        Self::start_with(|port, folder| {
            format!(
                "[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = any\nauth_file =\nlogfile = {}/log\npool_mode = {mode}\n{settings}\n",
                folder.display()
            )
        })
    }

    /// Starts one with a configuration that is made for its port and a folder that it may write to.
    ///
    /// # Panics
    ///
    /// Panics when there is none, or it does not start.
    #[must_use]
    pub fn start_with(configuration: impl FnOnce(u16, &Path) -> String) -> Self {
        let user = ServerUser::find();
        let place = user.folder("sealift-pgbouncer-");
        let port = free_port();
        let file = place.path().join("pgbouncer.ini");
        user.write(&file, &configuration(port, place.path()));
        let process = user
            .command(&program())
            .arg("-q")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start PgBouncer");
        let bouncer = Self { process, port, _place: place };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "PgBouncer does not listen on port {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
        bouncer
    }

    /// Returns the port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It ends at once; when it has ended already there is nothing to do.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Debian puts it where only root's PATH looks.
fn program() -> PathBuf {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    folders
        .iter()
        .map(|folder| Path::new(folder).join("pgbouncer"))
        .find(|program| program.exists())
        .expect("no PgBouncer for tests; Debian: apt-get install pgbouncer")
}
