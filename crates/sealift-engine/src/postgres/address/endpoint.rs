//! [`Endpoint`]: which servers, which database, and how to log in.

use super::encryption::Encryption;
use super::host::DEFAULT_PORT;
use super::{
    Candidate, Defaults, Host, Keepalive, LoadBalance, Methods, Parameter, SessionAttributes,
    TlsMode,
};
use super::{keywords, resolve, url, usage};
use crate::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one attempt to connect may take unless told otherwise. libpq waits for ever, which a
/// person takes for a hang; ten seconds are enough for a serverless database to wake.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What stays as it is in a part of a URL (RFC 3986, "unreserved").
const URL_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What stays as it is in the value of a parameter.
const URL_VALUE: &AsciiSet = &URL_PART.remove(b'/').remove(b',').remove(b':');

/// A server (or several, of which one is meant), a database on it and how to log in. Shown without the
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) candidates: Vec<Candidate>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) passfile: Option<PathBuf>,
    pub(super) database: String,
    pub(super) encryption: Encryption,
    /// `None`: not said.
    pub(super) session_attributes: Option<SessionAttributes>,
    pub(super) purpose: Purpose,
    pub(super) load_balance: LoadBalance,
    pub(super) methods: Option<Methods>,
    pub(super) peer: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) keepalive: Keepalive,
    pub(super) application_name: Option<String>,
    pub(super) options: Option<String>,
    pub(super) ignored: Vec<String>,
    /// Keywords that a URL has to repeat.
    pub(super) extra: Vec<Parameter>,
}

/// What sessions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum Purpose {
    /// Something will be written, so that a standby will not do.
    Writing,
    /// Whatever the address asks for will do.
    Reading,
}

impl Endpoint {
    /// Reads a URL (`postgresql://`, `postgres://`, SQLAlchemy's `postgresql+driver://`) or a keyword
    /// string (`host=… dbname=…`), as libpq takes them (manual section 34.1.1).
    ///
    /// A password in a URL may also stand there as it is, not percent-encoded, as long as there is
    /// one way to read it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage), never quoting the text, which may hold a password;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when a service file cannot be read.
    pub fn parse(text: &str, defaults: &Defaults) -> Result<Self> {
        let text = text.trim();
        let parameters = if url::is_url(text) {
            url::read(text)?
        } else if url::is_other_url(text) {
            return Err(usage("the scheme of the URL is not that of PostgreSQL")
                .hinted("write postgresql://USER@HOST:PORT/DATABASE"));
        } else if text.contains('=') {
            keywords::read(text)?
        } else {
            return Err(usage("neither a PostgreSQL URL nor a keyword string").hinted(
                "write postgresql://USER@HOST:PORT/DATABASE, or host=HOST dbname=DATABASE",
            ));
        };
        resolve::resolve(parameters, defaults)
    }

    /// Returns an endpoint of a server that is known, with libpq's defaults for the rest.
    #[must_use]
    pub fn new(
        host: Host,
        port: u16,
        user: impl Into<String>,
        database: impl Into<String>,
    ) -> Self {
        Self::with_candidates(vec![Candidate::new(host, port)], user.into(), database.into())
    }

    pub(super) fn with_candidates(
        candidates: Vec<Candidate>,
        user: String,
        database: String,
    ) -> Self {
        Self {
            candidates,
            user,
            password: None,
            passfile: None,
            database,
            encryption: Encryption::new(),
            session_attributes: None,
            purpose: Purpose::Writing,
            load_balance: LoadBalance::default(),
            methods: None,
            peer: None,
            connect_timeout: Some(DEFAULT_CONNECT_TIMEOUT),
            keepalive: Keepalive::default(),
            application_name: None,
            options: None,
            ignored: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Returns the same endpoint with a password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into()).filter(|password: &String| !password.is_empty());
        self
    }

    /// Returns the same endpoint with the passwords that `find` has for its servers, unless it has one
    /// for all.
    #[must_use]
    pub fn with_passwords(mut self, find: impl Fn(&Candidate) -> Option<String>) -> Self {
        if self.password.is_none() {
            for candidate in &mut self.candidates {
                candidate.password = find(candidate);
            }
        }
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
        self.encryption.mode = tls;
        self
    }

