//! The keywords of libpq, and strings of them: `host=… dbname=…`.

use super::{Parameter, usage};
use crate::Result;
use std::iter::Peekable;
use std::str::Chars;

/// The keywords that have an effect here. `docs/reference/connections.md` says which.
const UNDERSTOOD: [&str; 43] = [
    "user",
    "password",
    "passfile",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "service",
    "servicefile",
    "sslmode",
    "ssl",
    "requiressl",
    "sslnegotiation",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "channel_binding",
    "require_auth",
    "requirepeer",
    "gssencmode",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "application_name",
    "fallback_application_name",
    "options",
    "target_session_attrs",
    "load_balance_hosts",
    // Nothing has to be done for these.
    "client_encoding",
    "sslcompression",
    "gssdelegation",
];

/// libpq's other keywords (manual section 34.1.2): accepted, and named as having no effect.
const OTHER: [&str; 11] = [
    "replication",
    "krbsrvname",
    "gsslib",
    "sslkeylogfile",
    "scram_client_key",
    "scram_server_key",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
    "authtype",
];

/// Returns whether libpq knows a keyword.
pub(super) fn is_keyword(name: &str) -> bool {
    has_effect(name) || OTHER.contains(&name)
}

/// Returns whether a keyword has an effect here.
pub(super) fn has_effect(name: &str) -> bool {
    UNDERSTOOD.contains(&name)
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
