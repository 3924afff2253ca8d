//! What the keywords of an address mean, together with a service, the defaults and each other.

use super::encryption::Encryption;
use super::host::candidates;
use super::values::{
    LOAD_BALANCES, SESSION_ATTRIBUTES, read_number, read_positive, read_switch, read_timeout,
    read_word,
};
use super::{Defaults, Endpoint, Keepalive, LoadBalance, Methods, Parameter};
use super::{keywords, service, usage};
use crate::Result;
use std::path::PathBuf;
use std::time::Duration;

/// Keywords that say who, where and with what password: they have places of their own in a URL.
const PLACED: [&str; 11] = [
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
];

/// Gives the keywords their meaning. Of several the last wins, then a service, then the variables
/// (manual sections 34.1.2, 34.15 and 34.17).
pub(super) fn resolve(parameters: Vec<Parameter>, defaults: &Defaults) -> Result<Endpoint> {
    let given = |name: &str| {
        let value = parameters.iter().rev().find(|(given, _)| given == name);
        value.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    let named = |name: &str| given(name).or_else(|| defaults.keyword(name).map(str::to_owned));
    let of_service = match named("service") {
        Some(name) => {
            let file = named("servicefile").map(PathBuf::from);
            service::find(&name, file.as_deref(), defaults)?
        }
        None => Vec::new(),
    };
    let given_or_served = |name: &str| {
        let of_service = || of_service.iter().find(|(served, _)| served == name);
        given(name).or_else(|| {
            of_service().map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        })
    };
    let said =
        |name: &str| given_or_served(name).or_else(|| defaults.keyword(name).map(str::to_owned));

    refuse_odd_names(&parameters)?;
    refuse_unsupported(&said)?;
    let user = said("user").or_else(|| defaults.system_user.clone()).ok_or_else(|| {
        usage("no role to log in as").hinted("name one: postgresql://USER@HOST/…")
    })?;
    let database = said("dbname").unwrap_or_else(|| user.clone());
    let home = defaults.home.as_deref();
    let mut endpoint = Endpoint::with_candidates(
        candidates(said("host").as_deref(), said("hostaddr").as_deref(), said("port").as_deref())?,
        user,
        database,
    );
    endpoint.password = said("password");
    endpoint.passfile = said("passfile").map(PathBuf::from);
    endpoint.encryption = Encryption::resolve(&said, &given_or_served, home)?;
    endpoint.session_attributes = said("target_session_attrs")
        .map(|text| read_word("target_session_attrs", &text, SESSION_ATTRIBUTES))
        .transpose()?;
    endpoint.load_balance = said("load_balance_hosts")
        .map_or(Ok(LoadBalance::default()), |text| {
            read_word("load_balance_hosts", &text, LOAD_BALANCES)
        })?;
    endpoint.methods = said("require_auth").map(|text| Methods::read(&text)).transpose()?;
    endpoint.peer = said("requirepeer");
    if let Some(text) = said("connect_timeout") {
        endpoint.connect_timeout = read_timeout(&text)?;
    }
    endpoint.keepalive = read_keepalive(&said)?;
    endpoint.application_name =
        said("application_name").or_else(|| said("fallback_application_name"));
    endpoint.options = said("options");
    endpoint.ignored = ignored(parameters.iter().chain(&of_service));
    endpoint.extra = extra(&parameters, &of_service);
    Ok(endpoint)
}

fn ignored<'a>(parameters: impl Iterator<Item = &'a Parameter>) -> Vec<String> {
    let names = parameters.map(|(name, _)| name);
    let mut names: Vec<String> =
        names.filter(|name| !keywords::has_effect(name)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

/// Returns what a URL must say besides the parts that have their own place in it.
fn extra(given: &[Parameter], of_service: &[Parameter]) -> Vec<Parameter> {
    let mut extra: Vec<Parameter> = Vec::new();
    for (name, value) in given.iter().rev().chain(of_service) {
        let is_new = extra.iter().all(|(known, _)| known != name);
        if is_new
            && keywords::has_effect(name)
            && !PLACED.contains(&name.as_str())
            && !value.is_empty()
        {
            extra.push((name.clone(), value.clone()));
        }
    }
    extra.sort();
    extra
}

fn read_keepalive(said: &impl Fn(&str) -> Option<String>) -> Result<Keepalive> {
    let mut keepalive = Keepalive::default();
    let number = |name: &str| match said(name) {
        Some(text) => read_positive(name, &text),
        None => Ok(None),
    };
    if let Some(text) = said("keepalives") {
        keepalive.on = read_switch("keepalives", &text)?;
    }
    if let Some(seconds) = number("keepalives_idle")? {
        keepalive.idle = Duration::from_secs(seconds);
    }
    if let Some(seconds) = number("keepalives_interval")? {
        keepalive.interval = Duration::from_secs(seconds);
    }
    if let Some(count) = number("keepalives_count")? {
        keepalive.count = u32::try_from(count).unwrap_or(u32::MAX);
    }
    if let Some(text) = said("tcp_user_timeout") {
        // Milliseconds; zero is the system's own (manual section 34.1.2).
        let milliseconds = read_number("tcp_user_timeout", &text)?;
        keepalive.unanswered =
            u64::try_from(milliseconds).ok().filter(|ms| *ms > 0).map(Duration::from_millis);
    }
    Ok(keepalive)
}

/// A name that no program has is the rest of something that was not quoted, perhaps of a password. Names
/// without effect are shown to the user, so it may not become one.
fn refuse_odd_names(parameters: &[Parameter]) -> Result<()> {
    let is_name = |name: &str| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)) && name.len() < 64
    };
    if parameters.iter().all(|(name, _)| is_name(name)) {
        return Ok(());
    }
    Err(usage("the address of the server has a keyword that cannot be one")
        .hinted("put a value with spaces or `=` between single quotes: password='two words'"))
}

/// Going on without these would be weaker than asked.
fn refuse_unsupported(said: &impl Fn(&str) -> Option<String>) -> Result<()> {
    if said("gssencmode").is_some_and(|mode| mode == "require") {
        return Err(usage("encryption by GSSAPI (gssencmode=require) is not supported")
            .hinted("use TLS: sslmode=require"));
    }
    if said("min_protocol_version").is_some_and(|version| version != "3.0") {
        return Err(usage("Sealift speaks version 3.0 of PostgreSQL's protocol only")
            .hinted("leave min_protocol_version out"));
    }
    if said("replication").is_some_and(|mode| !["false", "off", "no", "0"].contains(&mode.as_str()))
    {
        return Err(usage("a connection for replication takes no statements of Sealift's")
            .hinted("leave `replication` out"));
    }
    Ok(())
}
