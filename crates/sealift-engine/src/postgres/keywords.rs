//! Keyword strings (`host=… dbname=…`), and what the keywords of an address mean.

use super::address::{
    ChannelBinding, Defaults, Endpoint, Host, Parameter, Settings, TlsMode, usage,
};
use crate::Result;
use std::iter::Peekable;
use std::net::IpAddr;
use std::str::Chars;
use std::time::Duration;

/// The keywords that have an effect here.
const UNDERSTOOD: [&str; 14] = [
    "user",
    "password",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "sslmode",
    "ssl",
    "channel_binding",
    "connect_timeout",
    "application_name",
    "fallback_application_name",
    "options",
    "gssencmode",
];

/// libpq's other keywords (manual section 34.1.2): accepted, and named as having no effect.
const OTHER: [&str; 32] = [
    "passfile",
    "require_auth",
    "client_encoding",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "replication",
    "requiressl",
    "sslnegotiation",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "service",
    "target_session_attrs",
    "load_balance_hosts",
    "servicefile",
    "min_protocol_version",
    "max_protocol_version",
];

/// Keywords by which the user asks for a check of the server that is not made here. Going on without
/// it would be weaker than asked.
const CHECKS: [&str; 4] = ["sslrootcert", "sslcrl", "requirepeer", "require_auth"];

/// Returns whether libpq knows a keyword.
pub(super) fn is_keyword(name: &str) -> bool {
    UNDERSTOOD.contains(&name) || OTHER.contains(&name)
}

/// Reads a keyword string: spaces between pairs, `'` around values that need it, `\` before a `'` or
/// `\` in a value.
pub(super) fn read(text: &str) -> Result<Vec<Parameter>> {
    let mut parameters = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        skip_spaces(&mut characters);
        if characters.peek().is_none() {
            return Ok(parameters);
        }
        let mut name = String::new();
        while let Some(c) = characters.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        skip_spaces(&mut characters);
        if characters.next() != Some('=') || name.is_empty() {
            return Err(usage("a keyword without `=` and a value in the address of the server")
                .hinted("put a value with spaces between single quotes: password='two words'"));
        }
        skip_spaces(&mut characters);
        let value = read_value(&mut characters)?;
        if value.contains('\0') {
            return Err(usage("the address of the server holds a NUL byte"));
        }
        parameters.push((name, value));
    }
}

fn skip_spaces(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|c| c.is_whitespace()).is_some() {}
}

fn read_value(characters: &mut Peekable<Chars<'_>>) -> Result<String> {
    let quoted = characters.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match characters.next() {
            Some('\\') => value.extend(characters.next()),
            Some('\'') if quoted => return Ok(value),
            Some(c) if !quoted && c.is_whitespace() => return Ok(value),
            Some(c) => value.push(c),
            None if quoted => {
                return Err(usage("a `'` that is not closed in the address of the server"));
            }
            None => return Ok(value),
        }
    }
}

