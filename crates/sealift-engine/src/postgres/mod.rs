//! The only folder that names `tokio_postgres`: connecting, sessions, COPY, catalogs.

mod address;
mod connect;
mod copy_in;
mod copy_out;
mod failure;
mod keywords;
mod lock;
mod session;
mod tls;
mod url;
#[cfg(test)]
mod url_tests;

pub use address::{Defaults, Endpoint, Host, TlsMode};
pub use copy_in::CopyIn;
pub use copy_out::CopyOut;
pub use lock::TargetLock;
pub use session::{CancelHandle, ServerVersion, Session};
pub use tokio_postgres::Row;
pub use tokio_postgres::types::ToSql;
