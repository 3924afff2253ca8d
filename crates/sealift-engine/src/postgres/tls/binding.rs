//! What ties a login to its TLS connection: the hash of the server's certificate (`tls-server-end-point`,
//! RFC 5929 section 4.1).

use super::certificate::Parsed;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The object identifier of RSASSA-PSS, which names its hash in its parameters.
const RSA_PSS: &str = "1.2.840.113549.1.1.10";

/// Returns the hash of a certificate, by the algorithm it was signed with. `None` for one that has no hash
/// of its own, such as Ed25519.
pub(in crate::postgres) fn channel_binding(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let parsed = Parsed::read(certificate)?;
    let algorithm = parsed.signature_algorithm();
    let algorithm = match algorithm.as_str() {
        RSA_PSS => pss_hash(&parsed.signature_parameters())?,
        other => other,
    };
    match algorithm {
        // MD5 and SHA-1, for which SHA-256 stands in; then SHA-256 itself, with RSA and ECDSA.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.10045.4.1"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.3.2"
        | "2.16.840.1.101.3.4.2.1" => Some(Sha256::digest(certificate).to_vec()),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" | "2.16.840.1.101.3.4.2.2" => {
            Some(Sha384::digest(certificate).to_vec())
        }
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" | "2.16.840.1.101.3.4.2.3" => {
            Some(Sha512::digest(certificate).to_vec())
        }
        _ => None,
    }
}

/// Returns the hash that the parameters of RSASSA-PSS name first: SHA-256, 384 or 512.
fn pss_hash(parameters: &[u8]) -> Option<&'static str> {
    // 2.16.840.1.101.3.4.2.x in DER; the same hash also stands in the mask's parameters, later.
    let prefix = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    let at = parameters.windows(prefix.len()).position(|window| window == prefix)?;
    match parameters.get(at + prefix.len())? {
        1 => Some("2.16.840.1.101.3.4.2.1"),
        2 => Some("2.16.840.1.101.3.4.2.2"),
        3 => Some("2.16.840.1.101.3.4.2.3"),
        _ => None,
    }
}
