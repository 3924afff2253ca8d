//! What the race has found: raw numbers, and what is made of them.

mod markdown;
mod picture;
mod stats;
mod targets;
pub(crate) mod terminal;

use crate::data::Dataset;
use crate::limit::Choice;
use crate::measure::machine::Facts;
use crate::network::Network;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use targets::Target;

/// The file that the flame graph is written to.
const FLAME_GRAPH: &str = "profile.svg";

/// A whole race.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) facts: Facts,
    pub(crate) targets: Vec<Target>,
    pub(crate) heats: Vec<Heat>,
    pub(crate) profile: Option<Profile>,
}

/// Where the processors were during one migration without a comparison.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Wall time, somewhat longer than without being looked at.
    pub(crate) seconds: f64,
    /// Of the machine.
    pub(crate) processors: usize,
    pub(crate) shares: Vec<Share>,
    /// The flame graph, which is a file of its own.
    #[serde(skip)]
    pub(crate) picture: String,
}

/// What somebody did, and how long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) who: String,
    pub(crate) what: String,
    /// Of one processor.
    pub(crate) seconds: f64,
}

/// Everybody's runs on one database.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Heat {
    pub(crate) name: String,
    /// None for a file of the user's own.
    pub(crate) dataset: Option<Dataset>,
    /// What lay between Sealift and the server; the limit never has anything between.
    pub(crate) network: Option<Network>,
    pub(crate) sqlite_bytes: u64,
    /// Bytes of the limit's binary files.
    pub(crate) copied_bytes: u64,
    pub(crate) rows: u64,
    pub(crate) limit: Choice,
    pub(crate) estimate: Option<Estimate>,
    pub(crate) entries: Vec<Entry>,
}

/// What `sealift plan` has predicted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Estimate {
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) phases: Vec<Phase>,
    /// Of tables and indexes.
    pub(crate) bytes: u64,
}

/// A contestant's runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) contestant: String,
    pub(crate) title: String,
    /// How many times the rows of the sample that it moved the whole database has; 1 without a sample.
    /// What is shown is multiplied by it, what is stored in `runs` is as it was measured.
    pub(crate) times_sample: f64,
    pub(crate) runs: Vec<Run>,
}

/// One run, as measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Wall time of everything that counts.
    pub(crate) seconds: f64,
    pub(crate) phases: Vec<Phase>,
    /// User and system time of the command and what it started; 0 for the limit, which has no client.
    pub(crate) client_processor_seconds: f64,
    /// The same of the server's processes.
    pub(crate) server_processor_seconds: f64,
    /// Of the command and what it started.
    pub(crate) peak_memory_bytes: u64,
    /// Rows in the target afterwards.
    pub(crate) rows: u64,
    /// What tables and indexes take in the target.
    pub(crate) target_bytes: u64,
    pub(crate) outcome: Outcome,
}

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Phase {
    pub(crate) name: String,
    pub(crate) seconds: f64,
}

/// Whether all rows have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub(crate) enum Outcome {
    Complete,
    /// Tables that have fewer or more rows than the source.
    Lost {
        tables: Vec<String>,
    },
    Failed {
        why: String,
    },
}

impl Phase {
    /// Returns a phase that began then and ends now.
    pub(crate) fn since(name: &str, began: Instant) -> Self {
        Self { name: name.to_owned(), seconds: began.elapsed().as_secs_f64() }
    }
}

impl Outcome {
    /// Compares the rows of each table.
    pub(crate) fn of(expected: &BTreeMap<String, u64>, found: &BTreeMap<String, u64>) -> Self {
        let wrong = expected.iter().filter_map(|(table, rows)| {
            let there = found.get(table).copied().unwrap_or(0);
            (there != *rows).then(|| format!("{table}: {there} of {rows}"))
        });
        let tables: Vec<String> = wrong.collect();
        if tables.is_empty() { Self::Complete } else { Self::Lost { tables } }
    }
}

impl Run {
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    /// Returns the seconds of a phase, 0 when it had none.
    pub(crate) fn phase(&self, name: &str) -> f64 {
        self.phases.iter().filter(|phase| phase.name == name).map(|phase| phase.seconds).sum()
    }
}

impl Entry {
    /// Returns the runs that came to their end.
    pub(crate) fn ended(&self) -> Vec<&Run> {
        self.runs.iter().filter(|run| !run.has_failed()).collect()
    }

    /// Returns seconds over all runs that came to their end, for the whole database; none without one.
    pub(crate) fn seconds(&self) -> Option<stats::Spread> {
        self.spread(|run| run.seconds * self.times_sample)
    }

    /// Returns the spread of some number of the runs that came to their end.
    pub(crate) fn spread(&self, number: impl Fn(&Run) -> f64) -> Option<stats::Spread> {
        stats::Spread::of(self.ended().into_iter().map(number).collect())
    }

    /// Returns the most memory of any run, in bytes.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.runs.iter().map(|run| run.peak_memory_bytes).max().filter(|bytes| *bytes > 0)
    }
}

