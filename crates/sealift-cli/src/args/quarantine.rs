//! `quarantine`.

use super::TargetArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Show the rows that a migration kept apart, and bring in those that fit by now
#[derive(Debug, Args)]
#[command(after_help = "\
The rows are in table sealift_quarantine of the target, and in .sealift/quarantine.jsonl.

Examples:
  sealift quarantine list --to postgresql://app@db.example.com/app
  sealift quarantine replay --to postgresql://app@db.example.com/app")]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    pub(crate) action: QuarantineAction,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineAction {
    /// List the rows: where they come from, and why they are apart
    #[command(after_help = "\
Examples:
  sealift quarantine list
  sealift quarantine list --limit 1000 --json")]
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// How many are listed; all are counted
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
    },
    /// Show one row with all of its cells, as JSON
    #[command(after_help = "\
Examples:
  sealift quarantine show 1
  sealift quarantine show 7 --to postgresql://app@db.example.com/app")]
    Show {
        /// The row's number, as `list` shows it
        id: i64,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Bring in the rows that fit by now, and say what still does not
    #[command(after_help = "\
A row fits once its column got a type that takes it, its parent is there, or its cells were mended: in
column \"row\" of sealift_quarantine, or in the file. Exit status 1 while rows are left.

Examples:
  sealift quarantine replay
  sealift quarantine replay --from .sealift/quarantine.jsonl")]
    Replay {
        #[command(flatten)]
        place: PlaceArgs,
        /// Take the cells from this file, where a row of the quarantine is in it: mended there
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
}

/// Where the rows are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The target schema [default: that of the last migration here, else public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}
