//! `inspect` and `plan`.

use super::{SourceArgs, TargetArgs};
use clap::Args;
use clap::builder::PossibleValuesParser;
use sealift_engine::config::{Identifiers, Profile};
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
With --to, the server is asked how fast it is, for the estimate, and left as it was.
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
    /// Write names as they are, in lower case, or in snake_case: an application that quotes none finds
    /// those in lower case only [default: preserve]
    #[arg(long, value_name = "HOW", value_parser = PossibleValuesParser::new(identifiers_names()))]
    pub(crate) identifiers: Option<String>,
    /// Make the types that this framework would have made, where every cell fits; auto: that of the
    /// framework which is recognised; none: by declared type and cells alone [default: auto]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(profile_names()))]
    pub(crate) profile: Option<String>,
    #[command(flatten)]
    pub(crate) policies: PolicyArgs,
    /// Readers and connections at once [default: one a processor, at most 8]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Memory for rows on their way, such as 512MB [default: 256MB, or what the largest cell needs]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
}

/// Returns what may follow `--identifiers`.
fn identifiers_names() -> Vec<&'static str> {
    Identifiers::ALL.into_iter().map(Identifiers::name).collect()
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

/// Each flag says it itself: a heading for all would go on after them.
const THAT_DO_NOT_FIT: &str = "Cells and rows that do not fit";

/// What to do with cells and rows that PostgreSQL will not take as they are. Each flag can be given for
/// everything, `HOW`, or for some columns, `TABLE.COLUMN=HOW` with `*` and `?` as in a shell, and more than
/// once: the most precise one counts, and of equals the last.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PolicyArgs {
    /// Cells that do not fit the declared type. widen: the column gets a type that holds them all.
    /// refuse: do not start. null: they become NULL. quarantine: their rows are kept apart
    /// [default: widen]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_misfit: Vec<String>,
    /// The same, for columns of dates, times and moments only: '0000-00-00', '2024-02-30', 0, ''
    /// [default: as --on-misfit]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_bad_date: Vec<String>,
    /// Empty text in columns that are no text: keep it as a cell like any other, or null
    /// [default: keep]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_empty: Vec<String>,
    /// Text with a NUL byte: refuse, strip the NUL bytes, or carry the column as bytea
    /// [default: bytea]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_nul: Vec<String>,
    /// Text that is not UTF-8: refuse, replace what is invalid by U+FFFD, read it as latin1, or
    /// carry the column as bytea [default: bytea]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_invalid_utf8: Vec<String>,
    /// Rows whose parent is missing. refuse: do not start. not-valid: carry them under a key that
    /// checks new rows only. null: their key becomes NULL. quarantine: they are kept apart, and
    /// with them the rows that point at them [default: refuse]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_orphan: Vec<String>,
    /// Rows that break a check, or hold NULL in a column declared not null. refuse: do not start.
    /// not-valid: carry them under a check that sees new rows only. quarantine: keep them apart
    /// [default: refuse]
    #[arg(long, value_name = "RULE", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) on_check: Vec<String>,
    /// Do not start when more rows than this would be kept apart
    #[arg(long, value_name = "N", help_heading = THAT_DO_NOT_FIT)]
    pub(crate) max_rejected: Option<u64>,
}
