//! `inspect` and `plan`.

use super::{SourceArgs, TargetArgs};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use sealift_engine::config::{OrphanPolicy, Profile};
use std::path::PathBuf;

/// Show what is in a SQLite file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sealift inspect app.db
  sealift inspect sqlite:///./app.db --json")]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// Show what a migration would make, and why; change nothing
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status 1 when a finding of severity error stands in the way.

Examples:
  sealift plan app.db -o plan.json
  sealift plan app.db --like postgresql://app@db.example.com/made_by_the_app")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) like: LikeArgs,
    /// Print the statements, ready for psql
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
    /// Write the plan as JSON, to edit and carry out with `migrate --plan`
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// What to take, and as which types.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Choice")]
pub(crate) struct SelectArgs {
    /// Schema to create the tables in [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// Take only these tables and views; can be given more than once
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave these tables and views; with --into existing, TABLE.COLUMN leaves a column. Can be given
    /// more than once
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Decide a column's type: `TABLE.COLUMN=TYPE [using CONVERSION]`
    #[arg(long, value_name = "RULE")]
    pub(crate) cast: Vec<String>,
    /// Make the types that this framework would have made, where every cell fits; auto: that of the
    /// framework which is recognised; none: by declared type and cells alone [default: auto]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(profile_names()))]
    pub(crate) profile: Option<String>,
    /// Rows whose parent is missing: refuse to start, or carry them under a key that is not valid,
    /// which checks new rows only [default: refuse]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) on_orphan: Option<OrphanArg>,
    /// Readers and connections at once [default: one a processor, at most 8]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Memory for rows on their way, such as 512MB [default: 256MB, or what the largest cell needs]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
}

/// Returns what may follow `--profile`.
fn profile_names() -> Vec<&'static str> {
    std::iter::once("auto").chain(Profile::ALL.into_iter().map(Profile::name)).collect()
}

/// A schema to be like.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Choice")]
pub(crate) struct LikeArgs {
    /// Take types and names from the schema that the application made itself on this server, which
    /// may be empty, and list every difference
    #[arg(long, value_name = "URL")]
    pub(crate) like: Option<String>,
    /// Schema of --like [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) like_schema: Option<String>,
}

/// `--on-orphan`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrphanArg {
    // Do not start; list the rows.
    Refuse,
    // Carry them; the key is made `not valid`.
    NotValid,
}

impl OrphanArg {
    /// Returns the engine's word for it.
    pub(crate) fn policy(self) -> OrphanPolicy {
        match self {
            Self::Refuse => OrphanPolicy::Refuse,
            Self::NotValid => OrphanPolicy::NotValid,
        }
    }
}
