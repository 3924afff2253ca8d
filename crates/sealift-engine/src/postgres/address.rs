//! [`Endpoint`]: which server, which database, and how to log in.

use super::{keywords, url};
use crate::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The port PostgreSQL listens on unless told otherwise.
const DEFAULT_PORT: u16 = 5432;

/// How long one attempt to connect may take unless told otherwise. libpq waits for ever, which a
/// person takes for a hang; ten seconds are enough for a serverless database to wake.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What stays as it is in a part of a URL (RFC 3986, "unreserved").
const URL_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A server, a database on it and how to log in. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    user: String,
    password: Option<String>,
    host: Host,
    address: Option<IpAddr>,
    port: u16,
    database: String,
    tls: TlsMode,
    channel_binding: ChannelBinding,
    connect_timeout: Option<Duration>,
    application_name: Option<String>,
    options: Option<String>,
    ignored: Vec<String>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Wherever a local server is: the usual folders for its Unix socket, then `localhost`.
    Local,
    /// A name or an IP address.
    Tcp(String),
    /// The folder of a Unix socket.
    Unix(PathBuf),
}

/// Whether the connection is encrypted (libpq's `sslmode`; manual section 34.19.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// Where the server offers it. libpq's default; also what `allow` is taken as, which is stronger.
    #[default]
    Prefer,
    /// Always, whoever the server is.
    Require,
}

/// Whether the login is tied to the TLS connection (libpq's `channel_binding`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ChannelBinding {
    /// Never.
    Disable,
    /// Where it is possible.
    #[default]
    Prefer,
    /// Always.
    Require,
}

/// What takes the place of the parts that an address leaves out; filled from `PGHOST` and its
/// siblings by the command line, since the engine does not read the environment. Empty texts count
/// as absent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The operating system's name of the user, which libpq logs in with when nothing else is said.
    pub system_user: Option<String>,
    /// `PGUSER`
    pub user: Option<String>,
    /// `PGPASSWORD`
    pub password: Option<String>,
    /// `PGHOST`
    pub host: Option<String>,
    /// `PGHOSTADDR`
    pub hostaddr: Option<String>,
    /// `PGPORT`
    pub port: Option<String>,
    /// `PGDATABASE`
    pub dbname: Option<String>,
    /// `PGSSLMODE`
    pub sslmode: Option<String>,
    /// `PGCONNECT_TIMEOUT`
    pub connect_timeout: Option<String>,
    /// `PGOPTIONS`
    pub options: Option<String>,
    /// `PGAPPNAME`
    pub application_name: Option<String>,
}

impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defaults")
            .field("user", &self.user)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("dbname", &self.dbname)
            .finish_non_exhaustive()
    }
}

/// One `keyword=value` of an address.
pub(super) type Parameter = (String, String);

impl Endpoint {
    /// Reads a URL (`postgresql://`, `postgres://`, SQLAlchemy's `postgresql+driver://`) or a keyword
    /// string (`host=… dbname=…`), as libpq takes them (manual section 34.1.1).
    ///
    /// A password in a URL may also stand there as it is, not percent-encoded, as long as there is
    /// one way to read it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`], never quoting the text, which may hold a password.
    pub fn parse(text: &str, defaults: &Defaults) -> Result<Self> {
        let text = text.trim();
        let parameters = if url::is_url(text) {
            url::read(text)?
        } else if text.contains("://") {
            return Err(usage("the scheme of the URL is not that of PostgreSQL")
                .hinted("write postgresql://USER@HOST:PORT/DATABASE"));
        } else if text.contains('=') {
            keywords::read(text)?
        } else {
            return Err(usage("neither a PostgreSQL URL nor a keyword string").hinted(
                "write postgresql://USER@HOST:PORT/DATABASE, or host=HOST dbname=DATABASE",
            ));
        };
        keywords::resolve(parameters, defaults)
    }

    /// Returns an endpoint of a server that is known, with libpq's defaults for the rest.
    #[must_use]
    pub fn new(
        host: Host,
        port: u16,
        user: impl Into<String>,
        database: impl Into<String>,
    ) -> Self {
        Self {
            user: user.into(),
            password: None,
            host,
            address: None,
            port,
            database: database.into(),
            tls: TlsMode::default(),
            channel_binding: ChannelBinding::default(),
            connect_timeout: Some(DEFAULT_CONNECT_TIMEOUT),
            application_name: None,
            options: None,
            ignored: Vec::new(),
        }
    }

