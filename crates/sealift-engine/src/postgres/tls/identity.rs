//! Our own certificate and its key (manual section 34.19.2).

use super::super::address::{CertificateMode, Identity, Named};
use super::super::known::{CLIENT_KEY_ENCRYPTED, CLIENT_KEY_MISSING, CLIENT_KEY_OPEN};
use super::roots::{read, read_certificates, unreadable};
use crate::{Error, Result};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is shown to a server that asks.
pub(super) struct Shown {
    pub(super) resolver: Arc<dyn ResolvesClientCert>,
    pub(super) must_be_asked: bool,
    pub(super) was_asked: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Answer {
    certificate: Option<Arc<CertifiedKey>>,
    was_asked: Arc<AtomicBool>,
}

/// Reads the certificate and the key that an endpoint names; without any, nothing is shown.
pub(super) fn load(identity: &Identity, provider: &CryptoProvider) -> Result<Shown> {
    let certificate = match identity.mode {
        CertificateMode::Disable => None,
        CertificateMode::Allow | CertificateMode::Require => certificate(identity, provider)?,
    };
    let must_be_asked = identity.mode == CertificateMode::Require;
    if must_be_asked && certificate.is_none() {
        return Err(CLIENT_KEY_MISSING
            .saying(format!("{}: there is no certificate", CLIENT_KEY_MISSING.says)));
    }
    let was_asked = Arc::new(AtomicBool::new(false));
    let resolver = Arc::new(Answer { certificate, was_asked: Arc::clone(&was_asked) });
    Ok(Shown { resolver, must_be_asked, was_asked })
}

fn certificate(
    identity: &Identity,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>> {
    let Some(file) = identity.certificate.as_ref().and_then(Named::present) else {
        return Ok(None);
    };
    let certificates = read_certificates(file)?;
    let key_file = match identity.key.as_ref().and_then(Named::present) {
        Some(key) if key.exists() => key,
        Some(_) | None => {
            let key = match &identity.key {
                Some(Named::Given(path) | Named::Usual(path)) => path.display().to_string(),
                None => "none is named".to_owned(),
            };
            return Err(CLIENT_KEY_MISSING.saying(format!(
                "{}: certificate {}, key {key}",
                CLIENT_KEY_MISSING.says,
                file.display()
            )));
        }
    };
    refuse_open(key_file)?;
    let key = read_key(key_file)?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| unreadable(key_file, &error.to_string()))?;
    // Not `from_der`, which refuses a certificate of version 1 because it cannot read it.
    Ok(Some(Arc::new(CertifiedKey::new(certificates, key))))
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = read(file)?;
    let is_encrypted = |mark: &[u8]| text.windows(mark.len()).any(|window| window == mark);
    if is_encrypted(b"BEGIN ENCRYPTED PRIVATE KEY") || is_encrypted(b"Proc-Type: 4,ENCRYPTED") {
        return Err(CLIENT_KEY_ENCRYPTED.saying(format!(
            "{}: {}",
            CLIENT_KEY_ENCRYPTED.says,
            file.display()
        )));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| unreadable(file, &error.to_string()))
}

/// A key that others may read is refused: it must be the user's alone, or root's and readable by a group.
#[cfg(unix)]
fn refuse_open(file: &Path) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = file.metadata().map_err(|error| unreadable(file, &error.to_string()))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.permissions().mode() & forbidden == 0 {
        return Ok(());
    }
    Err(open_to_others(file))
}

#[cfg(not(unix))]
fn refuse_open(_file: &Path) -> Result<()> {
    Ok(())
}

fn open_to_others(file: &Path) -> Error {
    CLIENT_KEY_OPEN.saying(format!("{}: {}", CLIENT_KEY_OPEN.says, file.display()))
}

impl ResolvesClientCert for Answer {
    fn resolve(
        &self,
        _acceptable_issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.certificate.clone()
    }

    /// Also without a certificate, so as to learn whether the server asks.
    fn has_certs(&self) -> bool {
        true
    }
}
