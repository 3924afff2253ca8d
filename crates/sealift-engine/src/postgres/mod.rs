//! The only folder that names `tokio_postgres`: connecting, sessions, COPY, catalogs.

/// Where a server is and how to log in; shown without the password.
#[derive(Debug, Clone)]
pub struct Endpoint;