    /// Returns the same endpoint with a password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into()).filter(|password: &String| !password.is_empty());
        self
    }

    /// Returns another database of the same server.
    #[must_use]
    pub fn with_database(mut self, database: impl Into<String>) -> Self {
        self.database = database.into();
        self
    }

    /// Returns the same endpoint with another `sslmode`.
    #[must_use]
    pub fn with_tls(mut self, tls: TlsMode) -> Self {
        self.tls = tls;
        self
    }

    /// Returns the role to log in as.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns where the server listens.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether the connection is encrypted.
    #[must_use]
    pub fn tls(&self) -> TlsMode {
        self.tls
    }

    /// Returns whether there is a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Returns the names of the parameters that were given but have no effect, for a warning.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Returns the URL with the password in it, for handing to another program. Not for showing.
    #[must_use]
    pub fn url_with_password(&self) -> String {
        self.write_url(self.password.as_deref().map(encode))
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    pub(super) fn channel_binding(&self) -> ChannelBinding {
        self.channel_binding
    }

    pub(super) fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    pub(super) fn application_name(&self) -> Option<&str> {
        self.application_name.as_deref()
    }

    pub(super) fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    fn write_url(&self, password: Option<String>) -> String {
        let user = encode(&self.user);
        let login = password.map_or_else(|| user.clone(), |password| format!("{user}:{password}"));
        let host = match &self.host {
            Host::Local => String::new(),
            Host::Tcp(host) if host.contains(':') => format!("[{}]:{}", host, self.port),
            Host::Tcp(host) => format!("{host}:{}", self.port),
            Host::Unix(folder) => format!("{}:{}", encode(&folder.to_string_lossy()), self.port),
        };
        let mut url = format!("postgresql://{login}@{host}/{}", encode(&self.database));
        let mut mark = '?';
        let mut parameter = |name: &str, value: &str| {
            url.push(mark);
            url.push_str(name);
            url.push('=');
            url.push_str(value);
            mark = '&';
        };
        if self.host == Host::Local && self.port != DEFAULT_PORT {
            parameter("port", &self.port.to_string());
        }
        match self.tls {
            TlsMode::Disable => parameter("sslmode", "disable"),
            TlsMode::Prefer => {}
            TlsMode::Require => parameter("sslmode", "require"),
        }
        url
    }
}

/// The URL, with `***` for the password.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write_url(self.password.as_ref().map(|_| "***".to_owned())))
    }
}

/// The same as [`fmt::Display`]: an endpoint in a log holds no password.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

impl Host {
    /// Returns what `host=` means: a path is the folder of a Unix socket, `@` an abstract one.
    pub(super) fn from_text(text: &str) -> Result<Self> {
        if text.is_empty() {
            Ok(Self::Local)
        } else if text.starts_with('@') {
            Err(usage("abstract Unix sockets (host=@…) are not supported"))
        } else if text.starts_with('/') {
            Ok(Self::Unix(PathBuf::from(text)))
        } else if text.contains(',') {
            Err(usage("several hosts are given")
                .hinted("name one host: the server that takes writes"))
        } else {
            Ok(Self::Tcp(text.to_owned()))
        }
    }

    /// Returns the folder, if it is that of a Unix socket.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Unix(folder) => Some(folder),
            Self::Local | Self::Tcp(_) => None,
        }
    }
}

/// What [`keywords::resolve`] found out.
pub(super) struct Settings {
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) host: Host,
    pub(super) address: Option<IpAddr>,
    pub(super) port: Option<u16>,
    pub(super) database: String,
    pub(super) tls: TlsMode,
    pub(super) channel_binding: ChannelBinding,
    /// `None`: not said. `Some(None)`: wait for ever.
    pub(super) connect_timeout: Option<Option<Duration>>,
    pub(super) application_name: Option<String>,
    pub(super) options: Option<String>,
    pub(super) ignored: Vec<String>,
}

impl From<Settings> for Endpoint {
    fn from(settings: Settings) -> Self {
        Self {
            user: settings.user,
            password: settings.password,
            host: settings.host,
            address: settings.address,
            port: settings.port.unwrap_or(DEFAULT_PORT),
            database: settings.database,
            tls: settings.tls,
            channel_binding: settings.channel_binding,
            connect_timeout: settings.connect_timeout.unwrap_or(Some(DEFAULT_CONNECT_TIMEOUT)),
            application_name: settings.application_name,
            options: settings.options,
            ignored: settings.ignored,
        }
    }
}

/// Percent-encodes a part of a URL.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, URL_PART).to_string()
}

/// Returns an error of the user's.
pub(super) fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message)
}
