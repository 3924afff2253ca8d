//! `serve`.

use clap::Args;
use std::path::PathBuf;

/// Tell browsers, probes and Prometheus how the database is
///
/// /health/db, /health, /healthz, /livez and /readyz need no token. /metrics is Prometheus' text, / a page to
/// watch, /api/health, /api/state and /api/events the same for scripts.
#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C or SIGTERM stop it, with status 0.

Examples:
  sealift serve postgresql://app@db.example.com/app
  SEALIFT_TOKEN=$(openssl rand -hex 16) sealift serve --listen 0.0.0.0:7878")]
pub(crate) struct ServeArgs {
    /// PostgreSQL URL or keyword string, `local`, or a SQLite file. Not given: from the settings, where a
    /// server comes before a file
    pub(crate) database: Option<String>,
    /// The same as DATABASE, for a server
    #[arg(long, value_name = "URL", visible_alias = "postgres-url", conflicts_with = "database")]
    pub(crate) to: Option<String>,
    /// The same as DATABASE, for a file
    #[arg(long, value_name = "PATH", conflicts_with_all = ["database", "to"])]
    pub(crate) sqlite_path: Option<String>,
    /// Where to listen. Any address but this machine's own needs a token; port 0 is any that is free
    /// [default: 127.0.0.1:7878, or the socket that systemd hands over]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// What whoever looks must send, at least 16 characters; better as SEALIFT_TOKEN, which others on this
    /// machine cannot read
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Speak TLS with this certificate, in PEM form with its chain
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pool: PoolArgs,
}

/// The sessions that are kept.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Pool")]
pub(crate) struct PoolArgs {
    /// Sessions that stay open [default: DB_POOL_SIZE, or 5]
    #[arg(long, value_name = "N")]
    pub(crate) pool_size: Option<usize>,
    /// Sessions beside them while many are needed [default: 15, or twice the size that was given]
    #[arg(long, value_name = "N")]
    pub(crate) pool_overflow: Option<usize>,
    /// How long a session is waited for; an answer about health never waits longer than 4.5
    /// [default: DB_POOL_TIMEOUT, or 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) pool_timeout: Option<u64>,
    /// A session that is older is replaced; -1: never [default: DB_POOL_RECYCLE, or 1800]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) pool_recycle: Option<i64>,
    /// Use a session again without asking the server first whether it is still there
    #[arg(long)]
    pub(crate) no_pre_ping: bool,
    /// Keep none: a session for each request [default with ENVIRONMENT=serverless]
    #[arg(long, conflicts_with_all = ["pool_size", "pool_recycle", "no_pre_ping"])]
    pub(crate) no_pool: bool,
}
