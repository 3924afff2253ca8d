//! [`Door`]: getting into one server, plain or with TLS.

use super::super::address::{Candidate, ChannelBinding, Encryption, Endpoint, Host, TlsMode};
use super::super::tls::Client as Tls;
use super::cancel::CancelRoute;
use super::dial::{Cover, DialError, SocketWishes, dial};
use super::explain::{Explain, is_about_tls};
use super::place::Place;
use super::startup::{ToldProcess, Watch};
use super::wire::{Shaken, Traffic, Wire};
use crate::{Error, Result};
use tokio_postgres::config::{ChannelBinding as DriverChannelBinding, SslMode, SslNegotiation};
use tokio_postgres::{Client, Config, Connection};

/// The task of a connection, whose client half is apart.
pub(in crate::postgres) type DriverConnection = Connection<Wire, Wire>;

/// An open connection, and what belongs to it.
pub(in crate::postgres) type Opened = (Client, DriverConnection, Belongings);

/// What belongs to a connection besides the driver's halves.
#[derive(Clone)]
pub(in crate::postgres) struct Belongings {
    /// How to cancel its statements.
    pub(in crate::postgres) cancel: CancelRoute,
    /// Counts what has come in or gone out.
    pub(in crate::postgres) traffic: Traffic,
    /// The process that the server said would work for us.
    pub(in crate::postgres) told: ToldProcess,
}

/// Why there is no connection.
pub(super) enum Attempt {
    /// Another address or server may do.
    Failed(Error),
    /// The server answered.
    Refused(Error),
}

/// What went wrong on the way in.
#[derive(Debug)]
pub(super) enum EntryError {
    Dial(DialError),
    Login(tokio_postgres::Error, Protection),
}

/// How a login was protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// By TLS.
    Tls,
    /// Not at all, since the server has no TLS.
    Declined,
    /// Not at all, and the server was not asked.
    NotAsked,
}

/// One server and everything that is said to it at the login.
pub(super) struct Door<'a> {
    endpoint: &'a Endpoint,
    encryption: &'a Encryption,
    config: Config,
    wishes: SocketWishes,
    /// `None` where TLS is out of the question.
    tls: Option<Tls>,
}

impl<'a> Door<'a> {
    pub(super) fn new(
        endpoint: &'a Endpoint,
        candidate: &'a Candidate,
        application_name: &str,
    ) -> Result<Self, Attempt> {
        let encryption = endpoint.encryption();
        let host = match &candidate.host {
            Host::Tcp(host) => Some(host.as_str()),
            Host::Local => Some("localhost"),
            Host::Unix(_) => None,
        };
        // libpq: "This option is ignored for Unix domain socket communication" (34.1.2).
        let tls = match (encryption.mode, host) {
            (TlsMode::Disable, _) | (_, None) => None,
            (_, Some(host)) => Some(Tls::new(encryption, Some(host)).map_err(Attempt::Refused)?),
        };
        let mut config = Config::new();
        config
            .user(endpoint.user())
            .dbname(endpoint.database())
            .application_name(endpoint.application_name().unwrap_or(application_name))
            .channel_binding(match encryption.channel_binding {
                ChannelBinding::Disable => DriverChannelBinding::Disable,
                ChannelBinding::Prefer => DriverChannelBinding::Prefer,
                ChannelBinding::Require => DriverChannelBinding::Require,
            });
        if let Some(password) = endpoint.password_for(candidate) {
            config.password(password);
        }
        // Only what the user asked for: poolers refuse startup parameters they do not know.
        if let Some(options) = endpoint.options() {
            config.options(options);
        }
        let wishes = SocketWishes {
            keepalive: endpoint.keepalive(),
            peer: endpoint.peer().map(str::to_owned),
        };
        Ok(Self { endpoint, encryption, config, wishes, tls })
    }

    /// Goes in, in libpq's order: `allow` plain first, `prefer` with TLS first.
    pub(super) async fn enter(&self, place: &Place) -> Result<Opened, Attempt> {
        let explain = Explain { endpoint: self.endpoint, place };
        let tls = match place {
            Place::Unix(_) => None,
            Place::Tcp(..) => self.tls.as_ref(),
        };
        let Some(tls) = tls else {
            return self.log_in(place, Cover::Plain).await.map_err(|error| explain.entry(&error));
        };
        let (encrypted, offered) =
            (Cover::Tls(tls, self.encryption), Cover::Offered(tls, self.encryption));
        let (first, second) = match self.encryption.mode {
            TlsMode::Disable | TlsMode::Allow => (Cover::Plain, Some(encrypted)),
            TlsMode::Prefer => (offered, Some(Cover::Plain)),
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => (encrypted, None),
        };
        let error = match self.log_in(place, first).await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let Some(second) = second.filter(|_| self.other_may_do(&error)) else {
            return Err(explain.entry(&error));
        };
        match self.log_in(place, second).await {
            Ok(opened) => Ok(opened),
            // Of two refusals the first says more, unless it was about TLS itself.
            Err(again) if is_about_tls(&error) => Err(explain.entry(&again)),
            Err(again) if self.encryption.mode == TlsMode::Allow && !is_about_tls(&again) => {
                Err(explain.entry(&again))
            }
            Err(_) => Err(explain.entry(&error)),
        }
    }

    /// Returns whether it is worth going in the other way: TLS does not work, or the server lets nobody in
    /// like this. A password that is wrong stays wrong.
    fn other_may_do(&self, error: &EntryError) -> bool {
        if is_about_tls(error) {
            return true;
        }
        match error {
            EntryError::Dial(_) => false,
            EntryError::Login(error, _) => {
                let code = error.code().map(|code| code.code().to_owned());
                match self.encryption.mode {
                    // A pooler that wants TLS says so in other ways, and TLS is never worse.
                    TlsMode::Allow => code.is_some_and(|code| code != "28P01"),
                    TlsMode::Disable
                    | TlsMode::Prefer
                    | TlsMode::Require
                    | TlsMode::VerifyCa
                    | TlsMode::VerifyFull => code.is_some_and(|code| code == "28000"),
                }
            }
        }
    }

    async fn log_in(&self, place: &Place, cover: Cover<'_>) -> Result<Opened, EntryError> {
        let wire = dial(place, &self.wishes, cover).await.map_err(EntryError::Dial)?;
        let is_encrypted = wire.is_encrypted();
        let protection = match (is_encrypted, cover) {
            (true, _) => Protection::Tls,
            (false, Cover::Offered(..)) => Protection::Declined,
            (false, Cover::Plain | Cover::Tls(..)) => Protection::NotAsked,
        };
        let traffic = wire.traffic();
        let (watch, told) = Watch::new(self.endpoint.methods().cloned());
        let mut config = self.config.clone();
        if is_encrypted {
            // The driver is to find TLS there already: see `Shaken`.
            config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        let (client, connection) = config
            .connect_raw(wire.watched_by(watch), Shaken)
            .await
            .map_err(|error| EntryError::Login(error, protection))?;
        let tls = self.tls.as_ref().filter(|_| is_encrypted);
        let cancel = CancelRoute::new(self.endpoint, place, &self.wishes, tls);
        Ok((client, connection, Belongings { cancel, traffic, told }))
    }
}
