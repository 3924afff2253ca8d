//! Where the processors were during one migration: theirs and the server's, as a flame graph and as shares.
//! `perf` looks at all processes of the machine, so nothing else should run on it.

mod shares;

use crate::contestant;
use crate::options::Options;
use crate::report::Profile;
use anyhow::{Context, Result, bail};
use inferno::collapse::Collapse;
use inferno::collapse::perf::Folder;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};

/// Looks a second and processor: no multiple of what happens regularly.
const LOOKS: u32 = 499;

/// What is counted between two looks: nanoseconds of a processor, on virtual machines too.
const CLOCK: &str = "cpu-clock";

/// In seconds. Each look is weighted by what was counted since the one before.
const NANOSECOND: f64 = 1e-9;

/// Bytes of a stack that are kept with each look, from which its callers are found.
const STACK: &str = "dwarf,16384";

/// Narrower frames are not drawn, in percent.
const NARROWEST: f64 = 0.1;

/// Records one migration without a comparison.
///
/// # Errors
/// When `perf` is not there, may not look at other processes, or the migration fails.
pub(crate) fn record(options: &Options, source: &Path) -> Result<Profile> {
    let folder = tempfile::tempdir().context("make a folder to work in")?;
    let looks = folder.path().join("perf.data");
    let mut perf = Command::new("perf");
    perf.args(["record", "--quiet", "--all-cpus", "--call-graph", STACK])
        .args(["--event", CLOCK, "--freq", &LOOKS.to_string()])
        .arg("--output")
        .arg(&looks)
        .arg("--");
    let seconds = contestant::profiled(options, source, perf)?;
    let folded = fold(&looks)?;
    let shares = shares::of(&folded, NANOSECOND);
    if shares.is_empty() {
        bail!("perf has seen nothing; see /proc/sys/kernel/perf_event_paranoid");
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Profile { seconds, processors, shares, picture: draw(&folded)? })
}

/// Returns one line for each stack: its frames from the process on, and its nanoseconds.
fn fold(looks: &Path) -> Result<String> {
    let mut script = Command::new("perf")
        .args(["script", "--no-inline", "--input"])
        .arg(looks)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("start perf script")?;
    let output = script.stdout.take().context("perf script has an output")?;
    let mut folded = Vec::new();
    Folder::default().collapse(BufReader::new(output), &mut folded).context("read the stacks")?;
    script.wait().context("wait for perf script")?;
    String::from_utf8(folded).context("names of functions are texts")
}

fn draw(folded: &str) -> Result<String> {
    let mut options = inferno::flamegraph::Options::default();
    "Where the processors were: Sealift and PostgreSQL".clone_into(&mut options.title);
    "ns".clone_into(&mut options.count_name);
    options.min_width = NARROWEST;
    options.hash = true;
    options.deterministic = true;
    let busy = folded.lines().filter(|line| !shares::is_idle(line));
    let mut picture = Vec::new();
    inferno::flamegraph::from_lines(&mut options, busy, &mut picture).context("draw the stacks")?;
    String::from_utf8(picture).context("a picture is a text")
}
