//! One run of the command, with its own report and the memory it took.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run took.
#[derive(Debug)]
pub(crate) struct Run {
    /// Wall time of the whole process.
    pub(crate) seconds: f64,
    /// As the report names them.
    pub(crate) phases: Vec<(String, f64)>,
    /// Rows copied.
    pub(crate) rows: u64,
    /// The most memory it ever held, in bytes: `VmHWM`, mapped files included. 0 where the system
    /// does not tell.
    pub(crate) peak_memory: u64,
}

/// Migrates `source` into a schema of the database at `url` with the given build of the command.
///
/// # Panics
///
/// Panics when the run fails.
pub(crate) fn migrate(
    command: &Path,
    source: &Path,
    url: &str,
    schema: &str,
    options: &[&str],
) -> Run {
    let report = tempfile::NamedTempFile::new().expect("make a file for the report");
    let began = Instant::now();
    let mut child = Command::new(command)
        .args(["migrate", "--json", "--into", "recreate", "--yes", "--schema", schema])
        .args(["--to", url])
        .args(options)
        .arg(source)
        .current_dir(source.parent().expect("the database is in a folder"))
        .stdout(report.reopen().expect("open the file for the report"))
        .stderr(Stdio::null())
        .spawn()
        .expect("start sealift");
    let peak_memory = watch(&mut child);
    let seconds = began.elapsed().as_secs_f64();
    let text = std::fs::read(report.path()).expect("read the report");
    let report: serde_json::Value =
        serde_json::from_slice(&text).expect("sealift prints its report as JSON");
    assert_eq!(report["status"], "ok", "the migration ended well");
    let phases = report["phases"].as_array().expect("the report has phases");
    Run {
        seconds,
        phases: phases
            .iter()
            .map(|phase| {
                let name = phase["name"].as_str().unwrap_or_default().to_owned();
                (name, phase["seconds"].as_f64().unwrap_or_default())
            })
            .collect(),
        rows: report["rows"].as_u64().unwrap_or_default(),
        peak_memory,
    }
}

/// Waits for the end. The peak only ever grows, so looking often is exact enough.
fn watch(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(found) = std::fs::read_to_string(&status).ok().as_deref().and_then(high_water) {
            peak = found;
        }
        if child.try_wait().expect("wait for sealift").is_some() {
            return peak;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
