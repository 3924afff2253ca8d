//! Databases, servers and fixtures for Sealift's own tests. A dev-dependency only: helpers panic,
//! and so fail the test that called them.

mod cluster;
mod database;
mod fixture;
mod pgbouncer;

pub use cluster::{Cluster, programs_of_version};
pub use database::{Database, database, database_blocking, server_url};
pub use fixture::{TempSqlite, shared_data, sqlite_file};
pub use pgbouncer::PgBouncer;
