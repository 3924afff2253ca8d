//! One heat: everybody moves the same database, in turn, again and again.

use crate::contestant::{self, Contestant, Track};
use crate::course::{self, Course, Source};
use crate::data::Dataset;
use crate::limit::Limit;
use crate::measure::ServerProcesses;
use crate::network::Line;
use crate::options::Options;
use crate::report::{Entry, Heat, Outcome, Run};
use crate::server;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The part of the database that a sample has.
const SAMPLE: u32 = 64;

/// What the server's log may take beside the rows: `max_wal_size` of the servers that `run` starts.
const LOG_BYTES: u64 = 4 << 30;

/// Runs a heat.
pub(crate) async fn run(options: &Options, course: &Course) -> Result<Heat> {
    let (source, sample) = files(options, course)?;
    enough_room(&source, &course.contestants)?;
    println!("  the reference: one migration, taken apart, and both ways of the limit tried …");
    contestant::reference(options, &source)?;
    let expected = match &course.source {
        Source::Made(_) => rows_of(&source)?,
        Source::Given(_) => server::row_counts(&options.url, Limit::reference()).await?,
    };
    let limit = Limit::take(&options.url, options.jobs()).await?;
    let expected_of_sample = sample.as_deref().map(rows_of).transpose()?.unwrap_or_default();
    let line = course.network.map(|network| Line::start(network, &options.url)).transpose()?;
    let track = Track {
        options,
        source: &source,
        sample: sample.as_deref(),
        limit: &limit,
        line: line.as_ref(),
        server: ServerProcesses::of(&options.url).await?,
        expected: &expected,
        expected_of_sample: &expected_of_sample,
    };
    let mut entries = entries(course, &expected, &expected_of_sample);
    for number in 1..=course.runs {
        for (contestant, entry) in course.contestants.iter().zip(&mut entries) {
            if entry.runs.last().is_some_and(Run::has_failed) {
                continue;
            }
            let run = contestant.run(&track).await.with_context(|| contestant.title())?;
            say(number, course.runs, *contestant, &run);
            entry.runs.push(run);
        }
    }
    let estimate = contestant::estimate(options, &source)?;
    server::drop_schema(&options.url, Limit::reference()).await?;
    Ok(Heat {
        name: course.name.clone(),
        dataset: match course.source {
            Source::Made(dataset) => Some(dataset),
            Source::Given(_) => None,
        },
        network: course.network,
        sqlite_bytes: std::fs::metadata(&source).context("look at the database")?.len(),
        copied_bytes: limit.bytes(),
        rows: expected.values().sum(),
        limit: limit.choice.clone(),
        estimate,
        entries,
    })
}

/// Makes the databases of a heat, if they are not there.
pub(crate) fn make(options: &Options, course: &Course) -> Result<()> {
    files(options, course).map(drop)
}

/// Returns the database of the main race.
pub(crate) fn source(options: &Options) -> Result<PathBuf> {
    Ok(files(options, &course::main(options))?.0)
}

/// Returns the database, and the sample for those who need one.
fn files(options: &Options, course: &Course) -> Result<(PathBuf, Option<PathBuf>)> {
    let dataset = match &course.source {
        Source::Given(path) => {
            return Ok((path.clone(), None));
        }
        Source::Made(dataset) => *dataset,
    };
    let sampled = course.contestants.iter().any(|contestant| contestant.on_a_sample());
    let sample = sampled.then(|| {
        let megabytes = std::cmp::max(1, dataset.megabytes / SAMPLE);
        Dataset::new(dataset.shape, megabytes).file(&options.cache)
    });
    Ok((dataset.file(&options.cache)?, sample.transpose()?))
}

/// Refuses to begin what would fill the disk: the limit's files and one contestant's tables are there at
/// the same time, and a backup may be. Neither is larger than the database.
fn enough_room(source: &Path, contestants: &[Contestant]) -> Result<()> {
    let size = std::fs::metadata(source).context("find the database")?.len();
    let copies = if contestants.contains(&Contestant::AsUsed) { 3 } else { 2 };
    let needed = size * copies + std::cmp::min(LOG_BYTES, size * 4);
    let room = rustix::fs::statvfs(std::env::temp_dir()).context("ask for the disk's room")?;
    let free = room.f_bavail * room.f_frsize;
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    if free < needed {
        anyhow::bail!(
            "{:.1} GB of disk are needed, {:.1} are free",
            gigabytes(needed),
            gigabytes(free)
        );
    }
    Ok(())
}

fn entries(
    course: &Course,
    expected: &BTreeMap<String, u64>,
    of_sample: &BTreeMap<String, u64>,
) -> Vec<Entry> {
    let sum = |rows: &BTreeMap<String, u64>| rows.values().sum::<u64>() as f64;
    let times = if of_sample.is_empty() { 1.0 } else { sum(expected) / sum(of_sample) };
    let entries = course.contestants.iter().map(|contestant| Entry {
        contestant: contestant.word().to_owned(),
        title: contestant.title().to_owned(),
        times_sample: if contestant.on_a_sample() { times } else { 1.0 },
        runs: Vec::new(),
    });
    entries.collect()
}

/// Counts the rows of a SQLite file, by itself: nobody's word is taken for what was to be carried.
fn rows_of(source: &Path) -> Result<BTreeMap<String, u64>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(source, flags)?;
    let mut tables = connection.prepare(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'",
    )?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?;
    let mut counts = BTreeMap::new();
    for table in tables {
        let table = table?;
        let sql = format!("select count(*) from \"{table}\"");
        let count: u32 = connection.query_row(&sql, [], |row| row.get(0))?;
        counts.insert(table.to_lowercase(), u64::from(count));
    }
    Ok(counts)
}

fn say(number: usize, of: usize, contestant: Contestant, run: &Run) {
    let outcome = match &run.outcome {
        Outcome::Complete => String::new(),
        Outcome::Lost { tables } => format!("  rows lost in {}", tables.join(", ")),
        Outcome::Failed { why } => format!("  failed: {why}"),
    };
    println!("  run {number}/{of}  {:<32} {:>8.2} s{outcome}", contestant.title(), run.seconds);
}
