//! `bench`.

use super::{SelectArgs, SourceArgs, TargetArgs};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use sealift_core::bench::Load;
use std::path::PathBuf;

/// Measure what an application gets out of SQLite and of PostgreSQL, with 1 to 64 users at once
#[derive(Debug, Args)]
#[command(after_help = "\
The users read rows by key, by foreign key and by index, insert copies of rows under new keys, and change
columns, with the tables of the file at hand. Each of them has a connection. Measured are a copy of the file
with a rollback journal, one with a write-ahead log, and its tables on PostgreSQL, migrated into a schema of
its own, sealift_bench_…; all three are removed again, also when it fails or is stopped. The file itself and
the target's tables are not touched. --schema means nothing here.
Exit status 1 when nothing can be measured, 4 when it is stopped.

Examples:
  sealift bench app.db --to postgresql://app@db.example.com/app
  sealift bench app.db --to local --users 1,8,64 --svg bench.svg")]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// How many users at once, step by step
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1,2,4,8,16,32,64",
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) users: Vec<u16>,
    /// What they do: reads, writes, or a mix of four reads to one write
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "reads,writes,mix",
        value_parser = load())]
    pub(crate) loads: Vec<Load>,
    /// How long each step is measured, after warming up
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) seconds: f64,
    /// How long all of it may take; what is not measured by then is left out
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub(crate) max_time: f64,
    /// How long a user waits for a lock before the operation counts as a lock error; Python's sqlite3 waits 5
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = wait)]
    pub(crate) busy_timeout: f64,
    /// Choose rows by this number: the same number chooses the same rows
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,
    /// Make the copies of the file in this folder, which should be on the disk that the application uses
    /// [default: .sealift]
    #[arg(long, value_name = "DIR")]
    pub(crate) copies: Option<PathBuf>,
    /// Draw throughput and latency into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Write bench.json and bench.svg into this folder, which is made
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
}

/// Reads what may follow `--loads`, which stands in the help.
fn load() -> impl TypedValueParser<Value = Load> {
    PossibleValuesParser::new(Load::ALL.map(Load::name)).try_map(|name| name.parse::<Load>())
}

/// The longest time that may be given, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// Returns a time over zero.
fn seconds(text: &str) -> Result<f64, String> {
    let time = wait(text)?;
    if time > 0.0 { Ok(time) } else { Err("it has to be more than 0".to_owned()) }
}

/// Returns a time that may be zero.
fn wait(text: &str) -> Result<f64, String> {
    let time: f64 = text.parse().map_err(|_| "it is no number of seconds".to_owned())?;
    if (0.0..=LONGEST).contains(&time) {
        Ok(time)
    } else {
        Err(format!("it is not between 0 and {LONGEST}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_between_nothing_and_a_day() {
        assert_eq!((seconds("0.3"), wait("0")), (Ok(0.3), Ok(0.0)));
        for text in ["0", "-1", "86401", "nan", "inf", "soon"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
