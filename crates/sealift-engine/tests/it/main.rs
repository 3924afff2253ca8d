//! The engine with real files and real servers. One binary; a module per theme.

// `cfg(test)` tells the lints that these modules are tests.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod connect;
#[cfg(test)]
mod estimate;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod local;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod monitor;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod pooled;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod rehearse;
#[cfg(test)]
mod revisions;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod source;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod translate;
#[cfg(test)]
mod triggers;
#[cfg(test)]
mod tune;
#[cfg(test)]
mod values;
#[cfg(test)]
mod verify;
