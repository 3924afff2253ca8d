//! Tests with real files and real servers.

#[cfg(test)]
mod source;
//! The engine on real servers and real files.

mod connect;
