use sqlx::postgres::{PgPool, PgPoolOptions};
use std::time::Duration;

/// Opens the pool that all tasks of the process share.
pub async fn pool() -> Result<PgPool, sqlx::Error> {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
    PgPoolOptions::new()
        .min_connections(2)
        .max_connections(6)
        .acquire_timeout(Duration::from_secs(30))
        .max_lifetime(Duration::from_secs(1800))
        .test_before_acquire(true)
        .connect(&url)
        .await
}
