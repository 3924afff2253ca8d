//! `doctor`.

use super::SourceArgs;
use clap::Args;

/// Is everything well: the SQLite file, the server, this machine and the settings?
#[derive(Debug, Args)]
#[command(after_help = "\
Looks and changes nothing; a local server that does not run is not started. Without SOURCE and --to, the
settings say what is looked at.
Exit status 1 when something has failed, 3 when the server cannot be reached.

Examples:
  sealift doctor
  sealift doctor app.db --to postgresql://app@db.example.com/app --json")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// PostgreSQL URL or keyword string, or `local`
    #[arg(long, value_name = "URL", visible_alias = "postgres-url")]
    pub(crate) to: Option<String>,
    /// Give up one attempt to connect after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
    /// Try again for so many seconds until the server is ready
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
    /// Schema that the tables are in [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}
