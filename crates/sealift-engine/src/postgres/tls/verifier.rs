//! [`Verifier`]: is this the server that is meant?

use super::certificate::Parsed;
use super::chain::Links;
use super::names;
use super::roots::Trust;
use crate::{Error, ErrorKind, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, PeerMisbehaved, RootCertStore,
    SignatureScheme,
};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Why a server's certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum Mistrust {
    /// Nobody who is believed has signed it.
    UnknownIssuer,
    /// Its time is over, or that of the root which signed it.
    Expired,
    /// Its time has not come.
    NotYet,
    /// It is for these names.
    OtherName(Vec<String>),
    /// Its issuer took it back.
    Revoked,
    /// Its issuer has no current revocation list.
    Unlisted,
    /// X.509 version 1, in a place where it is not taken.
    Version1,
    /// Something else.
    Unusable(String),
}

/// Looks at a server's certificate as far as the mode wants it.
#[derive(Debug)]
pub(super) struct Verifier {
    algorithms: WebPkiSupportedAlgorithms,
    checks: Option<Checks>,
}

#[derive(Debug)]
struct Checks {
    trust: Trust,
    roots: Vec<Parsed>,
    /// `None` when there is no root that it reads.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    host: Option<String>,
}

impl Verifier {
    /// Takes every certificate without reading it.
    ///
    /// libpq promises no more for `require` without a root file (manual section 34.19.3). Not even the
    /// signature of the handshake is checked: it would prove nothing about a key that anybody may have.
    pub(super) fn accepting_any(provider: &CryptoProvider) -> Self {
        Self { algorithms: provider.signature_verification_algorithms, checks: None }
    }

    /// Wants a certificate that a root vouches for, whatever its name: `verify-ca`.
    pub(super) fn of_any_name(provider: &Arc<CryptoProvider>, trust: Trust) -> Result<Self> {
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { algorithms, checks: Some(Checks::new(provider, trust, None)?) })
    }

    /// Wants a certificate that a root vouches for, for this host: `verify-full`.
    pub(super) fn of_name(
        provider: &Arc<CryptoProvider>,
        trust: Trust,
        host: &str,
    ) -> Result<Self> {
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { algorithms, checks: Some(Checks::new(provider, trust, Some(host.to_owned()))?) })
    }
}

impl Checks {
    fn new(provider: &Arc<CryptoProvider>, trust: Trust, host: Option<String>) -> Result<Self> {
        let roots: Vec<Parsed> = trust.roots.iter().filter_map(Parsed::read).collect();
        let now = UnixTime::now();
        let mut store = RootCertStore::empty();
        // webpki takes a root for good; OpenSSL asks for its dates too.
        let current = trust
            .roots
            .iter()
            .filter(|root| Parsed::read(root).is_none_or(|root| root.age(now) == Ordering::Equal));
        store.add_parsable_certificates(current.cloned());
        store.roots.extend(trust.anchors.iter().cloned());
        let webpki = if store.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
                    .with_crls(trust.revoked.iter().cloned())
                    .enforce_revocation_expiration();
            Some(builder.build().map_err(|error| {
                Error::new(
                    ErrorKind::Usage,
                    format!("the revocation lists beside {} cannot be used", trust.place),
                )
                .caused_by(error)
            })?)
        };
        Ok(Self { trust, roots, webpki, host })
    }

    /// Judges a certificate.
    fn judge(
        &self,
        server: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), Mistrust> {
        if let Err(mistrust) = self.by_webpki(server, sent, now) {
            let parsed = Parsed::read(server).ok_or_else(|| mistrust.clone())?;
            let may_be_tried = match mistrust {
                Mistrust::UnknownIssuer | Mistrust::Version1 | Mistrust::Unusable(_) => {
                    self.trust.revoked.is_empty()
                }
                Mistrust::Expired
                | Mistrust::NotYet
                | Mistrust::OtherName(_)
                | Mistrust::Revoked
                | Mistrust::Unlisted => false,
            };
            let (sent, own) = (sent.iter(), self.trust.between.iter());
            let between: Vec<Parsed> = sent.chain(own).filter_map(Parsed::read).collect();
            let (roots, known) = (self.roots.as_slice(), algorithms);
            let links = Links { roots, between: &between, now, known };
            if !may_be_tried || !links.trust(&parsed) {
                let mut issuers = self.roots.iter().chain(&between);
                let issuer = issuers.find(|issuer| {
                    issuer.has_issued(&parsed) && issuer.has_signed(&parsed, algorithms)
                });
                return Err(reason(mistrust, &parsed, issuer, now));
            }
        }
        let Some(host) = &self.host else { return Ok(()) };
        let parsed = Parsed::read(server)
            .ok_or_else(|| Mistrust::Unusable("it cannot be read".to_owned()))?;
        if names::fits(&parsed, host) {
            return Ok(());
        }
        Err(Mistrust::OtherName(parsed.shown_names()))
    }

    /// Has webpki look at everything but the name, which is last, and compared by other rules.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other library's list is long and grows"
    )]
    fn by_webpki(
        &self,
        server: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Mistrust> {
        let webpki = self.webpki.as_ref().ok_or(Mistrust::UnknownIssuer)?;
        let between: Vec<CertificateDer<'_>> =
            sent.iter().chain(&self.trust.between).cloned().collect();
        let nobody = ServerName::try_from("sealift.invalid")
            .map_err(|error| Mistrust::Unusable(error.to_string()))?;
        let error = match webpki.verify_server_cert(server, &between, &nobody, &[], now) {
            Ok(_) => return Ok(()),
            Err(rustls::Error::InvalidCertificate(error)) => error,
            Err(error) => return Err(Mistrust::Unusable(error.to_string())),
        };
        Err(match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                return Ok(());
            }
            CertificateError::UnknownIssuer => Mistrust::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Mistrust::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Mistrust::NotYet
            }
            CertificateError::Revoked => Mistrust::Revoked,
            CertificateError::UnknownRevocationStatus
            | CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => Mistrust::Unlisted,
            error => Mistrust::Unusable(error.to_string()),
        })
    }
}

