//! `local`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Run a PostgreSQL server of your own, without root or a package
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift local start
  psql \"$(sealift local url)\"")]
pub(crate) struct LocalArgs {
    #[command(subcommand)]
    pub(crate) action: LocalAction,
    /// Where the server keeps its data [default: .sealift/pg]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// What to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum LocalAction {
    /// Start it, making it first if need be
    #[command(after_help = "\
Examples:
  sealift local start
  sealift local start --dir /var/tmp/pg")]
    Start,
    /// Shut it down; the data stays
    #[command(after_help = "\
Examples:
  sealift local stop
  sealift local stop --dir /var/tmp/pg")]
    Stop,
    /// Say whether it runs
    #[command(after_help = "\
Examples:
  sealift local status
  sealift local status --json")]
    Status,
    /// Print its URL, password included, for psql or the application
    #[command(after_help = "\
Examples:
  psql \"$(sealift local url)\"
  DATABASE_URL=$(sealift local url) python app.py")]
    Url,
    /// Stop it and delete its data
    #[command(after_help = "\
Examples:
  sealift local reset --yes
  sealift local reset --yes --dir /var/tmp/pg")]
    Reset {
        /// Do not ask before deleting
        #[arg(short, long)]
        yes: bool,
    },
}
