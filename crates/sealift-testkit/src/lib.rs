//! Databases, servers and fixtures for Sealift's own tests. A dev-dependency only: helpers panic,
//! and so fail the test that called them.

mod database;
mod fixture;
mod pgbouncer;
mod port;
mod proxy;
mod server;
mod user;

pub use database::{Database, database, database_blocking, server_url};
pub use fixture::{TempSqlite, shared_data, sqlite_file};
pub use pgbouncer::PgBouncer;
pub use proxy::{Fault, Heal, NewConnections, Proxy, Strikes};
pub use server::{Server, ServerSettings, StopMode};

/// Returns a number by lot: the standard library seeds its hashers from the system.
fn lot() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
