//! The server as browsers, probes and Prometheus meet it: real requests, real databases.

// `cfg(test)` tells the lints that these modules are tests.
#[cfg(test)]
mod access;
#[cfg(test)]
mod client;
#[cfg(test)]
mod events;
#[cfg(test)]
mod health;
#[cfg(test)]
mod load;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod running;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod tls;
