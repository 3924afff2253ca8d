//! Sealift itself.

use super::{Effort, Track};
use crate::limit::Limit;
use crate::measure::{Ended, watch};
use crate::network::Line;
use crate::options::Options;
use crate::report::{Estimate, Phase};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a migration without a comparison is started.
pub(super) const UNVERIFIED: [&str; 3] = ["--verify", "none", "--no-backup"];

/// What we read of the report of `migrate --json`.
#[derive(Debug, Deserialize)]
struct Report {
    status: String,
    phases: Vec<Phase>,
}

/// What we read of `plan --to URL --json`. A build that predicts nothing has no estimate.
#[derive(Debug, Deserialize)]
struct Plan {
    estimate: Option<Estimate>,
}

/// Migrates the source with the given options.
pub(super) fn run(track: &Track<'_>, schema: &str, given: &[&str]) -> Result<Effort> {
    let url = track.line.map_or_else(|| track.options.url.clone(), Line::url);
    let sealift = Command::new(&track.options.sealift);
    let ended = migrate(track.options, sealift, track.source, &url, schema, given)?;
    let report = serde_json::from_str::<Report>(&ended.stdout).ok();
    let failure = match &report {
        Some(report) if ended.status.success() && report.status == "ok" => None,
        _ => Some(ended.last_words()),
    };
    Ok(Effort {
        seconds: ended.seconds,
        phases: report.map(|report| report.phases).unwrap_or_default(),
        client_processor: ended.processor,
        peak_memory: ended.peak_memory,
        failure,
    })
}

/// Makes the migration that the limit is taken from.
pub(crate) fn reference(options: &Options, source: &Path) -> Result<()> {
    let sealift = Command::new(&options.sealift);
    let ended = migrate(options, sealift, source, &options.url, Limit::reference(), &UNVERIFIED)?;
    if !ended.status.success() {
        bail!("the reference migration failed: {}", ended.last_words());
    }
    Ok(())
}

/// Migrates without a comparison under a command that starts another; returns the seconds.
pub(crate) fn profiled(options: &Options, source: &Path, mut under: Command) -> Result<f64> {
    under.arg(&options.sealift);
    let ended = migrate(options, under, source, &options.url, super::SCHEMA, &UNVERIFIED)?;
    if !ended.status.success() {
        bail!("the migration failed: {}", ended.last_words());
    }
    Ok(ended.seconds)
}

fn migrate(
    options: &Options,
    mut sealift: Command,
    source: &Path,
    url: &str,
    schema: &str,
    given: &[&str],
) -> Result<Ended> {
    // Where `.sealift` may be written.
    let folder = tempfile::tempdir().context("make a folder to work in")?;
    let backups = backups(source);
    let ended = watch(
        sealift
            .args(["migrate", "--json", "--progress", "none", "--into", "recreate", "--yes"])
            .args(["--schema", schema, "--jobs", &options.jobs().to_string(), "--to", url])
            .args(given)
            .arg(source)
            .current_dir(folder.path()),
    )?;
    for backup in self::backups(source).difference(&backups) {
        std::fs::remove_file(backup).context("remove a backup")?;
    }
    Ok(ended)
}

/// Asks for the time and the room that `plan` predicts.
pub(crate) fn estimate(options: &Options, source: &Path) -> Result<Option<Estimate>> {
    let folder = tempfile::tempdir().context("make a folder to work in")?;
    let ended = watch(
        Command::new(&options.sealift)
            .args(["plan", "--json", "--to", &options.url, "--schema", super::SCHEMA])
            .args(["--jobs", &options.jobs().to_string()])
            .arg(source)
            .current_dir(folder.path()),
    )?;
    Ok(predicted(&ended.stdout))
}

fn predicted(plan: &str) -> Option<Estimate> {
    serde_json::from_str::<Plan>(plan).ok()?.estimate
}

/// Returns the backups beside a file: those that a run adds are removed.
fn backups(source: &Path) -> BTreeSet<PathBuf> {
    let entries = source.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    paths.filter(|path| path.to_string_lossy().contains(".backup.")).collect()
}

#[cfg(test)]
mod tests {
    use super::predicted;

    #[test]
    fn a_prediction_is_read_from_the_plan_where_there_is_one() {
        let plan = r#"{"tables": [], "estimate": {"seconds": 2.5, "bytes": 7, "wal_bytes": 1,
                       "phases": [{"name": "copy", "seconds": 2}]}}"#;
        let estimate = predicted(plan).unwrap();
        assert_eq!((estimate.seconds, estimate.bytes), (2.5, 7));
        assert_eq!(estimate.phases[0].name, "copy");
        assert!(predicted("{\"tables\": []}").is_none());
        assert!(predicted("").is_none());
    }
}
