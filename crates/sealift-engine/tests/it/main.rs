//! The engine with real files and real servers. One binary; a module per theme.

mod connect;
mod source;
mod values;
