//! X.509 certificates as far as webpki does not read them.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use std::time::Duration;
use webpki::RawPublicKeyEntity;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::Utf8StringRef;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName,
};

/// `id-kp-serverAuth` and `anyExtendedKeyUsage` (RFC 5280, section 4.2.1.12).
const SERVER_USES: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

/// A certificate that was read.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    certificate: Certificate,
    der: Vec<u8>,
}

/// A name that a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Dns(String),
    Address(Vec<u8>),
}

impl Parsed {
    /// Reads one; `None` when it is none.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        Some(Self { certificate, der: der.to_vec() })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn is_version_1(&self) -> bool {
        self.certificate.tbs_certificate.version == Version::V1
    }

    /// Returns whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        let fields = &self.certificate.tbs_certificate;
        fields.issuer == fields.subject
    }

    /// Returns whether the other one names this as its issuer.
    pub(super) fn has_issued(&self, other: &Self) -> bool {
        self.certificate.tbs_certificate.subject == other.certificate.tbs_certificate.issuer
    }

    /// Returns whether it is not valid yet (`Less`), any more (`Greater`), or is now (`Equal`).
    pub(super) fn age(&self, now: UnixTime) -> std::cmp::Ordering {
        let validity = &self.certificate.tbs_certificate.validity;
        let now = Duration::from_secs(now.as_secs());
        if now < validity.not_before.to_unix_duration() {
            std::cmp::Ordering::Less
        } else if now > validity.not_after.to_unix_duration() {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        }
    }

    /// Returns the names in its `subjectAltName`.
    pub(super) fn names(&self) -> Vec<Name> {
        let Some(names) = self.extension::<SubjectAltName>() else { return Vec::new() };
        let names = names.0.iter();
        names
            .filter_map(|name| match name {
                GeneralName::DnsName(name) => Some(Name::Dns(name.to_string())),
                GeneralName::IpAddress(bytes) => Some(Name::Address(bytes.as_bytes().to_vec())),
                GeneralName::OtherName(_)
                | GeneralName::Rfc822Name(_)
                | GeneralName::DirectoryName(_)
                | GeneralName::EdiPartyName(_)
                | GeneralName::UniformResourceIdentifier(_)
                | GeneralName::RegisteredId(_) => None,
            })
            .collect()
    }

    /// Returns the first common name of its subject, which libpq takes where there is no other.
    pub(super) fn common_name(&self) -> Option<String> {
        let mut parts = self.certificate.tbs_certificate.subject.0.iter();
        let part = parts.find_map(|part| part.0.iter().find(|part| part.oid == COMMON_NAME))?;
        if let Ok(text) = part.value.decode_as::<Utf8StringRef<'_>>() {
            return Some(text.as_str().to_owned());
        }
        // PrintableString, IA5String and the ASCII part of TeletexString; nothing else can name a host.
        std::str::from_utf8(part.value.value())
            .ok()
            .filter(|text| text.is_ascii())
            .map(str::to_owned)
    }

    /// Returns whether it may be a server's: for all uses, or for this one, and nothing in it must be
    /// understood that is not understood here.
    pub(super) fn may_serve(&self) -> bool {
        let uses = self.extension::<ExtendedKeyUsage>();
        let fits = uses.is_none_or(|uses| {
            uses.0.iter().any(|used| SERVER_USES.contains(&used.to_string().as_str()))
        });
        fits && self.is_understood()
    }

    /// Returns whether it may sign a certificate that has signed `below` others, one under the other.
    pub(super) fn may_sign_over(&self, below: u8) -> bool {
        let limit = self.extension::<BasicConstraints>().and_then(|c| c.path_len_constraint);
        self.may_sign() && limit.is_none_or(|limit| below <= limit)
    }

    /// Returns whether it may sign others: version 1 knows no such limit, so that OpenSSL believes one that
    /// is its own root.
    fn may_sign(&self) -> bool {
        if self.is_version_1() {
            return self.is_self_issued();
        }
        let is_authority =
            self.extension::<BasicConstraints>().is_some_and(|constraints| constraints.ca);
        let signs = self.extension::<KeyUsage>().is_none_or(|usage| usage.key_cert_sign());
        // Limits to what it may sign for are webpki's to judge.
        let is_limited = self.has_extension::<NameConstraints>();
        is_authority && signs && !is_limited && self.is_understood()
    }

    /// Makes sure that this certificate's key has signed the other certificate.
    pub(super) fn has_signed(&self, other: &Self, known: &WebPkiSupportedAlgorithms) -> bool {
        let signed = &other.certificate;
        let (Ok(message), Ok(algorithm), Some(signature)) = (
            signed.tbs_certificate.to_der(),
            signed.signature_algorithm.to_der(),
            signed.signature.as_bytes(),
        ) else {
            return false;
        };
        let Some(algorithm) = content(&algorithm) else { return false };
        // The algorithm is named twice, and both must say the same (RFC 5280, section 4.1.1.2).
        if signed.signature_algorithm != signed.tbs_certificate.signature {
            return false;
        }
        let mut fitting =
            known.all.iter().filter(|known| known.signature_alg_id().as_ref() == algorithm);
        fitting.any(|algorithm| self.has_made(*algorithm, &message, signature))
    }

    /// Makes sure that this certificate's key has made a signature.
    pub(super) fn has_made(
        &self,
        algorithm: &dyn rustls::pki_types::SignatureVerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let Some(key) = self.public_key() else { return false };
        RawPublicKeyEntity::try_from(&key)
            .is_ok_and(|key| key.verify_signature(algorithm, message, signature).is_ok())
    }

    pub(super) fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'static>> {
        let key = self.certificate.tbs_certificate.subject_public_key_info.to_der().ok()?;
        Some(SubjectPublicKeyInfoDer::from(key))
    }

    /// Returns the object identifier of the algorithm by which it was signed.
    pub(super) fn signature_algorithm(&self) -> String {
        self.certificate.signature_algorithm.oid.to_string()
    }

    /// Returns the parameters of that algorithm, as they stand in the certificate.
    pub(super) fn signature_parameters(&self) -> Vec<u8> {
        let parameters = self.certificate.signature_algorithm.parameters.as_ref();
        parameters.and_then(|any| any.to_der().ok()).unwrap_or_default()
    }

    fn is_understood(&self) -> bool {
        let known =
            [BasicConstraints::OID, KeyUsage::OID, ExtendedKeyUsage::OID, SubjectAltName::OID];
        let extensions = self.certificate.tbs_certificate.extensions.iter().flatten();
        extensions.into_iter().all(|one| !one.critical || known.contains(&one.extn_id))
    }

    fn has_extension<T: AssociatedOid>(&self) -> bool {
        let mut extensions = self.certificate.tbs_certificate.extensions.iter().flatten();
        extensions.any(|one| one.extn_id == T::OID)
    }

    fn extension<'a, T: AssociatedOid + Decode<'a>>(&'a self) -> Option<T> {
        let mut extensions = self.certificate.tbs_certificate.extensions.iter().flatten();
        let extension = extensions.find(|one| one.extn_id == T::OID)?;
        T::from_der(extension.extn_value.as_bytes()).ok()
    }
}

/// Returns what is inside a short SEQUENCE, which is how webpki names algorithms.
fn content(sequence: &[u8]) -> Option<&[u8]> {
    match sequence {
        [0x30, length, content @ ..] if usize::from(*length) == content.len() => Some(content),
        _ => None,
    }
}
