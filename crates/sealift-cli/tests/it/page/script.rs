//! A script in the browser, beside the test that gives it something to look at.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// For what takes a tenth of it on a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A script under way. It is killed with the test, should the test end first.
pub(super) struct Script {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

impl Script {
    /// Starts a script. Its first line says that the browser is there.
    pub(super) fn start(name: &str) -> Self {
        let file = root().join("crates/sealift-serve/tests/browser").join(format!("{name}.mjs"));
        let mut command = Command::new("node");
        command.arg(file).env("SEALIFT_BROWSER", folder());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("node is there: Debian has it with npm");
        let output = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            drop(stderr.read_to_string(&mut text));
            text
        });
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, lines, errors: Some(errors) }
    }

    /// Waits until the script says that it has come so far.
    pub(super) fn until(&mut self, word: &str) {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => assert_eq!(line, word, "{}", self.name),
            Err(_) => {
                let errors = self.errors();
                panic!("{} did not say {word}: {errors}", self.name)
            }
        }
    }

    /// Tells the script something.
    pub(super) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("stdin is piped");
        writeln!(input, "{line}").expect("the script listens");
    }

    /// Waits until the script has ended, and well.
    pub(super) fn passes(mut self) {
        self.until("passed");
    }

    fn errors(&mut self) -> String {
        drop(self.child.kill());
        let errors = self.errors.take().map(JoinHandle::join);
        errors.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Its end is the browser's.
        drop(self.input.take());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the folder of the browser, which is fetched once.
fn folder() -> PathBuf {
    let output = Command::new(root().join("scripts/browser")).arg("fetch").output();
    let output = output.expect("run scripts/browser");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path is UTF-8").trim())
}
