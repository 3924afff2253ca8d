//! TLS as libpq does it, with rustls: which certificates are believed, which one is shown.
//!
//! libpq leaves certificates to OpenSSL and names to its own code. Here webpki checks certificates; what it
//! does not read (X.509 version 1, an authority as a server) is looked at by [`chain`], and names are
//! compared by libpq's rules in [`names`]. `docs/reference/connections.md` has the results side by side.

mod binding;
mod certificate;
mod chain;
mod identity;
mod names;
mod roots;
mod verifier;

pub(super) use binding::channel_binding;
pub(super) use verifier::Mistrust;

use super::address::{Encryption, TlsMode, TlsVersion};
use crate::{Error, ErrorKind, Result};
use identity::Shown;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use verifier::Verifier;

/// The name of PostgreSQL's protocol within TLS (ALPN), as libpq sends it since version 17.
const PROTOCOL: &[u8] = b"postgresql";

/// What makes TLS connections as an endpoint wants them.
#[derive(Clone)]
pub(super) struct Client {
    config: Arc<ClientConfig>,
    sends_name: bool,
    needs_name: bool,
    /// Whether the server must ask for our certificate, and whether it has.
    must_be_asked: bool,
    was_asked: Arc<AtomicBool>,
}

impl Client {
    /// Reads the certificates that an endpoint names, for a server of this name.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or used.
    pub(super) fn new(encryption: &Encryption, host: Option<&str>) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let mut versions = vec![&rustls::version::TLS13, &rustls::version::TLS12];
        versions.retain(|version| {
            let is_1_2 = version.version == rustls::ProtocolVersion::TLSv1_2;
            let version = if is_1_2 { TlsVersion::V1_2 } else { TlsVersion::V1_3 };
            (encryption.versions.oldest..=encryption.versions.newest).contains(&version)
        });
        let trust = roots::load(encryption)?;
        let verifier = match (trust, encryption.mode) {
            (None, _) => Verifier::accepting_any(&provider),
            (Some(trust), TlsMode::VerifyFull) => {
                Verifier::of_name(&provider, trust, host.unwrap_or_default())?
            }
            (
                Some(trust),
                TlsMode::Disable
                | TlsMode::Allow
                | TlsMode::Prefer
                | TlsMode::Require
                | TlsMode::VerifyCa,
            ) => Verifier::of_any_name(&provider, trust)?,
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .map_err(|error| Error::new(ErrorKind::Bug, "set up TLS").caused_by(error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let Shown { resolver, must_be_asked, was_asked } =
            identity::load(&encryption.identity, &provider)?;
        let mut config = builder.with_client_cert_resolver(resolver);
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.enable_sni = encryption.sends_name;
        // A session that is resumed shows no certificate, which channel binding needs.
        config.resumption = rustls::client::Resumption::disabled();
        let sends_name = encryption.sends_name;
        let needs_name = encryption.mode == TlsMode::VerifyFull;
        Ok(Self { config: Arc::new(config), sends_name, needs_name, must_be_asked, was_asked })
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Returns the name that rustls is to tell the server: the host's, unless that is an address or no
    /// name that TLS can carry. The certificate is not compared with it but with the host itself.
    pub(super) fn name(&self, host: &str, address: IpAddr) -> ServerName<'static> {
        let nameless = ServerName::IpAddress(address.into());
        if !self.sends_name || host.parse::<IpAddr>().is_ok() {
            return nameless;
        }
        ServerName::try_from(host.to_owned()).unwrap_or(nameless)
    }

    /// Returns whether the certificate is compared with the host's name.
    pub(super) fn needs_name(&self) -> bool {
        self.needs_name
    }

    /// Returns whether the server has not asked for our certificate, although it must.
    pub(super) fn lacks_question(&self) -> bool {
        self.must_be_asked && !self.was_asked.load(Ordering::Relaxed)
    }
}

/// Returns whether the server agreed to speak PostgreSQL's protocol.
pub(super) fn speaks_postgres(protocol: Option<&[u8]>) -> bool {
    protocol == Some(PROTOCOL)
}
