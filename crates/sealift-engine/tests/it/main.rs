//! Tests with real files and real servers.

#[cfg(test)]
mod source;
