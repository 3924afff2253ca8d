//! The engine on real servers and real files.

mod connect;
mod source;
