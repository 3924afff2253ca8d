//! From text to [`Endpoint`]: URLs, keyword strings, service files, and what libpq adds to them.

mod defaults;
mod encryption;
mod endpoint;
mod host;
mod keywords;
mod resolve;
mod service;
#[cfg(test)]
mod tests;
mod url;
mod values;

pub use defaults::Defaults;
pub use endpoint::Endpoint;
pub use host::{Candidate, Host};
pub use values::{SessionAttributes, TlsMode};

pub(super) use encryption::{CertificateMode, Encryption, Identity, Named, Roots};
pub(super) use endpoint::Purpose;
pub(super) use values::{
    ChannelBinding, Keepalive, LoadBalance, Methods, Negotiation, TlsVersion, TlsVersions,
};

use crate::{Error, ErrorKind};

/// One `keyword=value` of an address.
type Parameter = (String, String);

/// Returns an error of the user's.
pub(super) fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}
