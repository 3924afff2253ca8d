//! The engine with real files and real servers. One binary; a module per theme.

// `cfg(test)` tells the lints that these modules are tests.
#[cfg(test)]
mod connect;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod source;
#[cfg(test)]
mod values;
