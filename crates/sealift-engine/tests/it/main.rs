//! The engine on real servers and real files.

// `cfg(test)` tells the lints that these modules are tests.
#[cfg(test)]
mod connect;
#[cfg(test)]
mod source;
#[cfg(test)]
mod verify;