/// Gives the keywords their meaning; the last of several wins, as in libpq.
pub(super) fn resolve(parameters: Vec<Parameter>, defaults: &Defaults) -> Result<Endpoint> {
    let given = |name: &str| {
        let value = parameters.iter().rev().find(|(given, _)| given == name);
        value.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    let or = |name: &str, default: &Option<String>| {
        given(name).or_else(|| default.clone().filter(|value| !value.is_empty()))
    };

    let user =
        or("user", &defaults.user).or_else(|| defaults.system_user.clone()).ok_or_else(|| {
            usage("no role to log in as").hinted("name one: postgresql://USER@HOST/…")
        })?;
    let address = or("hostaddr", &defaults.hostaddr);
    let address = address.map(|text| read_address(&text)).transpose()?;
    let host = or("host", &defaults.host).map(|text| Host::from_text(&text)).transpose()?;
    let host = match (host, address) {
        (Some(host), _) => host,
        (None, Some(address)) => Host::Tcp(address.to_string()),
        (None, None) => Host::Local,
    };
    let tls = match (or("sslmode", &defaults.sslmode), given("ssl")) {
        (_, Some(text)) if given("sslmode").is_none() => read_ssl(&text)?,
        (Some(text), _) => read_tls_mode(&text)?,
        (None, _) => TlsMode::default(),
    };
    refuse_unmade_checks(&given)?;
    let ignored = parameters.iter().map(|(name, _)| name);
    let mut ignored: Vec<String> =
        ignored.filter(|name| !UNDERSTOOD.contains(&name.as_str())).cloned().collect();
    ignored.sort();
    ignored.dedup();
    Ok(Endpoint::from(Settings {
        password: or("password", &defaults.password),
        database: or("dbname", &defaults.dbname).unwrap_or_else(|| user.clone()),
        user,
        host,
        address,
        port: or("port", &defaults.port).map(|text| read_port(&text)).transpose()?,
        tls,
        channel_binding: given("channel_binding")
            .map_or(Ok(ChannelBinding::default()), |text| read_channel_binding(&text))?,
        connect_timeout: or("connect_timeout", &defaults.connect_timeout)
            .map(|text| read_timeout(&text))
            .transpose()?,
        application_name: or("application_name", &defaults.application_name)
            .or_else(|| given("fallback_application_name")),
        options: or("options", &defaults.options),
        ignored,
    }))
}

fn refuse_unmade_checks(given: &impl Fn(&str) -> Option<String>) -> Result<()> {
    if let Some(name) = CHECKS.iter().find(|name| given(name).is_some()) {
        return Err(usage(format!("`{name}` asks for a check of the server that is not made yet"))
            .hinted(format!("leave `{name}` out to go on without that check")));
    }
    if given("gssencmode").is_some_and(|mode| mode == "require") {
        return Err(usage("encryption by GSSAPI (gssencmode=require) is not supported")
            .hinted("use TLS: sslmode=require"));
    }
    Ok(())
}

fn read_port(text: &str) -> Result<u16> {
    match text.trim().parse() {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) if text.contains(',') => {
            Err(usage("several ports are given").hinted("name one host and one port"))
        }
        Ok(_) | Err(_) => Err(usage("the port of the server is not a number from 1 to 65535")),
    }
}

fn read_address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| usage("`hostaddr` is not one IP address"))
}

fn read_timeout(text: &str) -> Result<Option<Duration>> {
    let seconds: i64 = text
        .trim()
        .parse()
        .map_err(|_| usage("`connect_timeout` is not a whole number of seconds"))?;
    // Zero and less: wait for ever (manual section 34.1.2).
    Ok(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs))
}

fn read_channel_binding(text: &str) -> Result<ChannelBinding> {
    match text {
        "disable" => Ok(ChannelBinding::Disable),
        "prefer" => Ok(ChannelBinding::Prefer),
        "require" => Ok(ChannelBinding::Require),
        _ => Err(usage("`channel_binding` is none of disable, prefer, require")),
    }
}

fn read_tls_mode(text: &str) -> Result<TlsMode> {
    match text {
        "disable" => Ok(TlsMode::Disable),
        "allow" | "prefer" => Ok(TlsMode::Prefer),
        "require" => Ok(TlsMode::Require),
        "verify-ca" | "verify-full" => Err(usage(format!(
            "sslmode={text} is not supported yet: Sealift cannot check the server's certificate"
        ))
        .hinted("sslmode=require encrypts, without checking who the server is")),
        _ => Err(usage(
            "`sslmode` is none of disable, allow, prefer, require, verify-ca, verify-full",
        )),
    }
}

/// `ssl=…` of other drivers: JDBC's `true`, and asyncpg's, which takes the names of `sslmode`.
fn read_ssl(text: &str) -> Result<TlsMode> {
    match text {
        "true" | "1" | "on" => Ok(TlsMode::Require),
        "false" | "0" | "off" => Ok(TlsMode::Disable),
        mode => read_tls_mode(mode),
    }
}
