//! A `sealift` that runs beside the test, so that it can be stopped when something has happened.

use crate::environment::TestEnvironment;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a test waits for something that a run on a slow machine reaches in a tenth of it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A command under way. It is killed with the test, should the test end first.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stderr: String,
}

impl Running {
    /// Starts `sealift` with `--progress json`.
    pub(crate) fn start(environment: &TestEnvironment, arguments: &[&str]) -> Self {
        let mut command = environment.command(arguments);
        command.args(["--progress", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start sealift");
        let stderr = child.stderr.take().expect("stderr is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for an event of `--progress json`.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) {
        self.until_line(what, |line| {
            serde_json::from_str(line).is_ok_and(|event: Value| wanted(&event))
        });
    }

    /// Waits for a line of stderr, and returns it.
    pub(crate) fn until_line(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self
                .lines
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("it ended before {what}: {}", self.seen.join("\n")));
            let met = wanted(&line);
            self.seen.push(line.clone());
            if met {
                return line;
            }
        }
    }

    /// Waits until a query answers `t`.
    pub(crate) fn until_true(&mut self, database: &sealift_testkit::Database, query: &str) {
        let deadline = Instant::now() + PATIENCE;
        while database.query_text_blocking(query) != [[Some("t".to_owned())]] {
            let ended = self.child.try_wait().expect("ask for the state of sealift");
            assert!(ended.is_none(), "it ended before {query}: {}", self.seen.join("\n"));
            assert!(Instant::now() < deadline, "waited in vain for {query}");
        }
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        let ended = self.child.try_wait().expect("ask for the state of sealift");
        assert!(ended.is_none(), "it ended before it was killed: {}", self.seen.join("\n"));
        self.child.kill().expect("kill sealift");
    }

    /// Sends SIGTERM or SIGINT by name.
    pub(crate) fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(status.expect("run kill").success());
    }

    /// Waits for so many events and then some time; returns `false` when it has ended by then.
    pub(super) fn reaches(&mut self, events: usize, later: Duration) -> bool {
        for _ in 0..events {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(_) => return false,
            }
        }
        let deadline = Instant::now() + later;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        self.child.try_wait().expect("ask for the state of sealift").is_none()
    }

    /// Waits for its end, but not for ever.
    pub(crate) fn end_within(mut self, patience: Duration) -> Ended {
        let deadline = Instant::now() + patience;
        // Its stderr is closed when it ends.
        while let Ok(line) =
            self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.seen.push(line);
        }
        assert!(Instant::now() < deadline, "it does not end: {}", self.seen.join("\n"));
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.child.wait().expect("wait for sealift").code();
        let mut seen = std::mem::take(&mut self.seen);
        seen.extend(self.lines.iter());
        Ended { status, stderr: seen.join("\n") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has ended, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
