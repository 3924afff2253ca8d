//! Certificates that webpki does not read but OpenSSL does: those of X.509 version 1, and those of an
//! authority that is the server itself.
//!
//! Only the shortest chain is taken: the certificate is one of the roots, or a root has signed it.

use super::certificate::Parsed;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::UnixTime;
use std::cmp::Ordering;

/// Returns whether a root, which must be valid too, vouches for a server's certificate.
pub(super) fn is_trusted(
    server: &Parsed,
    roots: &[Parsed],
    now: UnixTime,
    known: &WebPkiSupportedAlgorithms,
) -> bool {
    if server.age(now) != Ordering::Equal || !server.may_serve() {
        return false;
    }
    roots.iter().filter(|root| root.age(now) == Ordering::Equal).any(|root| {
        let is_itself = root.der() == server.der() && root.is_self_issued();
        is_itself || (root.may_sign() && root.has_issued(server) && root.has_signed(server, known))
    })
}
