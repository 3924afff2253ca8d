//! The data of a test's server: a copy of a template that is made once for all tests.

use super::ROLE;
use super::programs::{Programs, run};
use crate::fixture::project_root;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// The longest folder that a Unix socket fits into: `sun_path` has 108 bytes on Linux and 104 on
/// macOS, of which the socket's name takes 16.
const LONGEST_FOLDER: usize = 86;

/// A folder with a server's data, its socket and its log. Goes away with the value.
#[derive(Debug)]
pub(super) struct Cluster {
    folder: TempDir,
}

impl Cluster {
    /// Returns data of a server that was never started.
    pub(super) fn new(programs: &Programs) -> Self {
        let cluster = Self { folder: short_folder() };
        let template = template(programs);
        copy(&template, &cluster.data());
        fs::set_permissions(cluster.data(), Permissions::from_mode(0o700))
            .expect("close the data to others");
        programs.own(cluster.folder());
        cluster
    }

    /// Returns the folder that everything is in.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder().join("log")
    }

    /// Writes what every server of a test has, then what this one has. With `fsync` off and
    /// `synchronous_commit` on, what was committed outlives the server, though not the machine.
    pub(super) fn configure(&self, more: &str) {
        let folder = self.folder().display();
        let lines = format!(
            "listen_addresses = '127.0.0.1'
             unix_socket_directories = '{folder}'
             max_connections = 100
             shared_buffers = 32MB
             fsync = off
             full_page_writes = off
             max_prepared_transactions = 10
             {more}\n"
        );
        let file = File::options().append(true).open(self.data().join("postgresql.conf"));
        let mut file = file.expect("open postgresql.conf");
        file.write_all(lines.as_bytes()).expect("write postgresql.conf");
    }

    /// Gives the role a password and wants it from everybody.
    ///
    /// By the server's single-user mode, so that no log ever holds the password.
    pub(super) fn require_password(&self, programs: &Programs, password: &str) {
        let mut command = programs.command("postgres");
        command.arg("--single").arg("-D").arg(self.data()).arg("postgres");
        command.current_dir(self.folder()).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("start postgres --single");
        let statement = format!("alter role {ROLE} password '{}'\n", password.replace('\'', "''"));
        let mut input = process.stdin.take().expect("its input is piped");
        input.write_all(statement.as_bytes()).expect("write to postgres --single");
        drop(input);
        let status = process.wait().expect("wait for postgres --single");
        assert!(status.success(), "postgres --single ended with {status}");
        let rules = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(self.data().join("pg_hba.conf"), rules).expect("write pg_hba.conf");
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

/// Returns a folder whose path leaves room for a socket's name.
fn short_folder() -> TempDir {
    let make = |parent: &Path| {
        tempfile::Builder::new()
            .prefix("sealift-pg-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
    };
    let usual = std::env::temp_dir();
    let parent =
        if usual.as_os_str().len() + 20 > LONGEST_FOLDER { Path::new("/tmp") } else { &usual };
    make(parent).expect("make a temporary folder")
}

/// Returns data as `initdb` makes them. They are kept below `target/`: `initdb` takes longer than all
/// the rest of a server's start.
fn template(programs: &Programs) -> PathBuf {
    let kept = project_root().join("target/test-clusters");
    fs::create_dir_all(&kept).expect("make target/test-clusters");
    let name = programs.fingerprint();
    let template = kept.join(&name);
    let lock = File::create(kept.join(format!("{name}.lock"))).expect("make a lock file");
    lock.lock().expect("wait for the lock of the template");
    if !template.join("PG_VERSION").is_file() {
        let folder = short_folder();
        programs.own(folder.path());
        make(programs, folder.path());
        let unfinished = kept.join(format!("{name}.new"));
        // What a killed test has left.
        drop(fs::remove_dir_all(&unfinished));
        copy(&folder.path().join("data"), &unfinished);
        fs::rename(&unfinished, &template).expect("give the template its name");
    }
    template
}

fn make(programs: &Programs, folder: &Path) {
    let initdb = |locale: &str| {
        let mut command = programs.command("initdb");
        command.args(["-D", "data", "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        command.args(["--locale", locale]).current_dir(folder);
        command
    };
    // Not every system has C.UTF-8.
    let made = initdb("C.UTF-8").output().is_ok_and(|output| output.status.success());
    if !made {
        run(&mut initdb("C"));
    }
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("make a folder");
    for entry in fs::read_dir(from).expect("read a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("copy a file");
        }
    }
}
