//! `tune`.

use super::TargetArgs;
use clap::{Args, ValueEnum};
use sealift_core::tune::application::{Environment, Framework};
use std::str::FromStr;

/// Say how the application's pools and the server should be set
#[derive(Debug, Args)]
#[command(after_help = "\
Pools are sized so that workers × instances × connections never exceed what the server has free.
The server is only read, apart from --grants ROLE --apply. Without a server, and with
ENVIRONMENT=development or a SQLite file, the advice is for SQLite.
DB_POOL_SIZE, DB_POOL_TIMEOUT and DB_POOL_RECYCLE are taken as the application's wish.

Examples:
  sealift tune --framework django --instances 3
  sealift tune --indexes --to postgresql://app@db.example.com/app | psql")]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Take a pooler (PgBouncer) between the application and the server, and print its configuration
    #[arg(long)]
    pub(crate) pooler: bool,
    /// Memory of the server's machine, such as 8GB; looked up where the server runs on this one
    #[arg(long, value_name = "SIZE")]
    pub(crate) server_memory: Option<String>,
    /// Schema of the tables [default: public]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// Print SQL for indexes that are missing, superfluous or broken, instead
    #[arg(long, conflicts_with = "grants")]
    pub(crate) indexes: bool,
    /// Print SQL that lets ROLE work with the rows and change nothing else, instead
    #[arg(long, value_name = "ROLE")]
    pub(crate) grants: Option<String>,
    /// Carry the grants out, in one transaction
    #[arg(long, requires = "grants")]
    pub(crate) apply: bool,
    /// Do not ask before the grants are carried out
    #[arg(short, long, requires = "apply")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) application: ApplicationArgs,
}

/// What the application is like.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The application")]
pub(crate) struct ApplicationArgs {
    /// Processes of an instance, each with a pool of its own [default: by framework and processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) workers: Option<u64>,
    /// Instances that run at once, those of a rolling update included
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) instances: u64,
    /// Print the lines for it: sqlalchemy, flask, fastapi, django, asyncpg, psycopg, rails, sqlx,
    /// spring, node, prisma, go, laravel [default: recognised by its tables]
    #[arg(long, value_name = "NAME", value_parser = Framework::from_str)]
    pub(crate) framework: Option<Framework>,
    /// Where it runs [default: ENVIRONMENT, else production]
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) environment: Option<EnvironmentArg>,
}

/// `--environment`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvironmentArg {
    // 10 + 20 connections for each worker
    Development,
    // 20 + 40
    Staging,
    // 50 + 100
    Production,
    // No pool
    Serverless,
}

impl From<EnvironmentArg> for Environment {
    fn from(typed: EnvironmentArg) -> Self {
        match typed {
            EnvironmentArg::Development => Self::Development,
            EnvironmentArg::Staging => Self::Staging,
            EnvironmentArg::Production => Self::Production,
            EnvironmentArg::Serverless => Self::Serverless,
        }
    }
}
