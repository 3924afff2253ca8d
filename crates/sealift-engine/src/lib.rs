//! The half of Sealift that does things: it reads SQLite, talks to PostgreSQL, and keeps state.
//!
//! `sqlite` and `postgres` never name each other; `store` keeps durable facts in the target; `copy`
//! and `verify` use the three; `migrate` is the whole journey.

pub mod config;
pub mod error;
pub mod local;
pub mod ops;
pub mod postgres;
pub mod report;
pub mod sqlite;
pub mod verify;

pub use error::{Error, ErrorKind, Result};
