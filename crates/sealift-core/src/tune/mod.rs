//! How an application and its server are set: facts in, advice out.
//!
//! ```text
//! Connections, Application ──→ pool, workers ──→ snippet, pgbouncer
//! ServerFacts ───────────────→ settings
//! IndexFacts ────────────────→ indexes          SQL, ready to run
//! GrantFacts ────────────────→ grants           SQL, ready to run
//! ```
//!
//! What is promised of the pools: workers × instances × (base + overflow) never exceeds what the server has
//! free.

pub mod application;
pub mod connections;
pub mod grants;
pub mod indexes;
pub mod pgbouncer;
pub mod pool;
pub mod settings;
pub mod snippet;
pub mod workers;

#[cfg(test)]
mod tests;
