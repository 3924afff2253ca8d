//! Applications of two frameworks, made by these on SQLite, moved, and asked on PostgreSQL by the same
//! framework: it finds no difference, gives the same answers, and goes on with new rows.
//!
//! `tests/apps/requirements.txt` names their packages, which come from PyPI once and stay below `target`.

mod django;
mod sqlalchemy;

use crate::environment::{Output, TestEnvironment};
use sealift_testkit::Database;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said where there is no Python to run them: a test that is left out would be none.
const NO_PYTHON: &str = "these tests need Python 3.10 or later with its module venv: on Debian and Ubuntu \
                         apt-get install python3-venv, which scripts/setup does";

/// An application and where it is kept.
struct App {
    python: PathBuf,
    folder: PathBuf,
    /// Variables that its settings look at.
    variables: &'static [(&'static str, &'static str)],
    environment: TestEnvironment,
    database: Database,
}

impl App {
    /// Returns an application of `tests/apps`, with a database of its own that is empty.
    fn new(name: &str, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            python: python(),
            folder: folder().join(name),
            variables,
            environment: TestEnvironment::new(),
            database: sealift_testkit::database_blocking(),
        }
    }

    fn sqlite(&self) -> String {
        self.environment.folder().join("app.db").display().to_string()
    }

    fn postgres(&self) -> String {
        self.database.url.clone()
    }

    /// Runs Python with the application's files and one of its databases; returns what it printed.
    #[track_caller]
    fn python(&self, arguments: &[&str], database: &str) -> String {
        let output = Command::new(&self.python)
            .args(arguments)
            .current_dir(&self.folder)
            .env("APP_DATABASE", database)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1")
            .envs(self.variables.iter().copied())
            .output()
            .expect("run python");
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?} on {database}: {out}{err}");
        out.into_owned()
    }

    /// Migrates the file into the database.
    fn migrate(&self, more: &[&str]) -> Output {
        let url = self.postgres();
        let command = ["migrate", "app.db", "--no-backup", "--verify", "cells", "--to", &url];
        self.environment.run(&[&command[..], more].concat())
    }

    #[track_caller]
    fn migrates(&self, more: &[&str]) {
        let output = self.migrate(more);
        assert_eq!(output.status, 0, "{output}");
    }

    /// Asks both databases, and adds rows to the new one.
    #[track_caller]
    fn answers_alike_and_grows(&self) {
        let of_sqlite = self.python(&["answers.py"], &self.sqlite());
        let of_postgres = self.python(&["answers.py"], &self.postgres());
        assert!(of_sqlite.lines().count() > 20, "{of_sqlite}");
        for (expected, actual) in of_sqlite.lines().zip(of_postgres.lines()) {
            assert_eq!(expected, actual);
        }
        assert_eq!(of_sqlite, of_postgres);
        assert_eq!(self.python(&["grow.py"], &self.postgres()).trim(), "grown");
    }
}

/// Returns the folder of the applications.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps")
}

/// Returns the Python that has the packages of the applications.
pub(crate) fn python() -> PathBuf {
    python_with(&folder().join("requirements.txt"), "apps-python")
}

/// Returns the Python of an environment that has the packages of a list; the first one who asks makes it, in a
/// folder below `target`.
pub(crate) fn python_with(requirements: &Path, kept_in: &str) -> PathBuf {
    let wanted = std::fs::read_to_string(requirements).expect("read the requirements");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(kept_in);
    std::fs::create_dir_all(&folder).expect("make a folder");
    // Tests are processes of their own.
    let lock = File::create(folder.join("lock")).expect("make a lock");
    lock.lock().expect("take the lock");
    let python = folder.join("venv/bin/python");
    let installed = folder.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let venv = folder.join("venv");
    let mut make = Command::new("python3");
    succeeds(make.args(["-m", "venv", "--clear"]).arg(&venv), NO_PYTHON);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    succeeds(
        install.arg(requirements),
        "the packages of tests/apps come from PyPI, which must be reachable",
    );
    std::fs::write(&installed, wanted).expect("note what is installed");
    python
}

/// Returns where the files of a package are, `name==version`, without the packages that it needs: some tests read only
/// what a project ships. The first one who asks fetches it.
pub(crate) fn package(requirement: &str) -> PathBuf {
    let python = python();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apps-packages").join(requirement);
    std::fs::create_dir_all(&folder).expect("make a folder");
    let lock = File::create(folder.join("lock")).expect("make a lock");
    lock.lock().expect("take the lock");
    let files = folder.join("files");
    let complete = folder.join("complete");
    if !complete.exists() {
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.args(["--no-deps", "--no-compile", "--upgrade", "--target"]).arg(&files);
        succeeds(install.arg(requirement), "it comes from PyPI, which must be reachable");
        std::fs::write(&complete, "").expect("note that it is there");
    }
    files
}

fn succeeds(command: &mut Command, hint: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {hint}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}; {hint}");
}
