//! From what went wrong to what a person can do about it.

use super::super::address::Endpoint;
use super::super::failure;
use super::super::known as k;
use super::super::tls::Mistrust;
use super::super::typed::plain_or_quoted;
use super::attempt::{Attempt, EntryError, Protection};
use super::dial::DialError;
use super::greeting::Stranger;
use super::place::Place;
use super::startup::Forbidden;
use crate::cause::POOL_EXHAUSTED;
use crate::{Error, ErrorKind, Known, Recovery};
use rustls::{AlertDescription, CertificateError};
use std::io;
use std::net::IpAddr;

/// Whom we tried to reach.
pub(super) struct Explain<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) place: &'a Place,
}

/// Returns whether it failed because of TLS, so that it may work without.
pub(super) fn is_about_tls(error: &EntryError) -> bool {
    match error {
        EntryError::Dial(error) => match error {
            DialError::Handshake(_)
            | DialError::TlsNotOffered
            | DialError::NotDirect
            | DialError::CertificateNotAsked
            | DialError::Nameless => true,
            DialError::Socket(_) | DialError::NotPostgres(_) | DialError::OtherPeer(_) => false,
        },
        EntryError::Login(error, _) => {
            cause::<io::Error>(error).and_then(inner::<rustls::Error>).is_some()
        }
    }
}

