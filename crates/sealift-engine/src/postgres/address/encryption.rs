//! [`Encryption`]: everything an address says about TLS.

use super::values::{
    CHANNEL_BINDINGS, NEGOTIATIONS, TLS_MODES, read_ssl, read_switch, read_versions, read_word,
};
use super::{ChannelBinding, Negotiation, TlsMode, TlsVersions, usage};
use crate::Result;
use std::path::{Path, PathBuf};

/// Everything an address says about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Encryption {
    pub(in crate::postgres) mode: TlsMode,
    pub(in crate::postgres) negotiation: Negotiation,
    pub(in crate::postgres) versions: TlsVersions,
    pub(in crate::postgres) channel_binding: ChannelBinding,
    /// Whether the host's name is told during the handshake (`sslsni`).
    pub(in crate::postgres) sends_name: bool,
    pub(in crate::postgres) roots: Roots,
    pub(in crate::postgres) revoked: Option<Named>,
    pub(in crate::postgres) revoked_folder: Option<PathBuf>,
    pub(in crate::postgres) identity: Identity,
}

/// A file that was named and must be there, or the usual one, which need not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum Named {
    Given(PathBuf),
    Usual(PathBuf),
}

/// Whose signature a server's certificate must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) enum Roots {
    /// Those in a file; without a home folder there is no usual one.
    File(Option<Named>),
    /// Those that this machine trusts (`sslrootcert=system`).
    System,
}

/// Who we are to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct Identity {
    pub(in crate::postgres) mode: CertificateMode,
    pub(in crate::postgres) certificate: Option<Named>,
    pub(in crate::postgres) key: Option<Named>,
}

/// Whether a certificate of ours is sent (libpq's `sslcertmode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::postgres) enum CertificateMode {
    Disable,
    /// If the server asks and there is one.
    #[default]
    Allow,
    /// The server must ask.
    Require,
}

const CERTIFICATE_MODES: &[(&str, CertificateMode)] = &[
    ("disable", CertificateMode::Disable),
    ("allow", CertificateMode::Allow),
    ("require", CertificateMode::Require),
];

impl Named {
    /// Returns the path, `None` when it is the usual one and nothing is there.
    pub(in crate::postgres) fn present(&self) -> Option<&Path> {
        match self {
            Self::Given(path) => Some(path),
            Self::Usual(path) => path.exists().then_some(path.as_path()),
        }
    }
}

impl Encryption {
    /// What holds when nothing is said: no certificates, and no folder to look for some in.
    pub(super) fn new() -> Self {
        Self {
            mode: TlsMode::default(),
            negotiation: Negotiation::default(),
            versions: TlsVersions::ALL,
            channel_binding: ChannelBinding::default(),
            sends_name: true,
            roots: Roots::File(None),
            revoked: None,
            revoked_folder: None,
            identity: Identity { mode: CertificateMode::default(), certificate: None, key: None },
        }
    }

    /// Gives the keywords their meaning. `said` returns what was said for one, by the address, a service or
    /// a variable; `given` only what the address says.
    pub(super) fn resolve(
        said: &impl Fn(&str) -> Option<String>,
        given: &impl Fn(&str) -> Option<String>,
        home: Option<&Path>,
    ) -> Result<Self> {
        let named = |keyword: &str, usual: &str| match said(keyword) {
            Some(path) => Some(Named::Given(PathBuf::from(path))),
            None => home.map(|home| Named::Usual(home.join(".postgresql").join(usual))),
        };
        let word = |keyword: &str, words| match said(keyword) {
            Some(text) => read_word(keyword, &text, words),
            None => Ok(CertificateMode::default()),
        };
        let roots = match said("sslrootcert") {
            Some(text) if text == "system" => Roots::System,
            Some(_) | None => Roots::File(named("sslrootcert", "root.crt")),
        };
        let encryption = Self {
            mode: read_mode(said, given, &roots)?,
            negotiation: said("sslnegotiation").map_or(Ok(Negotiation::default()), |text| {
                read_word("sslnegotiation", &text, NEGOTIATIONS)
            })?,
            versions: read_versions(
                said("ssl_min_protocol_version").as_deref(),
                said("ssl_max_protocol_version").as_deref(),
            )?,
            channel_binding: said("channel_binding")
                .map_or(Ok(ChannelBinding::default()), |text| {
                    read_word("channel_binding", &text, CHANNEL_BINDINGS)
                })?,
            sends_name: said("sslsni").map_or(Ok(true), |text| read_switch("sslsni", &text))?,
            roots,
            revoked: named("sslcrl", "root.crl"),
            revoked_folder: said("sslcrldir").map(PathBuf::from),
            identity: Identity {
                mode: word("sslcertmode", CERTIFICATE_MODES)?,
                certificate: named("sslcert", "postgresql.crt"),
                key: named("sslkey", "postgresql.key"),
            },
        };
        encryption.refuse_contradictions()?;
        Ok(encryption)
    }

    fn refuse_contradictions(&self) -> Result<()> {
        let is_weak = match self.mode {
            TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer => true,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => false,
        };
        if self.negotiation == Negotiation::Direct && is_weak {
            return Err(usage(
                "sslnegotiation=direct needs TLS, which this sslmode does not ask for",
            )
            .hinted("add sslmode=require, or better"));
        }
        if self.roots == Roots::System && self.mode != TlsMode::VerifyFull {
            return Err(usage("sslrootcert=system goes with sslmode=verify-full only")
                .hinted("leave sslmode out, or make it verify-full"));
        }
        Ok(())
    }
}

/// `sslmode`, else the `ssl` of other drivers, else what libpq takes: `verify-full` for the machine's roots,
/// since anybody can get a certificate from those.
fn read_mode(
    said: &impl Fn(&str) -> Option<String>,
    given: &impl Fn(&str) -> Option<String>,
    roots: &Roots,
) -> Result<TlsMode> {
    if given("sslmode").is_none()
        && let Some(text) = given("ssl")
    {
        return read_ssl(&text);
    }
    if let Some(text) = said("sslmode") {
        return read_word("sslmode", &text, TLS_MODES);
    }
    if said("requiressl").is_some_and(|text| text == "1") {
        return Ok(TlsMode::Require);
    }
    Ok(match roots {
        Roots::System => TlsMode::VerifyFull,
        Roots::File(_) => TlsMode::default(),
    })
}
