//! TLS on real servers: who gets in, whose certificates are believed.

mod authority;
mod certificates;
mod client;
mod logins;
mod psql;
