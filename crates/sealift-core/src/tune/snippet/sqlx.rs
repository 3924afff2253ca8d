//! sqlx (<https://docs.rs/sqlx/latest/sqlx/pool/struct.PoolOptions.html>).

use super::super::application::Framework;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let (import, options, connect) = match situation.loses_sessions {
        true => (
            "PgConnectOptions, PgPool, PgPoolOptions",
            "    // A pooler gives each transaction another session, without our prepared statements.
    let options: PgConnectOptions = url.parse()?;
    let options = options.statement_cache_capacity(0);\n",
            "connect_with(options)",
        ),
        false => ("PgPool, PgPoolOptions", "", "connect(&url)"),
    };
    // A function has one connection, which it keeps as long as it lives.
    Snippet {
        framework: Framework::Sqlx,
        file: "src/database.rs",
        needs: "sqlx 0.8 with features postgres and runtime-tokio",
        text: format!(
            "\
use sqlx::postgres::{{{import}}};
use std::time::Duration;

/// Opens the pool that all tasks of the process share.
pub async fn pool() -> Result<PgPool, sqlx::Error> {{
    let url = std::env::var(\"DATABASE_URL\").expect(\"DATABASE_URL is set\");
{options}    PgPoolOptions::new()
        .min_connections({})
        .max_connections({})
        .acquire_timeout(Duration::from_secs({}))
        .max_lifetime(Duration::from_secs({}))
        .test_before_acquire({})
        .{connect}
        .await
}}
",
            pool.base,
            pool.total(),
            pool.timeout_seconds,
            pool.recycle_seconds,
            pool.pre_ping
        ),
        start: None,
    }
}
