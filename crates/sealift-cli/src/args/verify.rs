//! `verify`.

use super::{SelectArgs, SourceArgs, TargetArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Compare both sides as they are now
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status 1 on any difference.

Examples:
  sealift verify app.db --to postgresql://app@db.example.com/app
  sealift verify app.db --level cells --include 'order*'")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// counts: rows, keys, indexes and sequences. digest: hash every row too. cells: compare every
    /// cell, and name each that differs [default: digest]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) level: Option<LevelArg>,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// The plan that was carried out, if it was a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["schema", "include", "exclude", "cast", "on_orphan"])]
    pub(crate) plan: Option<PathBuf>,
}

/// `--level`, `--verify`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LevelArg {
    // Hash every row of both sides
    Digest,
    // Compare every cell, and name each that differs
    Cells,
    // Count rows; look at keys, indexes and sequences
    Counts,
    // Do not compare
    None,
}
