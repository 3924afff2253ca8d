//! Is a certificate for this host? libpq's own rules (`fe-secure-common.c`), not those of browsers.

use super::certificate::{Name, Parsed};
use std::net::IpAddr;

/// Returns whether a certificate is for a host: by a name of its `subjectAltName`, or by its common name
/// where it has no name of the host's kind there.
pub(super) fn fits(certificate: &Parsed, host: &str) -> bool {
    let address = host.parse::<IpAddr>().ok();
    let names = certificate.names();
    let named = names.iter().any(|name| match (name, address) {
        (Name::Dns(pattern), _) => matches(pattern, host),
        (Name::Address(bytes), Some(IpAddr::V4(address))) => *bytes == address.octets(),
        (Name::Address(bytes), Some(IpAddr::V6(address))) => *bytes == address.octets(),
        (Name::Address(_), None) => false,
    });
    let has_own_kind = names.iter().any(|name| match name {
        Name::Dns(_) => address.is_none(),
        Name::Address(_) => address.is_some(),
    });
    named || (!has_own_kind && certificate.common_name().is_some_and(|name| matches(&name, host)))
}

/// Compares a name with a host. `*.` at the beginning stands for one label, anywhere else for itself.
fn matches(pattern: &str, host: &str) -> bool {
    // A NUL would end the name early for a program in C (CVE-2009-4034).
    if pattern.contains('\0') || host.is_empty() {
        return false;
    }
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    match pattern.strip_prefix('*') {
        Some(domain) if domain.starts_with('.') && domain.len() > 1 => {
            host.find('.').filter(|dot| *dot > 0).is_some_and(|dot| {
                host.get(dot..).is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
            })
        }
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(matches("db.example.org", "DB.example.org"));
        assert!(matches("*.example.org", "db.example.org"));
        assert!(!matches("*.example.org", "a.db.example.org"));
        assert!(!matches("*.example.org", "example.org"));
        assert!(!matches("*.example.org", ".example.org"));
        assert!(!matches("d*.example.org", "db.example.org"));
        assert!(!matches("*", "localhost"));
        assert!(!matches("*.", "localhost"));
        assert!(!matches("db.example.org\0.evil.net", "db.example.org"));
        assert!(!matches("", ""));
    }
}
