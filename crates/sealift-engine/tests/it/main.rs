//! The engine on real servers and real files.
//!
//! Each module is under `cfg(test)`, by which clippy knows that helpers in it may panic too.

#[cfg(test)]
mod connect;
#[cfg(test)]
mod local;
#[cfg(test)]
mod tls;