impl Explain<'_> {
    pub(super) fn entry(&self, error: &EntryError) -> Attempt {
        let attempt = match error {
            EntryError::Dial(error) => self.dial(error),
            EntryError::Login(error, protection) => self.login(error, *protection),
        };
        match attempt {
            // A certificate or a password does not become right by waiting.
            Attempt::Refused(error)
                if error.sqlstate().is_none() && error.recovery() == Recovery::Retry =>
            {
                Attempt::Refused(error.with_recovery(Recovery::Resume))
            }
            attempt @ (Attempt::Refused(_) | Attempt::Failed(_)) => attempt,
        }
    }

    fn dial(&self, error: &DialError) -> Attempt {
        match error {
            DialError::Socket(error) => self.socket(error),
            DialError::Handshake(error) => Attempt::Refused(self.handshake(error)),
            DialError::TlsNotOffered => Attempt::Refused(k::TLS_NOT_OFFERED.error()),
            DialError::NotPostgres(stranger) => Attempt::Failed(self.stranger(*stranger)),
            DialError::NotDirect => Attempt::Refused(k::NOT_DIRECT.error()),
            DialError::CertificateNotAsked => Attempt::Refused(k::CERTIFICATE_NOT_ASKED.error()),
            DialError::Nameless => Attempt::Refused(k::NAMELESS.error()),
            DialError::OtherPeer(name) => Attempt::Refused(
                k::OTHER_PEER.saying(format!("{}: it is run by {name}", k::OTHER_PEER.says)),
            ),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other library's list is long and grows"
    )]
    fn socket(&self, error: &io::Error) -> Attempt {
        let known = match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => &k::NOTHING_LISTENS,
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => &k::NO_WAY,
            io::ErrorKind::TimedOut => {
                let said = format!("{} some minutes from {}", k::NO_ANSWER.says, self.place);
                return Attempt::Failed(self.placed(k::NO_ANSWER.saying(said)));
            }
            _ => {
                let said = format!("{} with {} ({error})", k::BROKE.says, self.place);
                return Attempt::Failed(k::BROKE.saying(said));
            }
        };
        let error = known.saying(format!("{} {} ({error})", known.says, self.place));
        Attempt::Failed(self.placed(error))
    }

    fn login(&self, error: &tokio_postgres::Error, protection: Protection) -> Attempt {
        if let Some(reported) = error.as_db_error() {
            let error = self.reported(failure::from_server(reported), protection);
            // The server is there but cannot take us now; another one may.
            return match error.sqlstate() {
                Some("57P03" | "53300") => Attempt::Failed(error),
                Some(_) | None => Attempt::Refused(error),
            };
        }
        if let Some(broken) = cause::<io::Error>(error) {
            if let Some(forbidden) = inner::<Forbidden>(broken) {
                let said = format!("{}: {forbidden}", k::METHOD_FORBIDDEN.says);
                return Attempt::Refused(k::METHOD_FORBIDDEN.saying(said));
            }
            if let Some(stranger) = inner::<Stranger>(broken) {
                return Attempt::Failed(self.stranger(*stranger));
            }
            if inner::<rustls::Error>(broken).is_some() {
                return Attempt::Refused(self.handshake(broken));
            }
            return self.socket(broken);
        }
        let said =
            std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Attempt::Refused(match said.as_str() {
            "password missing" => k::PASSWORD_WANTED.saying(format!(
                "{} for role {}",
                k::PASSWORD_WANTED.says,
                self.endpoint.user()
            )),
            said if said.contains("channel binding") => {
                k::NO_CHANNEL_BINDING.saying(format!("{} ({said})", k::NO_CHANNEL_BINDING.says))
            }
            "unsupported authentication method" | "unsupported SASL mechanism" => {
                k::METHOD_UNKNOWN.error()
            }
            "connection closed" => {
                let said = format!("{} with {}", k::BROKE.says, self.place);
                return Attempt::Failed(k::BROKE.saying(said));
            }
            said => Error::new(ErrorKind::Unreachable, format!("{said} at {}", self.place))
                .hinted(k::BROKE.hint),
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other library's list is long and grows"
    )]
    fn handshake(&self, error: &io::Error) -> Error {
        let Some(error) = inner::<rustls::Error>(error) else {
            let said = format!("{} ({error})", k::TLS_FAILED.says);
            return self.placed(k::TLS_FAILED.saying(said));
        };
        let with = |known: &Known| self.placed(known.saying(format!("{} ({error})", known.says)));
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
                match other.0.downcast_ref::<Mistrust>() {
                    Some(mistrust) => self.mistrusted(mistrust),
                    None => with(&k::CERTIFICATE_UNUSABLE),
                }
            }
            rustls::Error::InvalidCertificate(_) => with(&k::CERTIFICATE_UNUSABLE),
            rustls::Error::AlertReceived(alert) => match alert {
                AlertDescription::CertificateRequired => k::CLIENT_CERTIFICATE_WANTED.error(),
                AlertDescription::UnknownCA
                | AlertDescription::BadCertificate
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::DecryptError => with(&k::CLIENT_CERTIFICATE_REFUSED),
                AlertDescription::NoApplicationProtocol => k::NOT_DIRECT.error(),
                _ => with(&k::TLS_FAILED),
            },
            _ => with(&k::TLS_FAILED),
        }
    }

    fn mistrusted(&self, mistrust: &Mistrust) -> Error {
        let known = match mistrust {
            Mistrust::UnknownIssuer => &k::CERTIFICATE_UNKNOWN,
            Mistrust::Expired | Mistrust::NotYet => &k::CERTIFICATE_OUT_OF_DATE,
            Mistrust::OtherName(_) => &k::CERTIFICATE_FOR_OTHER,
            Mistrust::Revoked | Mistrust::Unlisted => &k::CERTIFICATE_REVOKED,
            Mistrust::Version1 => &k::CERTIFICATE_VERSION_1,
            Mistrust::Unusable(_) => &k::CERTIFICATE_UNUSABLE,
        };
        self.placed(known.saying(format!("{}: {mistrust}", known.says)))
    }

    /// Adds to what the server said what to do about it.
    fn reported(&self, error: Error, protection: Protection) -> Error {
        let sqlstate = error.sqlstate().unwrap_or_default();
        let message = error.to_string();
        let saying = |known: &Known| known.saying(format!("{}: {message}", known.says));
        // Texts in other languages than English are found by their code alone.
        let found = match sqlstate {
            _ if message.contains("startup parameter") => saying(&k::STARTUP_PARAMETER),
            "3D000" => saying(&k::NO_DATABASE),
            "28P01" => saying(&k::PASSWORD_WRONG),
            _ if message.contains("client certificate") => saying(&k::CLIENT_CERTIFICATE_WANTED),
            _ if message.contains("certificate authentication failed") => {
                saying(&k::CLIENT_CERTIFICATE_REFUSED)
            }
            "28000" if message.contains("pg_hba.conf") => match (self.place, protection) {
                (Place::Tcp(..), Protection::NotAsked) => saying(&k::REJECTED_PLAIN),
                (Place::Tcp(..), Protection::Tls | Protection::Declined) | (Place::Unix(_), _) => {
                    saying(&k::REJECTED).hinted(hint_of_a_rule(&message))
                }
            },
            _ if protection != Protection::Tls && says_tls(&message) => saying(&k::REJECTED_PLAIN),
            "28000" if message.contains("Peer") || message.contains("Ident") => {
                saying(&k::PEER_REFUSED)
            }
            "28000" => saying(&k::NO_ROLE),
            "42501" => saying(&k::MAY_NOT_CONNECT),
            "53300" if message.contains(k::TOO_MANY_OF_ROLE.says) => saying(&k::TOO_MANY_OF_ROLE),
            "53300" if message.contains(k::TOO_MANY_OF_DATABASE.says) => {
                saying(&k::TOO_MANY_OF_DATABASE)
            }
            "53300" => saying(&k::TOO_MANY),
            "57P03" => saying(&k::NOT_READY),
            // A pooler's own words.
            _ if error.cause() == Some(&POOL_EXHAUSTED) => return error,
            _ => {
                let known = Error::new(ErrorKind::Unreachable, message.as_str());
                match error.hint() {
                    Some(hint) => known.hinted(hint),
                    None => known,
                }
            }
        };
        self.named(found.with_sqlstate(sqlstate).with_recovery(error.recovery()))
    }

    /// Puts the names of the role and the database into the hint.
    fn named(&self, error: Error) -> Error {
        let Some(hint) = error.hint() else { return error };
        let hint = hint.replace("ROLE", &plain_or_quoted(self.endpoint.user()));
        let hint = hint.replace("DATABASE", &plain_or_quoted(self.endpoint.database()));
        error.hinted(hint)
    }

    /// Puts the place into the hint.
    fn placed(&self, error: Error) -> Error {
        let hint = error.hint().map(|hint| self.place.put_into(hint));
        match hint {
            Some(hint) => error.hinted(hint),
            None => error,
        }
    }

    fn stranger(&self, stranger: Stranger) -> Error {
        let known = &k::NOT_POSTGRES;
        known.saying(format!("{} at {}: {stranger}", known.says, self.place))
    }
}

/// Returns the hint about `pg_hba.conf` with the address that the server saw us come from, which it quotes
/// first.
fn hint_of_a_rule(message: &str) -> String {
    let seen = message.split_once("host \"").and_then(|(_, rest)| rest.split_once('"'));
    match seen.and_then(|(address, _)| address.parse::<IpAddr>().ok()) {
        Some(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            k::REJECTED.hint.replace("ADDRESS", &format!("{address}/{bits}"))
        }
        None => k::REJECTED.hint.to_owned(),
    }
}

/// PgBouncer: "SSL required"; Neon: "connection is insecure (try using `sslmode=require`)".
fn says_tls(message: &str) -> bool {
    message.contains("SSL required") || message.contains("sslmode=require")
}

/// Returns the direct cause of a failure, if it is of this type.
fn cause<T: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&T> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Returns what an error of the socket carries, if it is of this type.
fn inner<T: std::error::Error + 'static>(error: &io::Error) -> Option<&T> {
    error.get_ref()?.downcast_ref()
}