impl Heat {
    pub(crate) fn entry(&self, contestant: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.contestant == contestant)
    }

    /// Returns the median of the limit's seconds.
    pub(crate) fn limit_seconds(&self) -> Option<f64> {
        Some(self.entry("limit")?.seconds()?.median)
    }
}

impl Report {
    pub(crate) fn new(facts: Facts, heats: Vec<Heat>, profile: Option<Profile>) -> Self {
        Self { facts, targets: targets::check(&heats), heats, profile }
    }
}

/// Reads the raw numbers in a folder, and holds the promises against them anew.
pub(crate) fn read(folder: &Path) -> Result<Report> {
    let bytes = std::fs::read(folder.join("report.json")).context("read the raw numbers")?;
    let Report { facts, heats, profile, .. } =
        serde_json::from_slice(&bytes).context("understand the raw numbers")?;
    Ok(Report::new(facts, heats, profile))
}

/// Writes the report into a folder: raw numbers, a page and a picture of each heat. Returns the page.
pub(crate) fn write(report: &Report, folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).context("make a folder for the report")?;
    let json = serde_json::to_string_pretty(report).context("write the report as JSON")?;
    std::fs::write(folder.join("report.json"), json + "\n").context("write the report")?;
    for heat in &report.heats {
        let picture = picture::svg(heat).into_string();
        std::fs::write(folder.join(picture::file_name(heat)), picture)
            .context("write a picture")?;
    }
    // A report that was read again has its flame graph beside it already.
    if let Some(profile) = report.profile.as_ref().filter(|profile| !profile.picture.is_empty()) {
        std::fs::write(folder.join(FLAME_GRAPH), &profile.picture).context("write a picture")?;
    }
    let page = folder.join("report.md");
    std::fs::write(&page, markdown::page(report)).context("write the page")?;
    Ok(page)
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Shape;
    use samples::{entry, heat};

    fn report() -> Report {
        let facts = Facts {
            date: "2026-11-26".to_owned(),
            machine: vec![["processors".to_owned(), "2".to_owned()]],
            versions: vec![["pgloader".to_owned(), "3.6".to_owned()]],
            profile: "fast".to_owned(),
            server: vec![["fsync".to_owned(), "off".to_owned()]],
            jobs: 2,
        };
        let entries = vec![
            entry("limit", &[("copy", 4.0)]),
            entry("sealift-digest", &[("copy", 5.0)]),
            entry("pgloader", &[("everything", 20.0)]),
        ];
        Report::new(
            facts,
            vec![heat(Shape::Shop, 8, entries.clone()), heat(Shape::Wide, 8, entries)],
            Some(Profile {
                seconds: 2.0,
                processors: 2,
                shares: vec![Share { who: "Sealift".into(), what: "sends".into(), seconds: 1.0 }],
                picture: "<svg/>".to_owned(),
            }),
        )
    }

    #[test]
    fn a_report_is_a_page_with_a_picture_of_each_heat_beside_the_raw_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let page = std::fs::read_to_string(write(&report(), folder.path()).unwrap()).unwrap();
        for words in [
            "title of pgloader",
            "(shop-8-mb.svg)",
            "(wide-8-mb.svg)",
            "`fsync`",
            "3.6",
            "not measured",
            "| Sealift | sends | 1.00 | 25 |",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(folder.path().join("wide-8-mb.svg").exists());
        assert!(folder.path().join("profile.svg").exists());
        let json = std::fs::read(folder.path().join("report.json")).unwrap();
        let raw: Report = serde_json::from_slice(&json).unwrap();
        assert_eq!(raw.heats[1].entries[2].runs[0].seconds, 20.0);
        write(&read(folder.path()).unwrap(), folder.path()).unwrap();
        let again = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
        assert_eq!(again, page, "the pages can be made anew from the raw numbers");
        assert_eq!(std::fs::read(folder.path().join("profile.svg")).unwrap(), b"<svg/>");
    }

    #[test]
    fn a_table_that_is_short_of_a_row_or_missing_is_lost() {
        let counts = |counts: &[(&str, u64)]| {
            counts.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect()
        };
        let expected: BTreeMap<String, u64> = counts(&[("a", 2), ("b", 3)]);
        assert_eq!(
            Outcome::of(&expected, &counts(&[("a", 2), ("b", 3), ("c", 9)])),
            Outcome::Complete
        );
        let lost = Outcome::of(&expected, &counts(&[("a", 1)]));
        let tables = vec!["a: 1 of 2".to_owned(), "b: 0 of 3".to_owned()];
        assert_eq!(lost, Outcome::Lost { tables });
    }

    #[test]
    fn a_failed_run_is_in_the_raw_numbers_and_in_no_median() {
        let mut entry = entry("pgloader", &[("everything", 20.0)]);
        entry.runs.push(samples::run(&[("everything", 2.0)]));
        entry.runs[1].outcome = Outcome::Failed { why: "gone".to_owned() };
        assert_eq!(entry.seconds().unwrap().most, 20.0);
        assert_eq!(entry.seconds().unwrap().least, 20.0);
    }
}
