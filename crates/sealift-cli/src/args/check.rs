//! `check`.

use clap::Args;

/// Can Sealift, and the application, work with this server?
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status 1 when something is missing, 3 when the server cannot be reached.

Examples:
  sealift check postgresql://app@db.example.com/app
  sealift check --wait 60 --json")]
pub(crate) struct CheckArgs {
    /// PostgreSQL URL or keyword string, or `local`
    pub(crate) url: Option<String>,
    /// The same as URL
    #[arg(long, value_name = "URL", visible_alias = "postgres-url", conflicts_with = "url")]
    pub(crate) to: Option<String>,
    /// Give up one attempt to connect after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
    /// Try again for so many seconds until the server is ready
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait: Option<u64>,
    /// Schema the tables would be created in [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}
