//! What is typed.

use crate::data::Shape;
use clap::Parser;
use std::path::PathBuf;

/// Race Sealift against the limit of a PostgreSQL server on this machine
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// URL of the server, on this machine: it reads files from our disk, and its processes are looked at
    #[arg(long)]
    pub(crate) url: String,
    /// The `sealift` that is raced
    #[arg(long)]
    pub(crate) sealift: PathBuf,
    /// Where the report goes
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Where databases are made and kept for the next time
    #[arg(long)]
    pub(crate) cache: PathBuf,
    /// Where the peers' scripts are; without it, no peer races
    #[arg(long)]
    pub(crate) peers: Option<PathBuf>,
    /// The Python that the peers' packages are installed for
    #[arg(long, default_value = "python3")]
    pub(crate) python: PathBuf,
    /// What the server was started with, as a word for the report
    #[arg(long, default_value = "as it is")]
    pub(crate) profile: String,
    /// The commit that `sealift` was built from, for the report
    #[arg(long)]
    pub(crate) commit: Option<String>,
    /// Runs of each contestant, in turn
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: usize,
    /// Runs of each contestant of the main race, whose medians the promises are about [default: as --runs]
    #[arg(long)]
    pub(crate) main_runs: Option<usize>,
    /// Readers and connections of Sealift, and sessions of the limit [default: one a processor]
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    /// Megabytes of the main race's database
    #[arg(long, default_value_t = 1024)]
    pub(crate) size: u32,
    /// What the main race's database holds
    #[arg(long, value_enum, default_value_t = Shape::Shop)]
    pub(crate) shape: Shape,
    /// A database of your own for the main race
    #[arg(long, value_name = "FILE")]
    pub(crate) source: Option<PathBuf>,
    /// Only make the databases, to have them for the next time
    #[arg(long)]
    pub(crate) only_make: bool,
    /// Also record where the processors were during one migration of the main race's database, with perf
    #[arg(long)]
    pub(crate) flame: bool,
    /// Leave the main race
    #[arg(long)]
    pub(crate) without_main: bool,
    /// Also race several sizes of the same database
    #[arg(long)]
    pub(crate) linear: bool,
    /// The sizes of --linear, in megabytes
    #[arg(long, value_delimiter = ',', value_name = "MB,…", default_values_t = [102, 1024, 10240])]
    pub(crate) linear_sizes: Vec<u32>,
    /// Also race databases of every other shape
    #[arg(long)]
    pub(crate) shapes: bool,
    /// Megabytes of each of --shapes; `blob` and `tables` have sizes of their own
    #[arg(long, default_value_t = 256)]
    pub(crate) shape_size: u32,
    /// Also race over slow networks
    #[arg(long)]
    pub(crate) network: bool,
    /// Megabytes of --network
    #[arg(long, default_value_t = 100)]
    pub(crate) network_size: u32,
}

/// Write a report's pages and pictures anew from its raw numbers; nothing races
#[derive(Debug, Parser)]
pub(crate) struct Again {
    /// The folder of the report
    #[arg(long, value_name = "FOLDER")]
    pub(crate) again: PathBuf,
}

impl Options {
    /// Makes paths absolute: commands run in folders of their own.
    pub(crate) fn absolute(mut self) -> std::io::Result<Self> {
        let given = [&mut self.sealift, &mut self.cache].into_iter();
        for path in given.chain(&mut self.peers).chain(&mut self.source) {
            *path = std::path::absolute(&*path)?;
        }
        // A word without a folder is looked up in PATH.
        if self.python.components().count() > 1 {
            self.python = std::path::absolute(&self.python)?;
        }
        Ok(self)
    }

    /// Returns how many readers, connections and sessions there are at once.
    pub(crate) fn jobs(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(2, usize::from);
        self.jobs.unwrap_or_else(processors)
    }
}
