//! [`TestEnvironment`]: a folder of its own, no variable but those a test sets.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a test runs commands.
pub(crate) struct TestEnvironment {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a command wrote and how it ended; shown with what changes from run to run replaced.
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
    folder: PathBuf,
}

impl TestEnvironment {
    /// Returns an empty folder, in which nothing is set.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("make a folder");
        Self { folder, variables: Vec::new() }
    }

    /// Sets a variable for the commands that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).expect("write a file");
    }

    /// Runs a script on a SQLite file of the folder, which is made when it is not there.
    pub(crate) fn sqlite(&self, name: &str, script: &str) {
        let connection = rusqlite::Connection::open(self.folder().join(name)).expect("open a file");
        connection.execute_batch(script).expect("run the script");
    }

    /// Returns the command `sealift` with arguments, to be run in the folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealift"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.env("HOME", self.folder()).env("USER", "tester");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(std::process::Stdio::null());
        command
    }

    /// Runs `sealift` with arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.output(self.command(arguments).output().expect("run sealift"))
    }

    /// Returns what a command that was run here wrote.
    pub(crate) fn output(&self, output: std::process::Output) -> Output {
        Output {
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
            status: output.status.code().unwrap_or(-1),
            folder: self.folder().to_owned(),
        }
    }
}

impl Output {
    /// Returns stdout as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not JSON ({error}): {}", self.stdout))
    }

    fn normalised(&self, text: &str) -> String {
        let folder = self.folder.to_string_lossy();
        times(&text.replace(&*folder, "[folder]"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout = self.normalised(&self.stdout);
        let stderr = self.normalised(&self.stderr);
        if !stdout.is_empty() {
            write!(f, "{stdout}")?;
        }
        if !stderr.is_empty() {
            write!(f, "--- stderr\n{stderr}")?;
        }
        write!(f, "--- status {}", self.status)
    }
}

/// Replaces `12 ms`, `3.4 s` and `2 min` by `[time]`.
pub(crate) fn times(text: &str) -> String {
    let mut result = Vec::new();
    for line in text.split('\n') {
        // How long a migration is estimated to take.
        if line.starts_with("under a second") || line.contains(" s at the usual rates: ") {
            result.push("[estimate]".to_owned());
            continue;
        }
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let unit = word.trim_end_matches([',', ';', ')', '.']);
            let number = words.last().is_some_and(|last| {
                last.starts_with(|c: char| c.is_ascii_digit()) && last.parse::<f64>().is_ok()
            });
            if number && matches!(unit, "ms" | "s" | "min") {
                words.pop();
                words.push(format!("[time]{}", word.replacen(unit, "", 1)));
            } else {
                words.push(word.to_owned());
            }
        }
        result.push(words.join(" "));
    }
    result.join("\n")
}

#[test]
fn times_are_replaced_and_other_numbers_stay() {
    assert_eq!(times("3 rows in 12 ms, 4.5 s; 7 sums"), "3 rows in [time], [time]; 7 sums");
}
