//! The web side of Sealift: is the database well, how far is the migration, and the page that shows both.
//!
//! ```text
//! browser, curl, Prometheus, Kubernetes
//!        │  http(s)
//!     server ── access (token, cookie) ── routes
//!        ├── health    one ping, shared by all who ask in the same quarter of a second
//!        ├── metrics   what is known now, as Prometheus' text
//!        ├── state     the same as JSON, once or as a stream of events
//!        └── page      what a person looks at
//!              ▲
//!     watch: the events of a migration → how far it is      engine: Pool, Monitor → how the server is
//! ```
//!
//! [`Server::bind`] takes the socket, [`Server::run`] answers until a [`Cancel`](sealift_engine::ops::Cancel).
//! A migration that is to be seen sends its events through a [`Watch`]. See docs/design/026-serve.md.

mod access;
mod database;
mod headers;
mod health;
mod listener;
mod metrics;
mod options;
mod page;
mod routes;
mod server;
mod state;
mod stream;
pub mod systemd;
mod tls;
mod watch;

pub use access::{Token, is_loopback};
pub use options::{Database, Listen, ServeOptions, TlsFiles};
pub use server::Server;
pub use watch::{Failure, Watch};
