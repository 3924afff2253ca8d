//! A PostgreSQL server of a test's own, from any folder of programs.

use crate::fixture::project_root;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A cluster with its data, stopped and deleted with the value.
#[derive(Debug)]
pub struct Cluster {
    place: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a cluster of the server that is installed, and does not start it.
    ///
    /// # Panics
    ///
    /// Panics when there is no server.
    #[must_use]
    pub fn make() -> Self {
        Self::make_with(&installed_programs())
    }

    /// Makes a cluster with the programs of a folder.
    ///
    /// # Panics
    ///
    /// Panics when `initdb` fails.
    #[must_use]
    pub fn make_with(programs: &Path) -> Self {
        let cluster = Self::empty(programs);
        cluster.run(
            "initdb",
            &["-D", &cluster.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
        );
        cluster.set(
            "max_connections = 60\nfsync = off\nlisten_addresses = '127.0.0.1'\n\
             log_min_messages = fatal\nwal_level = replica\nmax_wal_senders = 4",
        );
        cluster
    }

    fn empty(programs: &Path) -> Self {
        let place = tempfile::Builder::new()
            .prefix("sealift-cluster-")
            .tempdir_in("/tmp")
            .expect("make a folder for the cluster");
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755))
            .expect("open the folder");
        if let Some((user, group)) = server_user() {
            chown(place.path(), Some(user), Some(group)).expect("give the folder away");
        }
        Self { place, programs: programs.to_path_buf(), port: free_port() }
    }

    /// Adds lines to `postgresql.conf`.
    ///
    /// # Panics
    ///
    /// Panics when the file cannot be written.
    pub fn set(&self, lines: &str) {
        let file = self.place.path().join("data/postgresql.conf");
        let text = std::fs::read_to_string(&file).expect("read postgresql.conf");
        std::fs::write(&file, format!("{text}\n{lines}\n")).expect("write postgresql.conf");
    }

    /// Writes a file of the server's own into its data folder; nobody else can read it.
    ///
    /// # Panics
    ///
    /// Panics when it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        write_private(&self.place.path().join("data").join(name), text);
    }

    /// Starts the server, or restarts it, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// Panics when it does not start.
    pub fn start(&self) {
        let log = self.place.path().join("log");
        let options = format!("-p {} -k {}", self.port, self.place.path().display());
        self.run(
            "pg_ctl",
            &[
                "restart",
                "-w",
                "-t",
                "60",
                "-m",
                "immediate",
                "-s",
                "-D",
                &self.data(),
                "-l",
                log.to_str().expect("the path is UTF-8"),
                "-o",
                &options,
            ],
        );
    }

    /// Makes a hot standby of this running cluster, and starts it.
    ///
    /// # Panics
    ///
    /// Panics when it cannot be made.
    #[must_use]
    pub fn standby(&self) -> Self {
        let standby = Self::empty(&self.programs);
        let port = self.port.to_string();
        standby.run(
            "pg_basebackup",
            &[
                "-D",
                &standby.data(),
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        standby.start();
        standby
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the folder of the Unix socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// Returns the URL of a database, over TCP, as the role that may do anything.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn data(&self) -> String {
        self.place.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = as_server(&self.programs.join(program));
        command.args(arguments).current_dir(self.place.path());
        if program == "pg_ctl" {
            // The server would keep pipes open.
            let status = command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .status()
                .expect("run pg_ctl");
            let log = std::fs::read_to_string(self.place.path().join("log")).unwrap_or_default();
            assert!(status.success(), "pg_ctl {arguments:?} failed: {log}");
            return;
        }
        succeed(program, command.output());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = as_server(&self.programs.join("pg_ctl"));
        command.args(["stop", "-m", "immediate", "-s", "-D", &self.data()]);
        // A test that failed says more than a server that was not running.
        drop(command.current_dir("/").output());
    }
}

/// Returns a command that runs as the user that servers run as: PostgreSQL and PgBouncer refuse root.
pub(crate) fn as_server(program: &Path) -> Command {
    match server_user() {
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={user}")).arg(format!("--regid={group}"));
            command.arg("--clear-groups").arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Writes a file that only the server's user can read.
pub(crate) fn write_private(file: &Path, text: &str) {
    std::fs::write(file, text).expect("write the file");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("close the file");
    if let Some((user, group)) = server_user() {
        chown(file, Some(user), Some(group)).expect("give the file away");
    }
}

/// Returns whom a server runs as where we are root: `postgres`, else `nobody`, as `scripts/pg` has it.
pub(crate) fn server_user() -> Option<(u32, u32)> {
    let own = std::fs::metadata("/proc/self").expect("there is /proc").uid();
    if own != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("read /etc/passwd");
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields.as_slice() {
                [known, _, user, group, ..] if *known == name => {
                    Some((user.parse().ok()?, group.parse().ok()?))
                }
                _ => None,
            }
        })
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("a user for servers"))
}

/// Returns a port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("find a port");
    listener.local_addr().expect("the port is known").port()
}

/// Returns the output of a program that must not fail.
#[track_caller]
pub(crate) fn succeed(what: &str, output: std::io::Result<Output>) -> String {
    let output = output.expect("run a program");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed: {text} {errors}");
    text
}

/// Returns the programs of the PostgreSQL that is installed, all of them: `$PG_BINDIR`, else the newest in
/// the distribution's folders.
fn installed_programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("PG_BINDIR") {
        return PathBuf::from(folder);
    }
    let mut folders: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("no PostgreSQL server; Debian: apt-get install postgresql, else set PG_BINDIR")
        .filter_map(|entry| {
            let version = entry.ok()?;
            let number = version.file_name().to_str()?.parse().ok()?;
            let folder = version.path().join("bin");
            folder.join("initdb").exists().then_some((number, folder))
        })
        .collect();
    folders.sort();
    folders.pop().expect("no PostgreSQL server; Debian: apt-get install postgresql").1
}

/// Returns the programs of a major version, as `scripts/servers` keeps them.
///
/// # Panics
///
/// Panics when it was not fetched: a skipped test would be a failed test that nobody sees.
#[must_use]
pub fn programs_of_version(major: u32) -> PathBuf {
    let script = project_root().join("scripts/servers");
    let output = Command::new(script).arg("dir").arg(major.to_string()).output();
    let folder = succeed("scripts/servers (run: scripts/servers fetch)", output);
    PathBuf::from(folder.trim())
}
