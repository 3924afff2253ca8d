//! Whose signatures are believed, and what has been revoked.

use super::super::address::{Encryption, Named, Roots, TlsMode};
use super::super::known::{CERTIFICATES_UNREADABLE, NO_ROOT_CERTIFICATE};
use super::certificate::Parsed;
use crate::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor};
use std::path::Path;

/// Whose signatures are believed.
#[derive(Debug)]
pub(super) struct Trust {
    /// Certificates that need nobody's signature.
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// Certificates that stand between those and a server's.
    pub(super) between: Vec<CertificateDer<'static>>,
    /// Roots of which only the key is known.
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
    /// Where they came from, for messages.
    pub(super) place: String,
}

/// Reads whom an endpoint believes; `None` when the server's certificate is not looked at.
///
/// As in libpq, a root file that is there counts in every mode, so that `require` becomes `verify-ca`.
pub(super) fn load(encryption: &Encryption) -> Result<Option<Trust>> {
    let file = match &encryption.roots {
        Roots::System => return Ok(Some(of_the_system())),
        Roots::File(file) => file.as_ref(),
    };
    let must_verify = match encryption.mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull => true,
        TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer | TlsMode::Require => false,
    };
    let file = match file {
        // libpq looks at who the server is only if the file is there, even where it was named.
        Some(Named::Given(path) | Named::Usual(path)) if path.is_file() => path,
        Some(Named::Given(path) | Named::Usual(path)) if must_verify => {
            return Err(NO_ROOT_CERTIFICATE.saying(format!(
                "{}: {}",
                NO_ROOT_CERTIFICATE.says,
                path.display()
            )));
        }
        None if must_verify => return Err(NO_ROOT_CERTIFICATE.error()),
        Some(Named::Given(path)) => {
            // Naming a file asks for a check; going on without it would be weaker than asked.
            return Err(NO_ROOT_CERTIFICATE.saying(format!(
                "{}: {}",
                NO_ROOT_CERTIFICATE.says,
                path.display()
            )));
        }
        Some(Named::Usual(_)) | None => return Ok(None),
    };
    let certificates = read_certificates(file)?;
    // A certificate that another one signed ends no chain, though it stands in the file (OpenSSL without
    // X509_V_FLAG_PARTIAL_CHAIN).
    let (roots, between) = certificates
        .into_iter()
        .partition(|one| Parsed::read(one).is_none_or(|one| one.is_self_issued()));
    let revoked = read_revoked(encryption)?;
    Ok(Some(Trust {
        roots,
        between,
        anchors: Vec::new(),
        revoked,
        place: file.display().to_string(),
    }))
}

/// The certificates of this machine; where it has none, as in a small container, those of Mozilla as they
/// were when Sealift was built.
fn of_the_system() -> Trust {
    let roots = rustls_native_certs::load_native_certs().certs;
    let anchors =
        if roots.is_empty() { webpki_roots::TLS_SERVER_ROOTS.to_vec() } else { Vec::new() };
    Trust {
        roots,
        between: Vec::new(),
        anchors,
        revoked: Vec::new(),
        place: "this machine's root certificates".to_owned(),
    }
}

/// Reads all certificates of a PEM file, at least one.
pub(super) fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read(file)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(file, &error.to_string()))?;
    if certificates.is_empty() {
        return Err(unreadable(file, "there is no certificate in it"));
    }
    Ok(certificates)
}

fn read_revoked(encryption: &Encryption) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    let mut lists = Vec::new();
    if let Some(file) = encryption.revoked.as_ref().and_then(Named::present) {
        lists.extend(read_lists(file)?);
    }
    if let Some(folder) = &encryption.revoked_folder {
        let entries = std::fs::read_dir(folder)
            .map_err(|error| unreadable(folder, &error.to_string()))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(folder, &error.to_string()))?;
        for file in entries.iter().map(std::fs::DirEntry::path).filter(|path| path.is_file()) {
            lists.extend(read_lists(&file)?);
        }
        if lists.is_empty() {
            return Err(unreadable(folder, "there is no revocation list in it"));
        }
    }
    Ok(lists)
}

fn read_lists(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    let text = read(file)?;
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(file, &error.to_string()))?;
    if lists.is_empty() {
        return Err(unreadable(file, "there is no revocation list in it"));
    }
    Ok(lists)
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| unreadable(file, &error.to_string()))
}

pub(super) fn unreadable(file: &Path, why: &str) -> Error {
    CERTIFICATES_UNREADABLE.saying(format!(
        "{} {}: {why}",
        CERTIFICATES_UNREADABLE.says,
        file.display()
    ))
}
