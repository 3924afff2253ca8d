//! [`Host`] and the list of candidates that `host`, `hostaddr` and `port` make.

use super::usage;
use crate::Result;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The port PostgreSQL listens on unless told otherwise.
pub(super) const DEFAULT_PORT: u16 = 5432;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Wherever a local server is: the usual folders for its Unix socket, then `localhost`.
    Local,
    /// A name or an IP address.
    Tcp(String),
    /// The folder of a Unix socket; one that begins with `@` is abstract, and no folder at all.
    Unix(PathBuf),
}

/// One of the servers that an address names. The first that answers, and is of the wanted kind, is taken.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it listens.
    pub host: Host,
    /// Its port.
    pub port: u16,
    pub(in crate::postgres) address: Option<IpAddr>,
    /// Whether the host was said, and not made of its address.
    pub(in crate::postgres) is_named: bool,
    pub(in crate::postgres) password: Option<String>,
}

impl Host {
    /// Returns whether it names this machine. Behind a tunnel or a container's port another one may be.
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self {
            Self::Local | Self::Unix(_) => true,
            Self::Tcp(host) => {
                host == "localhost"
                    || host.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback())
            }
        }
    }

    /// Returns what `host=` means: a path is the folder of a Unix socket, `@` an abstract one.
    fn from_text(text: &str) -> Self {
        if text.is_empty() {
            Self::Local
        } else if text.starts_with(['/', '@']) {
            Self::Unix(PathBuf::from(text))
        } else {
            Self::Tcp(text.to_owned())
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

impl Candidate {
    pub(super) fn new(host: Host, port: u16) -> Self {
        Self { host, port, address: None, is_named: true, password: None }
    }

    /// Returns the name to look a password up by: the host as it was given, else its address
    /// (manual section 34.16).
    #[must_use]
    pub fn password_name(&self) -> String {
        match &self.host {
            Host::Tcp(host) => host.clone(),
            Host::Local => "localhost".to_owned(),
            Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        }
    }
}

/// Makes the list of three lists with commas between, as libpq does (manual section 34.1.1.3): one port
/// is that of all hosts, otherwise the lists are of one length, and what is empty in them is the default.
pub(super) fn candidates(
    host: Option<&str>,
    hostaddr: Option<&str>,
    port: Option<&str>,
) -> Result<Vec<Candidate>> {
    let split = |text: Option<&str>| -> Vec<String> {
        text.map(|text| text.split(',').map(|item| item.trim().to_owned()).collect())
            .unwrap_or_default()
    };
    let (hosts, addresses, ports) = (split(host), split(hostaddr), split(port));
    let count = std::cmp::max(1, std::cmp::max(hosts.len(), addresses.len()));
    for (what, list) in [("host names", &hosts), ("addresses (hostaddr)", &addresses)] {
        if !list.is_empty() && list.len() != count {
            return Err(usage(format!("{} {what} are given for {count} servers", list.len()))
                .hinted("give as many hosts as addresses, with commas between"));
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(usage(format!("{} ports are given for {count} hosts", ports.len()))
            .hinted("give one port for all hosts, or one for each, with commas between"));
    }
    (0..count)
        .map(|index| {
            let host = hosts.get(index).map_or("", String::as_str);
            let address = addresses.get(index).filter(|text| !text.is_empty());
            let address = address.map(|text| read_address(text)).transpose()?;
            let port = ports.get(index).or(ports.first().filter(|_| ports.len() == 1));
            let port = port.filter(|text| !text.is_empty());
            let port = port.map_or(Ok(DEFAULT_PORT), |text| read_port(text))?;
            let is_named = !host.is_empty() || address.is_none();
            let host = match (Host::from_text(host), address) {
                (Host::Local, Some(address)) => Host::Tcp(address.to_string()),
                (host, _) => host,
            };
            Ok(Candidate { host, port, address, is_named, password: None })
        })
        .collect()
}

fn read_port(text: &str) -> Result<u16> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) => Err(usage("the port of the server is not a number from 1 to 65535")),
    }
}

fn read_address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| usage("`hostaddr` is not an IP address"))
}