/// Finds the reason that a person can do something about. `issuer` has signed the certificate.
fn reason(found: Mistrust, server: &Parsed, issuer: Option<&Parsed>, now: UnixTime) -> Mistrust {
    match found {
        Mistrust::UnknownIssuer | Mistrust::Version1 | Mistrust::Unusable(_) => {}
        Mistrust::Expired
        | Mistrust::NotYet
        | Mistrust::OtherName(_)
        | Mistrust::Revoked
        | Mistrust::Unlisted => return found,
    }
    match (server.age(now), issuer) {
        (Ordering::Greater, _) => Mistrust::Expired,
        (Ordering::Less, _) => Mistrust::NotYet,
        // webpki stops at the version, whoever signed it.
        (Ordering::Equal, None) if server.is_version_1() => Mistrust::UnknownIssuer,
        (Ordering::Equal, None) => found,
        (Ordering::Equal, Some(issuer)) if issuer.age(now) == Ordering::Greater => {
            Mistrust::Expired
        }
        (Ordering::Equal, Some(_)) if server.is_version_1() => Mistrust::Version1,
        (Ordering::Equal, Some(_)) => found,
    }
}

impl Parsed {
    fn shown_names(&self) -> Vec<String> {
        let mut shown: Vec<String> = self
            .names()
            .into_iter()
            .map(|name| match name {
                super::certificate::Name::Dns(name) => name,
                super::certificate::Name::Address(bytes) => show_address(&bytes),
            })
            .collect();
        if shown.is_empty() {
            shown.extend(self.common_name());
        }
        shown
    }
}

fn show_address(bytes: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        std::net::Ipv4Addr::from(bytes).to_string()
    } else if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        std::net::Ipv6Addr::from(bytes).to_string()
    } else {
        "an address".to_owned()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(checks) = &self.checks {
            checks.judge(end_entity, intermediates, now, &self.algorithms).map_err(|mistrust| {
                let mistrust = OtherError(Arc::new(mistrust));
                rustls::Error::InvalidCertificate(CertificateError::Other(mistrust))
            })?;
        }
        Ok(ServerCertVerified::assertion())
    }

    /// With the key alone, since webpki does not read every certificate that is taken here.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.checks.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let Some(parsed) = Parsed::read(certificate) else {
            return Err(CertificateError::BadEncoding.into());
        };
        let (_, algorithms) = self
            .algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        if algorithms.iter().any(|one| parsed.has_made(*one, message, signed.signature())) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.checks.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let key = Parsed::read(certificate).and_then(|parsed| parsed.public_key());
        let key = key.ok_or(CertificateError::BadEncoding)?;
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Display for Mistrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => f.write_str("nobody who is trusted has signed it"),
            Self::Expired => f.write_str("it has expired"),
            Self::NotYet => f.write_str("it is not valid yet"),
            Self::OtherName(names) => write!(f, "it is for {}", names.join(", ")),
            Self::Revoked => f.write_str("it was revoked"),
            Self::Unlisted => f.write_str("there is no current revocation list of its issuer"),
            Self::Version1 => f.write_str("it is of X.509 version 1"),
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Mistrust {}
