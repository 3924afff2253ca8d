//! The command `sealift` as a person or a script meets it: stdout, stderr and exit status.

mod check;
mod docs;
mod environment;
mod settings;
mod shell;
mod usage;
