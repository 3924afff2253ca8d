//! A server that asks for a password and logs every statement, a file with markers in it, and runs that
//! are watched from outside.

use super::evidence::{Evidence, Place};
use crate::environment::TestEnvironment;
use sealift_testkit::{Database, Server, ServerSettings, StopMode};
use std::fs::{self, File};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// Holds what is special in URLs, keyword strings, password files and shells. Each of its words is
/// searched for by itself, so that no encoding of the rest hides it.
pub(super) const PASSWORD: &str =
    "Kern1a@Kern2b:Kern3c/Kern4d?Kern5e 'Kern6f\\Kern7g%Kern8hü#Kern9i";

/// Stands in cells.
pub(super) const CELL: &str = "cElLmArKeR";

/// Stands in keys.
pub(super) const KEY: &str = "kEyMaRkEr";

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What every statement leaves in the server's log.
const TALKATIVE: &str = "
    log_statement = all
    log_connections = on
    log_min_duration_statement = 0
    log_min_messages = info
    log_error_verbosity = verbose
    track_activity_query_size = 1MB
";

/// A folder with `app.db`, and a database on a server of its own.
pub(super) struct Scene {
    pub(super) environment: TestEnvironment,
    pub(super) database: Database,
    pub(super) server: Server,
}

impl Scene {
    /// Makes `app.db` with a script, in which `CELL` and `KEY` stand for the markers.
    pub(super) fn new(script: &str) -> Self {
        let server = ServerSettings::new().password(PASSWORD).configure(TALKATIVE).start();
        let environment = TestEnvironment::new();
        environment.sqlite("app.db", &script.replace("CELL", CELL).replace("KEY", KEY));
        Self { environment, database: server.database(), server }
    }

    pub(super) fn url(&self) -> String {
        self.server.url(&self.database.name)
    }

    pub(super) fn url_without_password(&self) -> String {
        format!("postgresql://postgres@{}/{}", self.server.address(), self.database.name)
    }

    /// Closes a file of the folder to others.
    pub(super) fn close(&self, name: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.environment.folder().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("close a file");
    }

    /// Changes the role's password behind the back of whoever has the URL.
    pub(super) fn stop_and_want(&mut self, password: &str) {
        let sql = format!("alter role postgres password '{password}'");
        self.database.execute_blocking(&sql);
        self.server.stop(StopMode::Fast);
        self.server.start_again();
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Evidence {
        self.watch(arguments, None)
    }

    /// Runs a command, and kills it as soon as a query answers `t`.
    pub(super) fn run_until(&self, arguments: &[&str], query: &str) -> Evidence {
        self.watch(arguments, Some(query))
    }

    fn watch(&self, arguments: &[&str], until: Option<&str>) -> Evidence {
        let folder = tempfile::tempdir().expect("make a folder");
        let (stdout, stderr) = (folder.path().join("stdout"), folder.path().join("stderr"));
        let log_before = self.server.log().len();
        let mut command = self.environment.command(arguments);
        command.stdout(File::create(&stdout).expect("make a file"));
        command.stderr(File::create(&stderr).expect("make a file"));
        let begins_again = arguments.iter().any(|argument| argument.contains("Kern"));
        let mut child = command.spawn().expect("start sealift");
        let mut evidence = Evidence::default();
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait().expect("ask for the state of sealift").is_none() {
            assert!(Instant::now() < deadline, "it does not end: {arguments:?}");
            look_at_process(&child, begins_again, &mut evidence);
            self.look_at_activity(&mut evidence);
            if until.is_some_and(|query| self.is_true(query)) {
                child.kill().expect("kill sealift");
                break;
            }
        }
        evidence.status = child.wait().expect("wait for sealift").code();
        evidence.add_file(Place::Stdout, &stdout);
        evidence.add_file(Place::Stderr, &stderr);
        self.gather(&self.environment.folder().join(".sealift"), &mut evidence);
        let log = self.server.log();
        evidence.add(Place::ServerLog, log.get(log_before..).unwrap_or(&log).as_bytes());
        self.dump_state(&mut evidence);
        evidence
    }

    fn can_connect(&self) -> bool {
        !self.server.log().contains("alter role postgres password")
    }

    fn is_true(&self, query: &str) -> bool {
        self.database.query_text_blocking(query) == [[Some("t".to_owned())]]
    }

    fn look_at_activity(&self, evidence: &mut Evidence) {
        if self.can_connect() {
            let sql = "select datname, application_name, query from pg_stat_activity";
            let rows = self.database.query_text_blocking(sql);
            evidence.add(Place::Activity, format!("{rows:?}").as_bytes());
        }
    }

    fn dump_state(&self, evidence: &mut Evidence) {
        if !self.can_connect() {
            return;
        }
        for table in ["run", "range", "step"] {
            if self.is_true(&format!("select to_regclass('_sealift.{table}') is not null")) {
                let rows = format!("select t::text from _sealift.{table} t");
                let rows = self.database.query_text_blocking(&rows);
                evidence.add(Place::State, format!("{rows:?}").as_bytes());
            }
        }
    }

    /// Takes every file that Sealift has left in its folder.
    fn gather(&self, folder: &Path, evidence: &mut Evidence) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                self.gather(&entry.path(), evidence);
            } else if name.starts_with("log") {
                evidence.add_file(Place::Log, &entry.path());
            } else {
                evidence.add_file(Place::Papers, &entry.path());
            }
        }
    }
}

/// Looks at a process as others on the machine may. One whose arguments hold a password begins again
/// without it; before that it has done nothing, and cannot be helped.
fn look_at_process(child: &Child, begins_again: bool, evidence: &mut Evidence) {
    let process = format!("/proc/{}", child.id());
    let read = |name: &str| fs::read(format!("{process}/{name}")).unwrap_or_default();
    let environment = read("environ");
    let text = String::from_utf8_lossy(&environment);
    if begins_again && !text.contains("SEALIFT_HANDOVER=") {
        return;
    }
    // Between the two the process may have ended, and is then a zombie without arguments.
    let arguments = read("cmdline");
    if arguments.is_empty() {
        return;
    }
    evidence.samples += 1;
    evidence.add(Place::Processes, &arguments);
    if begins_again {
        // It has got nothing by its environment, so nothing may be in there now.
        evidence.add(Place::Processes, &environment);
    }
    for task in fs::read_dir(format!("{process}/task")).into_iter().flatten().flatten() {
        let name = fs::read(task.path().join("comm")).unwrap_or_default();
        evidence.add(Place::Processes, &name);
    }
    if evidence.samples == 1 {
        let ps = std::process::Command::new("ps")
            .args(["-ww", "-o", "args", "-p", &child.id().to_string()])
            .output();
        evidence.add(Place::Processes, &ps.expect("run ps").stdout);
    }
}
