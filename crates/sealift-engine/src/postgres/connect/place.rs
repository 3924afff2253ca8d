//! [`Place`]: where exactly a server may listen.

use super::super::address::{Candidate, Endpoint, Host, LoadBalance};
use super::super::known::NO_SUCH_HOST;
use crate::Result;
use rand::seq::SliceRandom;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where PostgreSQL's packages put the Unix socket: Debian's and Red Hat's folder, then upstream's.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// One place to try.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A Unix socket; one that begins with `@` has no file.
    Unix(PathBuf),
    /// An address, and the host that it is of, where one was named.
    Tcp(Option<String>, SocketAddr),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "Unix socket {}", path.display()),
            Self::Tcp(_, address) => write!(f, "{address}"),
        }
    }
}

impl Place {
    /// Puts the place into a hint that speaks of `HOST`, `PORT` or `ADDRESS`.
    pub(super) fn put_into(&self, hint: &str) -> String {
        let Self::Tcp(host, address) = self else { return hint.to_owned() };
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        let host = host.as_deref().unwrap_or(&ip);
        let both =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        hint.replace("HOST:PORT", &both)
            .replace("HOST", host)
            .replace("PORT", &port)
            .replace("ADDRESS", &ip)
    }
}

/// Returns the servers of an endpoint in the order in which they are tried.
pub(super) fn ordered(endpoint: &Endpoint) -> Vec<&Candidate> {
    let mut candidates: Vec<&Candidate> = endpoint.candidates().iter().collect();
    if endpoint.load_balance() == LoadBalance::Random {
        candidates.shuffle(&mut rand::rng());
    }
    candidates
}

/// Returns the places of a server in the order in which they are tried.
pub(super) async fn places(endpoint: &Endpoint, candidate: &Candidate) -> Result<Vec<Place>> {
    let name = format!(".s.PGSQL.{}", candidate.port);
    match &candidate.host {
        Host::Unix(folder) => Ok(vec![Place::Unix(folder.join(name))]),
        Host::Tcp(host) => resolve(endpoint, candidate, host).await,
        Host::Local => {
            let sockets = SOCKET_FOLDERS.iter().map(|folder| Path::new(folder).join(&name));
            let mut places: Vec<Place> =
                sockets.filter(|socket| socket.exists()).map(Place::Unix).collect();
            places.extend(resolve(endpoint, candidate, "localhost").await?);
            Ok(places)
        }
    }
}

async fn resolve(endpoint: &Endpoint, candidate: &Candidate, host: &str) -> Result<Vec<Place>> {
    if let Some(address) = candidate.address {
        // `hostaddr` alone leaves no name to compare a certificate with.
        let host = Some(host.to_owned()).filter(|_| candidate.is_named);
        return Ok(vec![Place::Tcp(host, SocketAddr::new(address, candidate.port))]);
    }
    let addresses = tokio::net::lookup_host((host, candidate.port)).await;
    let addresses = addresses.map_err(|error| {
        let said = format!("{} {host} ({error})", NO_SUCH_HOST.says);
        NO_SUCH_HOST.saying(said).hinted(NO_SUCH_HOST.hint.replace("HOST", host))
    })?;
    let mut places: Vec<Place> =
        addresses.map(|address| Place::Tcp(Some(host.to_owned()), address)).collect();
    if endpoint.load_balance() == LoadBalance::Random {
        places.shuffle(&mut rand::rng());
    }
    Ok(places)
}
