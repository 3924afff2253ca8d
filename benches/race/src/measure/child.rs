//! A command, watched until it ends.

use super::proc::{self, Stat};
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often memory is looked at. Each process tells the most it ever held, so little is missed: only
/// what the last look of a process does not know.
const EVERY: Duration = Duration::from_millis(20);

/// What a command took.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) seconds: f64,
    /// Seconds of the processor, of the command and all that it started.
    pub(crate) processor: f64,
    /// The most memory that it and what it started held, in bytes: the sum over the processes that
    /// lived at once of what each had ever held.
    pub(crate) peak_memory: u64,
    /// What it wrote.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Returns the last lines of what it said, for a failure.
    pub(crate) fn last_words(&self) -> String {
        let lines = self.stderr.lines().chain(self.stdout.lines());
        let lines: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
        let from = lines.len().saturating_sub(3);
        lines.get(from..).unwrap_or_default().join(" / ")
    }
}

/// Runs a command to its end. Its children are counted in our own statistics, so only one may run at
/// a time.
pub(crate) fn watch(command: &mut Command) -> Result<Ended> {
    let mut stdout = tempfile::tempfile().context("make a file for the output")?;
    let mut stderr = tempfile::tempfile().context("make a file for the output")?;
    let before = children_ticks();
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()
        .with_context(|| format!("start {}", command.get_program().display()))?;
    let mut peak_memory = 0;
    let status = loop {
        peak_memory = std::cmp::max(peak_memory, memory_of_all(child.id()));
        if let Some(status) = child.try_wait().context("wait for the command")? {
            break status;
        }
        std::thread::sleep(EVERY);
    };
    let seconds = began.elapsed().as_secs_f64();
    let processor = proc::seconds(children_ticks().saturating_sub(before));
    let (stdout, stderr) = (text(&mut stdout)?, text(&mut stderr)?);
    Ok(Ended { status, seconds, processor, peak_memory, stdout, stderr })
}

fn text(file: &mut std::fs::File) -> Result<String> {
    use std::io::{Read, Seek};
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn children_ticks() -> u64 {
    Stat::of("self").map_or(0, |stat| stat.ended_children)
}

/// Returns the high-water marks of a process and all below it.
fn memory_of_all(root: u32) -> u64 {
    let processes = proc::all();
    let mut family = HashSet::from([root]);
    // A child's number is not always the larger one, so it is looked until nobody is found any more.
    loop {
        let before = family.len();
        for (process, stat) in &processes {
            if family.contains(&stat.parent) {
                family.insert(*process);
            }
        }
        if family.len() == before {
            break;
        }
    }
    family.into_iter().filter_map(proc::high_water).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_watched_with_what_it_starts() {
        let script = "echo out; echo err >&2; sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; exit 3";
        let ended = watch(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(ended.last_words(), "err / out");
        assert!(ended.processor > 0.0, "the inner shell's time is counted");
        assert!(ended.peak_memory > 0);
    }

    #[test]
    fn a_command_that_is_not_there_is_an_error() {
        assert!(watch(&mut Command::new("no-such-command-anywhere")).is_err());
    }
}
