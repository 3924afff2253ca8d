//! The values of keywords that are words, numbers or lists of them (manual section 34.1.2).

use super::usage;
use crate::Result;
use std::time::Duration;

/// Whether the connection is encrypted (libpq's `sslmode`; manual section 34.19.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server offers it. libpq's default.
    #[default]
    Prefer,
    /// Always; who the server is, is checked only if there is a root certificate.
    Require,
    /// Always, with a server whose certificate a known authority has signed.
    VerifyCa,
    /// Always, with a server whose certificate a known authority has signed for its name.
    VerifyFull,
}

impl TlsMode {
    /// Returns the mode that `sslmode` calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TLS_MODES.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode)
    }
}

/// What kind of server is wanted (libpq's `target_session_attrs`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SessionAttributes {
    /// Whichever answers.
    #[default]
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that does not.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby if there is one.
    PreferStandby,
}

/// In which order the hosts are tried (libpq's `load_balance_hosts`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::postgres) enum LoadBalance {
    #[default]
    Disable,
    Random,
}

/// Whether the login is tied to the TLS connection (libpq's `channel_binding`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::postgres) enum ChannelBinding {
    Disable,
    #[default]
    Prefer,
    Require,
}

/// How TLS begins (libpq's `sslnegotiation`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::postgres) enum Negotiation {
    /// The server is asked first.
    #[default]
    Postgres,
    /// At once; PostgreSQL 17 and newer.
    Direct,
}

/// A version of TLS, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::postgres) enum TlsVersion {
    V1_2,
    V1_3,
}

/// Which versions of TLS may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) struct TlsVersions {
    pub(in crate::postgres) oldest: TlsVersion,
    pub(in crate::postgres) newest: TlsVersion,
}

impl TlsVersions {
    /// Those that are spoken here.
    pub(super) const ALL: Self = Self { oldest: TlsVersion::V1_2, newest: TlsVersion::V1_3 };
}

/// When a silent peer is taken for dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) struct Keepalive {
    pub(in crate::postgres) on: bool,
    pub(in crate::postgres) idle: Duration,
    pub(in crate::postgres) interval: Duration,
    pub(in crate::postgres) count: u32,
    /// How long sent data may stay without an answer.
    pub(in crate::postgres) unanswered: Option<Duration>,
}

/// A peer that vanished without a word is noticed after a minute, not after two hours; one that does not
/// acknowledge what it was sent, after the same time. libpq leaves both to the operating system.
impl Default for Keepalive {
    fn default() -> Self {
        Self {
            on: true,
            idle: Duration::from_secs(30),
            interval: Duration::from_secs(10),
            count: 3,
            unanswered: Some(Duration::from_secs(60)),
        }
    }
}

/// By which methods the server may have us log in (libpq's `require_auth`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Methods {
    names: Vec<String>,
    /// The names are those that are forbidden.
    negated: bool,
}

/// Manual section 34.1.2.
const METHODS: [&str; 7] = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"];

impl Methods {
    pub(in crate::postgres) fn read(text: &str) -> Result<Self> {
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        let negated = names.first().is_some_and(|name| name.starts_with('!'));
        let mut methods = Self { names: Vec::new(), negated };
        for name in names {
            if name.starts_with('!') != negated {
                return Err(usage("`require_auth` mixes methods with and without `!`"));
            }
            let name = name.strip_prefix('!').unwrap_or(name);
            if !METHODS.contains(&name) {
                return Err(usage(format!(
                    "`require_auth` has a method that is none of {}",
                    METHODS.join(", ")
                )));
            }
            methods.names.push(name.to_owned());
        }
        Ok(methods)
    }

    /// Returns whether the server may ask for this.
    pub(in crate::postgres) fn allow(&self, method: &str) -> bool {
        self.names.iter().any(|name| name == method) != self.negated
    }
}

pub(super) fn read_timeout(text: &str) -> Result<Option<Duration>> {
    let seconds = read_number("connect_timeout", text)?;
    // Zero and less: wait for ever (manual section 34.1.2).
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

pub(super) fn read_number(name: &str, text: &str) -> Result<i64> {
    text.trim().parse().map_err(|_| usage(format!("`{name}` is not a whole number")))
}

/// Reads a number where zero and less mean the default.
pub(super) fn read_positive(name: &str, text: &str) -> Result<Option<u64>> {
    Ok(u64::try_from(read_number(name, text)?).ok().filter(|number| *number > 0))
}

/// Reads `0` or `1`.
pub(super) fn read_switch(name: &str, text: &str) -> Result<bool> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(usage(format!("`{name}` is neither 0 nor 1"))),
    }
}

/// Reads a word of a list.
pub(super) fn read_word<T: Copy>(name: &str, text: &str, words: &[(&str, T)]) -> Result<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        usage(format!("`{name}` is none of {}", words.join(", ")))
    })
}

pub(super) const TLS_MODES: &[(&str, TlsMode)] = &[
    ("disable", TlsMode::Disable),
    ("allow", TlsMode::Allow),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];

pub(super) const SESSION_ATTRIBUTES: &[(&str, SessionAttributes)] = &[
    ("any", SessionAttributes::Any),
    ("read-write", SessionAttributes::ReadWrite),
    ("read-only", SessionAttributes::ReadOnly),
    ("primary", SessionAttributes::Primary),
    ("standby", SessionAttributes::Standby),
    ("prefer-standby", SessionAttributes::PreferStandby),
];

pub(super) const LOAD_BALANCES: &[(&str, LoadBalance)] =
    &[("disable", LoadBalance::Disable), ("random", LoadBalance::Random)];

pub(super) const CHANNEL_BINDINGS: &[(&str, ChannelBinding)] = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];

pub(super) const NEGOTIATIONS: &[(&str, Negotiation)] =
    &[("postgres", Negotiation::Postgres), ("direct", Negotiation::Direct)];

/// Reads the two limits of TLS's version. Versions before 1.2 are not spoken here, so a lower limit below
/// that changes nothing, and an upper one leaves nothing.
pub(super) fn read_versions(oldest: Option<&str>, newest: Option<&str>) -> Result<TlsVersions> {
    const NAMES: [&str; 4] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
    let read = |name: &str, text: &str| {
        NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(text))
            .ok_or_else(|| usage(format!("`{name}` is none of {}", NAMES.join(", "))))
    };
    let oldest = oldest.map(|text| read("ssl_min_protocol_version", text)).transpose()?;
    let newest = newest.map(|text| read("ssl_max_protocol_version", text)).transpose()?;
    let versions = TlsVersions {
        oldest: if oldest == Some(3) { TlsVersion::V1_3 } else { TlsVersion::V1_2 },
        newest: match newest {
            Some(0 | 1) => {
                return Err(usage("Sealift speaks TLS 1.2 and 1.3 only")
                    .hinted("leave ssl_max_protocol_version out, or make it TLSv1.2"));
            }
            Some(2) => TlsVersion::V1_2,
            Some(_) | None => TlsVersion::V1_3,
        },
    };
    if versions.oldest > versions.newest {
        return Err(usage("ssl_min_protocol_version is above ssl_max_protocol_version"));
    }
    Ok(versions)
}

/// `ssl=…` of other drivers: JDBC's `true`, and asyncpg's, which takes the names of `sslmode`.
pub(super) fn read_ssl(text: &str) -> Result<TlsMode> {
    match text {
        "true" | "1" | "on" => Ok(TlsMode::Require),
        "false" | "0" | "off" => Ok(TlsMode::Disable),
        mode => read_word("ssl", mode, TLS_MODES),
    }
}
