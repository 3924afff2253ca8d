//! The half of Sealift that does things: it reads SQLite, talks to PostgreSQL, and keeps state.
//!
//! `sqlite` and `postgres` never name each other; `store` keeps durable facts in the target; `copy`
//! and `verify` use the three; `migrate` is the whole journey.

pub mod bench;
pub mod cause;
pub mod check;
pub mod compare;
pub mod config;
pub mod copy;
mod disk;
pub mod doctor;
pub mod error;
pub mod estimate;
pub mod finish;
mod fnv;
pub mod histogram;
pub mod inspect;
pub mod like;
pub mod local;
mod memory;
pub mod migrate;
pub mod monitor;
pub mod ops;
pub mod planning;
pub mod pool;
pub mod postgres;
pub mod quarantine;
pub mod report;
pub mod revision;
pub mod runbook;
pub mod sqlite;
pub mod store;
pub mod tune;
pub mod verify;

pub use cause::Cause;
pub use error::{Error, ErrorKind, Known, Recovery, Result};
