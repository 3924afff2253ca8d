//! Certificates that webpki does not read but OpenSSL does: those of X.509 version 1, and those of an
//! authority that is the server itself.

use super::certificate::Parsed;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::UnixTime;
use std::cell::Cell;
use std::cmp::Ordering;

/// How many signatures are looked at: far more than an honest chain needs, and few enough that a server
/// which sends certificates that sign each other costs no time.
const SIGNATURES: u32 = 64;

/// What a chain can be made of.
pub(super) struct Links<'a> {
    pub(super) roots: &'a [Parsed],
    /// Certificates between a root and a server's.
    pub(super) between: &'a [Parsed],
    pub(super) now: UnixTime,
    pub(super) known: &'a WebPkiSupportedAlgorithms,
}

impl Links<'_> {
    /// Returns whether a server's certificate is a root itself or a chain leads from it to one, all of them
    /// valid now.
    pub(super) fn trust(&self, server: &Parsed) -> bool {
        let is_root =
            || self.roots.iter().any(|root| root.der() == server.der() && root.is_self_issued());
        server.age(self.now) == Ordering::Equal
            && server.may_serve()
            && (is_root() || self.vouch(server, 0, &Cell::new(SIGNATURES)))
    }

    /// Returns whether a root vouches for a certificate, with `below` others under that.
    fn vouch(&self, certificate: &Parsed, below: u8, left: &Cell<u32>) -> bool {
        let has_signed = |issuer: &&Parsed| {
            issuer.age(self.now) == Ordering::Equal
                && issuer.may_sign_over(below)
                && issuer.has_issued(certificate)
                && left.replace(left.get().saturating_sub(1)) > 0
                && issuer.has_signed(certificate, self.known)
        };
        if self.roots.iter().any(|root| has_signed(&root)) {
            return true;
        }
        let mut between = self.between.iter().filter(|issuer| !issuer.is_self_issued());
        between.any(|issuer| {
            has_signed(&issuer)
                && below.checked_add(1).is_some_and(|below| self.vouch(issuer, below, left))
        })
    }
}
