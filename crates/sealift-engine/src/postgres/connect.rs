//! [`Endpoint::connect`]: a session, or which of the many reasons there is none.

use super::address::{ChannelBinding, Endpoint, Host, TlsMode};
use super::failure;
use super::known::{NOTHING_LISTENS, PASSWORD_WANTED};
use super::session::Session;
use super::tls;
use crate::{Error, ErrorKind, Known, Result};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_postgres::config::{ChannelBinding as DriverChannelBinding, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where PostgreSQL's packages put the Unix socket: Debian's and Red Hat's folder, then upstream's.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// The task of a connection, whose client half is apart.
pub(super) type DriverConnection =
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// An open connection and what is needed to cancel its statements.
pub(super) type Opened = (Client, DriverConnection, MakeRustlsConnect);

/// One place to try.
enum Place {
    Unix(PathBuf),
    Tcp(String, SocketAddr),
}

impl Endpoint {
    /// Connects, and brings the session into the state that all of Sealift relies on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] when the server does not answer or refuses the login, with a hint
    /// for each reason; [`ErrorKind::Target`] when it is older than PostgreSQL 14.
    pub async fn connect(&self, application_name: &str) -> Result<Session> {
        let config = self.driver_config(self.application_name().unwrap_or(application_name));
        let tls = tls::unchecked()?;
        let mut first_failure = None;
        for place in self.places().await? {
            let attempt = async {
                let opened = self.attempt(&config, &tls, &place).await?;
                Session::prepare(opened).await.map_err(Attempt::Refused)
            };
            let session = match self.connect_timeout() {
                Some(limit) => tokio::time::timeout(limit, attempt)
                    .await
                    .unwrap_or_else(|_| Err(Attempt::Failed(self.timed_out(limit)))),
                None => attempt.await,
            };
            match session {
                Ok(session) => return Ok(session),
                // The server answered: the other places are no better.
                Err(Attempt::Refused(error)) => return Err(error),
                Err(Attempt::Failed(error)) => {
                    first_failure.get_or_insert(error);
                }
            }
        }
        Err(first_failure.unwrap_or_else(|| self.unreachable("the host has no address")))
    }

    fn driver_config(&self, application_name: &str) -> Config {
        let mut config = Config::new();
        config
            .user(self.user())
            .dbname(self.database())
            .port(self.port())
            .application_name(application_name)
            // A peer that vanished without a word is noticed after a minute, not after two hours.
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .channel_binding(match self.channel_binding() {
                ChannelBinding::Disable => DriverChannelBinding::Disable,
                ChannelBinding::Prefer => DriverChannelBinding::Prefer,
                ChannelBinding::Require => DriverChannelBinding::Require,
            });
        if let Some(password) = self.password() {
            config.password(password);
        }
        // Only what the user asked for: poolers refuse startup parameters they do not know.
        if let Some(options) = self.options() {
            config.options(options);
        }
        config
    }

    /// Returns the places to try, in order.
    async fn places(&self) -> Result<Vec<Place>> {
        match self.host() {
            Host::Unix(folder) => Ok(vec![Place::Unix(folder.clone())]),
            Host::Tcp(host) => self.resolve(host).await,
            Host::Local => {
                let name = format!(".s.PGSQL.{}", self.port());
                let mut places: Vec<Place> = SOCKET_FOLDERS
                    .iter()
                    .filter(|folder| Path::new(folder).join(&name).exists())
                    .map(|folder| Place::Unix(PathBuf::from(folder)))
                    .collect();
                places.extend(self.resolve("localhost").await?);
                Ok(places)
            }
        }
    }

    async fn resolve(&self, host: &str) -> Result<Vec<Place>> {
        if let Some(address) = self.address() {
            return Ok(vec![Place::Tcp(host.to_owned(), SocketAddr::new(address, self.port()))]);
        }
        let addresses = tokio::net::lookup_host((host, self.port())).await.map_err(|error| {
            self.unreachable(&format!("there is no address for host {host} ({error})"))
                .hinted("check the spelling of the host, and that this machine can resolve names")
        })?;
        Ok(addresses.map(|address| Place::Tcp(host.to_owned(), address)).collect())
    }

    /// Tries one place; with `sslmode=prefer` a second time without TLS, as libpq does, when TLS does
    /// not work or the server does not let us in with it.
    async fn attempt(
        &self,
        config: &Config,
        tls: &MakeRustlsConnect,
        place: &Place,
    ) -> Result<Opened, Attempt> {
        let mode = match (place, self.tls()) {
            // libpq: "This option is ignored for Unix domain socket communication" (34.1.2).
            (Place::Unix(_), _) | (Place::Tcp(..), TlsMode::Disable) => SslMode::Disable,
            (Place::Tcp(..), TlsMode::Prefer) => SslMode::Prefer,
            (Place::Tcp(..), TlsMode::Require) => SslMode::Require,
        };
        match open(config, tls, place, mode).await {
            Ok(opened) => Ok(opened),
            Err(error) if mode == SslMode::Prefer && plain_may_work(&error) => {
                match open(config, tls, place, SslMode::Disable).await {
                    Ok(opened) => Ok(opened),
                    // The first refusal says more, unless it was about TLS itself.
                    Err(second) if failure::is_tls(&error) => Err(self.explain(place, &second)),
                    Err(_) => Err(self.explain(place, &error)),
                }
            }
            Err(error) => Err(self.explain(place, &error)),
        }
    }

    fn explain(&self, place: &Place, error: &tokio_postgres::Error) -> Attempt {
        if let Some(reported) = error.as_db_error() {
            return Attempt::Refused(self.refused(&failure::from_server(reported)));
        }
        if failure::is_tls(error) {
            return Attempt::Refused(self.tls_failed(error));
        }
        let at = match place {
            Place::Unix(folder) => {
                format!("Unix socket {}/.s.PGSQL.{}", folder.display(), self.port())
            }
            Place::Tcp(_, address) => address.to_string(),
        };
        let cause = std::error::Error::source(error);
        let io_kind =
            cause.and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        let said = cause.map_or_else(|| error.to_string(), ToString::to_string);
        match (io_kind, said.as_str()) {
            (Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound), _) => {
                Attempt::Failed(
                    self.known(&NOTHING_LISTENS, &format!("nothing listens at {at} ({said})")),
                )
            }
            (Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable), _) => {
                Attempt::Failed(
                    self.unreachable(&format!("there is no way to {at} ({said})")).hinted(
                        "an address with colons is IPv6: if this network has none, use the \
                     provider's pooled or IPv4 address",
                    ),
                )
            }
            (None, "password missing") => Attempt::Refused(self.known(
                &PASSWORD_WANTED,
                &format!("the server wants a password for role {}", self.user()),
            )),
            (Some(_) | None, _) => {
                Attempt::Failed(self.unreachable(&format!("{error} at {at} ({said})")))
            }
        }
    }

    /// Adds to what the server said what to do about it.
    fn refused(&self, error: &Error) -> Error {
        let sqlstate = error.sqlstate().unwrap_or_default();
        let (user, database) = (self.user(), self.database());
        let message = error.to_string();
        let hint = match sqlstate {
            "3D000" => Some(format!("make it: createdb {database}")),
            "28P01" => Some(format!(
                "check the password of role {user}; in a URL, write % as %25, @ as %40, / as %2F"
            )),
            "28000" if message.contains("pg_hba.conf") => Some(
                "the server's pg_hba.conf has no line that lets this user in from here; \
                 try sslmode=require, or ask its administrator"
                    .to_owned(),
            ),
            "28000" => Some(format!("make it: create role {user} login, or log in as another")),
            "42501" => Some(format!("grant connect on database {database} to {user}")),
            "53300" => Some("close other connections, or raise max_connections".to_owned()),
            _ => error.hint().map(str::to_owned),
        };
        let kind = if error.kind() == ErrorKind::Permission {
            ErrorKind::Permission
        } else {
            ErrorKind::Unreachable
        };
        let refused = Error::new(kind, format!("connect to {self}: {message}"))
            .with_sqlstate(sqlstate.to_owned());
        match hint {
            Some(hint) => refused.hinted(hint),
            None => refused,
        }
    }

    fn tls_failed(&self, error: &tokio_postgres::Error) -> Error {
        let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let refused = self.unreachable(&format!("TLS failed ({said})"));
        if said.contains("does not support TLS") {
            refused.hinted("turn on TLS in the server (ssl = on), or use sslmode=prefer")
        } else {
            refused.hinted("check that the port is PostgreSQL's and that the server speaks TLS 1.2")
        }
    }

    fn timed_out(&self, limit: Duration) -> Error {
        self.unreachable(&format!("no answer within {} s", limit.as_secs())).hinted(
            "check the host, the port and the firewall, or wait longer with connect_timeout=SECONDS",
        )
    }

    fn known(&self, known: &Known, why: &str) -> Error {
        known.saying(format!("connect to {self}: {why}"))
    }

    fn unreachable(&self, why: &str) -> Error {
        Error::new(ErrorKind::Unreachable, format!("connect to {self}: {why}"))
    }
}

/// Why there is no connection.
enum Attempt {
    /// Another address of the host may do.
    Failed(Error),
    /// The server answered.
    Refused(Error),
}

async fn open(
    config: &Config,
    tls: &MakeRustlsConnect,
    place: &Place,
    mode: SslMode,
) -> Result<Opened, tokio_postgres::Error> {
    let mut config = config.clone();
    config.ssl_mode(mode);
    match place {
        Place::Unix(folder) => config.host_path(folder),
        // The name is for TLS; the address was looked up.
        Place::Tcp(host, address) => config.host(host.as_str()).hostaddr(address.ip()),
    };
    let (client, connection) = config.connect(tls.clone()).await?;
    Ok((client, connection, tls.clone()))
}

/// libpq tries again without TLS when the handshake fails or the server does not let us in with it.
fn plain_may_work(error: &tokio_postgres::Error) -> bool {
    failure::is_tls(error) || error.code().is_some_and(|code| code.code() == "28000")
}
