//! The command `sealift` as a person or a script meets it: stdout, stderr and exit status.

#[cfg(test)]
mod apps;
#[cfg(test)]
mod bench;
mod causes;
#[cfg(test)]
mod check;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod local;
#[cfg(test)]
mod log;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod page;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod rehearse;
#[cfg(test)]
mod revision;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod source;
#[cfg(test)]
mod tune;
#[cfg(test)]
mod usage;