    /// Returns the same endpoint for sessions that write nothing: a standby will do, if the address does
    /// not say otherwise.
    #[must_use]
    pub fn for_reading(mut self) -> Self {
        self.purpose = Purpose::Reading;
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

    /// Returns the servers that may be meant, at least one.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Returns where the (first) server listens.
    #[must_use]
    pub fn host(&self) -> &Host {
        self.candidates.first().map_or(&Host::Local, |candidate| &candidate.host)
    }

    /// Returns the port of the (first) server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.candidates.first().map_or(DEFAULT_PORT, |candidate| candidate.port)
    }

    /// Returns whether the (first) server is reached without leaving this machine. What listens there may
    /// still be a tunnel.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        self.host().is_here()
    }

    /// Returns whether the connection is encrypted.
    #[must_use]
    pub fn tls(&self) -> TlsMode {
        self.encryption.mode
    }

    /// Returns whether there is a password for all servers.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Returns the password file that the address names (`passfile`).
    #[must_use]
    pub fn password_file(&self) -> Option<&Path> {
        self.passfile.as_deref()
    }

    /// Returns the names of the parameters that were given but have no effect, for a warning.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Returns the URL with the password in it, for handing to another program. Not for showing.
    #[must_use]
    pub fn url_with_password(&self) -> String {
        let first = self.candidates.first().and_then(|candidate| candidate.password.as_deref());
        let mut url = self.write_url(self.password.as_deref().or(first).map(encode));
        for (name, value) in &self.extra {
            append(&mut url, name, value);
        }
        url
    }

    pub(in crate::postgres) fn password_for<'a>(
        &'a self,
        candidate: &'a Candidate,
    ) -> Option<&'a str> {
        self.password.as_deref().or(candidate.password.as_deref())
    }

    pub(in crate::postgres) fn encryption(&self) -> &Encryption {
        &self.encryption
    }

    pub(in crate::postgres) fn session_attributes(&self) -> Option<SessionAttributes> {
        self.session_attributes
    }

    pub(in crate::postgres) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(in crate::postgres) fn load_balance(&self) -> LoadBalance {
        self.load_balance
    }

    pub(in crate::postgres) fn methods(&self) -> Option<&Methods> {
        self.methods.as_ref()
    }

    pub(in crate::postgres) fn peer(&self) -> Option<&str> {
        self.peer.as_deref()
    }

    pub(in crate::postgres) fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    pub(in crate::postgres) fn keepalive(&self) -> Keepalive {
        self.keepalive
    }

    pub(in crate::postgres) fn application_name(&self) -> Option<&str> {
        self.application_name.as_deref()
    }

    pub(in crate::postgres) fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    fn write_url(&self, password: Option<String>) -> String {
        let user = encode(&self.user);
        let login = password.map_or_else(|| user.clone(), |password| format!("{user}:{password}"));
        let hosts: Vec<String> = self.candidates.iter().map(write_host).collect();
        let database = encode(&self.database);
        let mut url = format!("postgresql://{login}@{}/{database}", hosts.join(","));
        if let [Candidate { host: Host::Local, port, .. }] = self.candidates.as_slice()
            && *port != DEFAULT_PORT
        {
            append(&mut url, "port", &port.to_string());
        }
        if self.candidates.iter().any(|candidate| candidate.address.is_some()) {
            let addresses = self.candidates.iter().map(|candidate| candidate.address);
            let addresses: Vec<String> =
                addresses.map(|a| a.map(|a| a.to_string()).unwrap_or_default()).collect();
            append(&mut url, "hostaddr", &addresses.join(","));
        }
        let mode = match self.encryption.mode {
            TlsMode::Disable => "disable",
            TlsMode::Allow => "allow",
            TlsMode::Prefer => return url,
            TlsMode::Require => "require",
            TlsMode::VerifyCa => "verify-ca",
            TlsMode::VerifyFull => "verify-full",
        };
        append(&mut url, "sslmode", mode);
        url
    }
}

/// Writes a server's part of a URL. A local one among several stands for its place by its port alone.
fn write_host(candidate: &Candidate) -> String {
    let port = candidate.port;
    match &candidate.host {
        Host::Local => String::new(),
        Host::Tcp(_) if !candidate.is_named => format!(":{port}"),
        Host::Tcp(host) if host.contains(':') => format!("[{host}]:{port}"),
        Host::Tcp(host) => format!("{host}:{port}"),
        Host::Unix(folder) => format!("{}:{port}", encode(&folder.to_string_lossy())),
    }
}

/// Appends a parameter to a URL.
fn append(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    url.push_str(&utf8_percent_encode(value, URL_VALUE).to_string());
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

/// Percent-encodes a part of a URL.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, URL_PART).to_string()
}
