//! What was typed. Nothing here reads a file or the environment; `settings` makes sense of it.

mod check;
mod local;
mod migrate;
mod plan;
mod quarantine;
mod rehearse;
mod revision;
mod shell;
mod verify;

pub(crate) use check::CheckArgs;
pub(crate) use local::{LocalAction, LocalArgs};
pub(crate) use migrate::{IntoArg, MigrateArgs, MigrationArgs, RunArgs};
pub(crate) use plan::{InspectArgs, LikeArgs, PlanArgs, PolicyArgs, SelectArgs};
pub(crate) use quarantine::{PlaceArgs, QuarantineAction, QuarantineArgs};
pub(crate) use rehearse::RehearseArgs;
pub(crate) use revision::{
    BaselineArgs, DiffArgs, DowngradeArgs, ModelArgs, NewArgs, PlaceOfRevisionsArgs,
    RevisionAction, RevisionArgs, RevisionCheckArgs, RevisionRunArgs, SquashArgs, UpgradeArgs,
};
pub(crate) use shell::CompletionsArgs;
pub(crate) use verify::{LevelArg, VerifyArgs};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Move a SQLite database to PostgreSQL, and prove that nothing was lost
#[derive(Debug, Parser)]
#[command(
    name = "sealift",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "\
Settings not given come from sealift.toml, then the environment (SEALIFT_SOURCE, SQLITE_PATH;
SEALIFT_TARGET, POSTGRES_URL, DATABASE_URL, SQLALCHEMY_DATABASE_URI; PGHOST and its kin), then .env.
Without any target, Sealift runs a PostgreSQL server of its own: `sealift local`.

Exit status:
  0  done
  1  differences, findings that stop the work, or an error of the user
  2  wrong usage
  3  the server cannot be reached or refuses; trying again may help
  4  stopped half way; the same command goes on
  70 a fault of Sealift

Examples:
  sealift plan app.db
  sealift migrate app.db --to postgresql://app@db.example.com/app"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(crate) struct GlobalArgs {
    /// Print one JSON object on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How to show progress, on stderr
    #[arg(long, global = true, value_name = "HOW", value_enum, default_value_t = ProgressArg::Auto)]
    pub(crate) progress: ProgressArg,
    /// Print errors and the answer only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more; twice for the log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colour; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    pub(crate) color: ColorArg,
}

/// `--progress`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressArg {
    // Bars on a terminal, lines elsewhere
    #[default]
    Auto,
    // Lines
    Plain,
    // One JSON object a line
    Json,
    // Nothing
    None,
}

/// `--color`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    // On a terminal
    #[default]
    Auto,
    // Also in files and pipes
    Always,
    // Not at all
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(InspectArgs),
    Plan(PlanArgs),
    Rehearse(Box<RehearseArgs>),
    Migrate(Box<MigrateArgs>),
    Verify(VerifyArgs),
    Quarantine(QuarantineArgs),
    Revision(RevisionArgs),
    Check(CheckArgs),
    Local(LocalArgs),
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "\
Examples:
  sealift man | man -l -
  sealift man > /usr/local/share/man/man1/sealift.1")]
    Man,
}

/// Where the rows come from.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct SourceArgs {
    /// SQLite file, or a URL such as sqlite:///./app.db
    pub(crate) source: Option<String>,
    /// The same as SOURCE
    #[arg(long, value_name = "PATH", conflicts_with = "source")]
    pub(crate) sqlite_path: Option<String>,
}

/// Where the rows go.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct TargetArgs {
    /// PostgreSQL URL or keyword string, or `local`
    #[arg(long, value_name = "URL", visible_alias = "postgres-url")]
    pub(crate) to: Option<String>,
}
