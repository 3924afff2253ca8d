//! A PostgreSQL server of the user's own, found or installed, started on demand.

mod files;
mod find;
mod make;
mod process;
mod run;
mod server;
mod user;

pub use find::{BinSearch, Programs};
pub(crate) use find::{read_major, read_version};
pub use server::{LocalServer, LocalStatus, Started};
