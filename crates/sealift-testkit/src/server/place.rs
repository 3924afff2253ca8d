//! The folder of a test's server: its data, its socket and its log.

use super::ROLE;
use super::programs::{Programs, run};
use super::template::make_data;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// What every server of a test has. With `fsync` off and `synchronous_commit` on, what was committed
/// outlives the server, though not the machine.
const CONFIGURATION: &str = "
    listen_addresses = '127.0.0.1'
    max_connections = 100
    shared_buffers = 32MB
    fsync = off
    full_page_writes = off
    max_prepared_transactions = 10";

/// A folder that goes away with the value.
#[derive(Debug)]
pub(super) struct Place {
    programs: Programs,
    folder: TempDir,
}

impl Place {
    /// Returns the data of a server that was never started.
    pub(super) fn new(programs: Programs) -> Self {
        let place = Self::empty(programs);
        make_data(&place.programs, &place.data());
        fs::set_permissions(place.data(), Permissions::from_mode(0o700))
            .expect("close the data to others");
        place.programs.user().own(&place.data());
        place.configure(CONFIGURATION);
        place
    }

    /// Returns a copy of the data of a running server, which will follow it.
    pub(super) fn following(primary: &Self, port: u16) -> Self {
        let place = Self::empty(primary.programs.clone());
        let mut command = place.programs.command("pg_basebackup", place.folder());
        command.args(["-D", "data", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", ROLE]);
        run(command.args(["-R", "-X", "stream", "-c", "fast", "--no-sync"]));
        place
    }

    fn empty(programs: Programs) -> Self {
        let folder = programs.user().folder("sealift-pg-");
        Self { programs, folder }
    }

    pub(super) fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Returns the folder that everything is in, and the socket itself.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// Returns the file with what the server says.
    pub(super) fn log(&self) -> PathBuf {
        self.folder().join("log")
    }

    /// Adds lines to `postgresql.conf`; of several lines about one thing, the last one wins.
    pub(super) fn configure(&self, lines: &str) {
        let file = File::options().append(true).open(self.data().join("postgresql.conf"));
        let mut file = file.expect("open postgresql.conf");
        file.write_all(format!("{lines}\n").as_bytes()).expect("write postgresql.conf");
    }

    /// Writes a file of the data.
    pub(super) fn write(&self, name: &str, text: &str) {
        self.programs.user().write(&self.data().join(name), text);
    }

    /// Gives the role a password and wants it from everybody.
    ///
    /// By the server's single-user mode, so that no log ever holds the password.
    pub(super) fn require_password(&self, password: &str) {
        let mut command = self.programs.command("postgres", self.folder());
        command.args(["--single", "-D", "data", "postgres"]).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("start postgres --single");
        let statement = format!("alter role {ROLE} password '{}'\n", password.replace('\'', "''"));
        let mut input = process.stdin.take().expect("its input is piped");
        input.write_all(statement.as_bytes()).expect("write to postgres --single");
        drop(input);
        let status = process.wait().expect("wait for postgres --single");
        assert!(status.success(), "postgres --single ended with {status}");
        let rules = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n";
        self.write("pg_hba.conf", rules);
    }

    /// Returns whether the server of this process takes connections: the eighth line of
    /// `postmaster.pid` says so, and the first whose it is.
    pub(super) fn is_ready(&self, pid: u32) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines();
        lines.next().is_some_and(|line| line.trim() == pid.to_string())
            && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }
}
