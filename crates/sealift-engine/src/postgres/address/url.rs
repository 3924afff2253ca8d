//! Connection URLs, also those with a password that should have been percent-encoded.

use super::{Parameter, keywords, usage};
use crate::Result;
use percent_encoding::percent_decode_str;

/// The two schemes; a driver's name may follow the scheme after `+` (SQLAlchemy).
const SCHEMES: [&str; 2] = ["postgresql", "postgres"];

/// Returns whether a text is a PostgreSQL URL.
pub(super) fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        let name = scheme.split_once('+').map_or(scheme, |(name, _)| name);
        SCHEMES.iter().any(|known| name.eq_ignore_ascii_case(known))
    })
}

/// Returns whether a text is a URL of something else. A keyword string may hold `://` too, in a password.
pub(super) fn is_other_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Reads a URL into parameters.
///
/// A password that holds `/`, `?` or `@` as they are makes a URL ambiguous in principle. The reading
/// by the book wins where it makes sense throughout; else the last `@` that a sensible host follows
/// ends the password.
pub(super) fn read(text: &str) -> Result<Vec<Parameter>> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let parts = by_the_book(rest).or_else(|| by_the_last_at(rest)).ok_or_else(|| {
        usage("the URL of the server cannot be read").hinted(
            "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in the password, write % as %25, \
             @ as %40, : as %3A, / as %2F, ? as %3F, # as %23",
        )
    })?;
    parts.into_parameters()
}

/// The pieces of a URL, not yet decoded.
struct Parts<'a> {
    login: Option<&'a str>,
    /// Host and port of each server.
    servers: Vec<(&'a str, &'a str)>,
    database: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Parts<'_> {
    fn into_parameters(self) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                parameters.push((name.to_owned(), value));
            }
        };
        if let Some(login) = self.login {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            add("user", decode(user)?);
            add("password", decode(password)?);
        }
        let hosts: Vec<String> =
            self.servers.iter().map(|(host, _)| decode(host)).collect::<Result<_>>()?;
        let ports: Vec<&str> = self.servers.iter().map(|(_, port)| *port).collect();
        add("host", hosts.join(","));
        if ports.iter().any(|port| !port.is_empty()) {
            add("port", ports.join(","));
        }
        add("dbname", decode(self.database)?);
        for (name, value) in self.parameters {
            parameters.push((decode(name)?, decode(value)?));
        }
        Ok(parameters)
    }
}

/// The host ends at the first `/` or `?`, and the login at the last `@` before that.
fn by_the_book(rest: &str) -> Option<Parts<'_>> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (login, tail) = match rest.get(..end)?.rfind('@') {
        Some(at) => (Some(rest.get(..at)?), rest.get(at + 1..)?),
        None => (None, rest),
    };
    let parts = read_tail(login, tail)?;
    // A parameter nobody knows whose value holds `@` is more likely the end of a password.
    let sensible = parts
        .parameters
        .iter()
        .all(|(name, value)| keywords::is_keyword(name) || !value.contains('@'));
    sensible.then_some(parts)
}

/// The login ends at the last `@` that a host, a port, a database and parameters follow.
fn by_the_last_at(rest: &str) -> Option<Parts<'_>> {
    rest.rmatch_indices('@').find_map(|(at, _)| {
        let login = rest.get(..at)?;
        let (user, _) = login.split_once(':')?;
        if user.contains(['/', '?', '#']) {
            return None;
        }
        read_tail(Some(login), rest.get(at + 1..)?)
    })
}

/// Reads `HOST[:PORT][,…][/DATABASE][?NAME=VALUE&…]`, `None` when it does not look like that.
fn read_tail<'a>(login: Option<&'a str>, tail: &'a str) -> Option<Parts<'a>> {
    let (address, query) = tail.split_once('?').unwrap_or((tail, ""));
    let (address, database) = address.split_once('/').unwrap_or((address, ""));
    let servers = address.split(',').map(read_server).collect::<Option<Vec<_>>>()?;
    let parameters = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('='))
        .collect::<Option<Vec<_>>>()?;
    let database_is_name = !database.contains(['/', '@', '#']);
    database_is_name.then_some(Parts { login, servers, database, parameters })
}

/// Reads `HOST[:PORT]` or `[ADDRESS][:PORT]`.
fn read_server(text: &str) -> Option<(&str, &str)> {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        let is_address = host.bytes().all(|b| b.is_ascii_alphanumeric() || b":.%".contains(&b));
        let port = after.strip_prefix(':').or_else(|| after.is_empty().then_some(""));
        (host, port.filter(|_| is_address)?)
    } else {
        let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
        // Not only ASCII, for international names.
        if !host.chars().all(|c| c.is_alphanumeric() || "-._~%".contains(c)) {
            return None;
        }
        (host, port)
    };
    port.bytes().all(|b| b.is_ascii_digit()).then_some((host, port))
}

/// Undoes percent-encoding. A `%` that no two hexadecimal digits follow stays: it is a password's.
fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| usage("a part of the URL of the server is not UTF-8 after decoding"))?;
    if decoded.contains('\0') {
        return Err(usage("a part of the URL of the server holds a NUL byte"));
    }
    Ok(decoded.into_owned())
}
