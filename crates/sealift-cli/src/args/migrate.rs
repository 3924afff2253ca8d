//! `migrate`.

use super::{LevelArg, LikeArgs, SelectArgs, SourceArgs, TargetArgs};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Plan, create, copy, index, verify: the whole journey, safe to repeat
#[derive(Debug, Args)]
#[command(after_help = "\
Interrupted by anything, run it again: it goes on where it was.

Examples:
  sealift migrate app.db --to postgresql://app@db.example.com/app
  sealift migrate app.db --cast 'events.at=timestamptz using unix-seconds' --strict")]
pub(crate) struct MigrateArgs {
    /// Show what would be made, like `plan`
    #[arg(long, conflicts_with = "verify_only")]
    pub(crate) dry_run: bool,
    /// Compare both sides, like `verify`
    #[arg(long)]
    pub(crate) verify_only: bool,
    /// Show how far it is on a page for browsers. Without an address: 127.0.0.1:7878, or another port of
    /// this machine where that is taken. Addresses that other machines reach need SEALIFT_TOKEN
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, conflicts_with_all = ["dry_run", "verify_only"])]
    pub(crate) serve: Option<Option<SocketAddr>>,
    #[command(flatten)]
    pub(crate) migration: MigrationArgs,
}

/// A migration: what is carried out by `migrate`, and rehearsed by `rehearse`.
#[derive(Debug, Args)]
pub(crate) struct MigrationArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) existing: ExistingArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) like: LikeArgs,
    /// Carry out a plan that was written with `plan -o`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["schema", "include", "exclude", "cast", "identifiers", "profile", "like", "on_misfit", "on_bad_date", "on_empty", "on_nul", "on_invalid_utf8", "on_orphan", "on_check"])]
    pub(crate) plan: Option<PathBuf>,
    /// Make tables, keys, indexes and views, without rows
    #[arg(long, conflicts_with = "data_only")]
    pub(crate) schema_only: bool,
    /// Copy rows into tables that exist
    #[arg(long)]
    pub(crate) data_only: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What to do with tables that are there already.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Tables that exist")]
pub(crate) struct ExistingArgs {
    /// create: refuse when a table exists. existing: fill tables that the application's own
    /// migrations made. recreate: drop what is about to be made, then make it [default: create]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) into: Option<IntoArg>,
    /// Empty existing tables first; with --into existing
    #[arg(long)]
    pub(crate) truncate: bool,
    /// Rows whose key is in the target already, with --into existing. error: refuse to start unless the
    /// table is empty. skip: the target's row stays. update: it gets the source's values. TABLE=HOW says
    /// it for one table; can be given more than once [default: error]
    #[arg(long, value_name = "[TABLE=]HOW", conflicts_with = "truncate")]
    pub(crate) on_conflict: Vec<String>,
    /// Give every row of a table this value in a column that only the target has:
    /// `TABLE.COLUMN=VALUE`; with --into existing. Can be given more than once
    #[arg(long, value_name = "RULE")]
    pub(crate) fill: Vec<String>,
    /// The same as --into recreate
    #[arg(long, conflicts_with = "into")]
    pub(crate) force_recreate: bool,
    /// Do not ask before dropping tables
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// How the run goes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArgs {
    /// Stop on warnings as on errors, before anything is written
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to compare both sides at the end, see `verify --level` [default: digest]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) verify: Option<LevelArg>,
    /// Make no backup of the SQLite file
    #[arg(long)]
    pub(crate) no_backup: bool,
    /// Throw away what an earlier run has done that did not end, instead of going on with it
    #[arg(long)]
    pub(crate) restart: bool,
    /// After failures that may pass (a server that restarts, a connection that breaks), try again for
    /// this long without getting on; 0: stop at once. The same command goes on either way
    /// [default: 300]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) retry_for: Option<u64>,
    /// Keep the schema _sealift in the target after success
    #[arg(long)]
    pub(crate) keep_state: bool,
}

/// `--into`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IntoArg {
    // Make everything; refuse when a table exists
    Create,
    // Fill tables that the application's own migrations made; they must be empty
    Existing,
    // Drop what is about to be made, then make it
    Recreate,
}
