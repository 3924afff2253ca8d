//! What is served, to whom, and with how many sessions.

use super::number::{POOL_RECYCLE, POOL_SIZE, POOL_TIMEOUT};
use super::{Environment, Origin, Setting, Target, source, target};
use crate::args::{PoolArgs, ServeArgs, SourceArgs};
use crate::error::{CommandResult, usage_error};
use sealift_core::tune::application;
use sealift_engine::postgres::{PoolSettings, Reuse};
use sealift_serve::{Listen, TlsFiles, Token, systemd};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where it listens unless told otherwise.
pub(super) const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7878);

/// Whose health is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watched {
    /// A server's.
    Server(Setting<Target>, PoolSettings),
    /// A file's.
    File(Setting<PathBuf>),
}

impl Environment {
    /// Returns whose health is told: what was typed, else a server of the settings, else a SQLite file of
    /// theirs, as applications fall back to one in development.
    pub(crate) fn watched(&self, args: &ServeArgs) -> CommandResult<Watched> {
        if let Some(path) = &args.sqlite_path {
            return self.file_watched(path, "--sqlite-path");
        }
        let typed = args.database.as_ref().map(|text| (text, "DATABASE"));
        let typed = typed.or_else(|| args.to.as_ref().map(|text| (text, "--to")));
        if let Some((text, name)) = typed {
            if name == "DATABASE" && is_file(text) {
                return self.file_watched(text, name);
            }
            let given = Setting { value: text.clone(), origin: Origin::Argument(name) };
            return Ok(Watched::Server(target::server(given)?, self.pool(&args.pool)?));
        }
        let server = self.target(None, "--to")?;
        if server.origin != Origin::Default {
            return Ok(Watched::Server(server, self.pool(&args.pool)?));
        }
        match self.source(&SourceArgs::default()) {
            Ok(file) if self.place() == Some(application::Environment::Production) => {
                Err(usage_error(format!(
                    "ENVIRONMENT says production, and only a SQLite file is configured ({})",
                    file.origin
                ))
                .hinted(
                    "set DATABASE_URL to the server's URL, or name the file: sealift serve app.db",
                ))
            }
            Ok(file) => Ok(Watched::File(file)),
            Err(_) => Ok(Watched::Server(server, self.pool(&args.pool)?)),
        }
    }

    fn file_watched(&self, text: &str, name: &'static str) -> CommandResult<Watched> {
        let given = Setting { value: text.to_owned(), origin: Origin::Argument(name) };
        let value = source::path(&given)?;
        Ok(Watched::File(Setting { value, origin: given.origin }))
    }

    /// Returns what the application calls the place it runs in.
    fn place(&self) -> Option<application::Environment> {
        self.variable("ENVIRONMENT").and_then(|word| application::Environment::of(word.value))
    }

    /// Returns how many sessions are kept, and for how long.
    pub(crate) fn pool(&self, args: &PoolArgs) -> CommandResult<PoolSettings> {
        let size = match args.pool_size {
            Some(size) => Some(size),
            None => self.count(&POOL_SIZE)?.and_then(|size| usize::try_from(size).ok()),
        };
        let serverless = application::Environment::Serverless;
        let keeps_none =
            args.no_pool || args.pool_size.is_none() && self.place() == Some(serverless);
        let usual = if keeps_none {
            let usual = PoolSettings::none();
            PoolSettings { overflow: args.pool_overflow.unwrap_or(usual.overflow), ..usual }
        } else {
            PoolSettings::sized(size, args.pool_overflow).ok_or_else(|| {
                usage_error("a pool has between 1 and 1000 sessions, overflow included")
                    .hinted("check --pool-size (DB_POOL_SIZE) and --pool-overflow")
            })?
        };
        let timeout = match args.pool_timeout {
            Some(seconds) => Some(seconds),
            None => self.count(&POOL_TIMEOUT)?,
        };
        let recycle = match args.pool_recycle {
            Some(seconds) => Some(seconds),
            None => self.number(&POOL_RECYCLE)?,
        };
        Ok(PoolSettings {
            timeout: timeout.map_or(usual.timeout, Duration::from_secs),
            // As in SQLAlchemy, where -1 is its default.
            recycle: recycle.map_or(usual.recycle, |seconds| {
                u64::try_from(seconds).map_or(Duration::MAX, Duration::from_secs)
            }),
            reuse: if args.no_pre_ping { Reuse::Trust } else { Reuse::Ping },
            ..usual
        })
    }

    /// Returns where it listens: the address that was typed, else the socket that systemd hands over, else
    /// the usual one.
    pub(crate) fn listen(&self, args: &ServeArgs) -> CommandResult<Listen> {
        if args.listen.is_none()
            && let Some(socket) = systemd::socket()?
        {
            return Ok(Listen::Socket(socket));
        }
        let address = args.listen.as_deref().map_or(Ok(LISTEN), address)?;
        Ok(Listen::Address(address))
    }

    /// Returns what whoever looks must have.
    pub(crate) fn token(&self, typed: Option<&String>) -> CommandResult<Option<Token>> {
        let found = match typed {
            Some(text) => Some((text.clone(), Origin::Argument("--token"))),
            None => {
                self.variable("SEALIFT_TOKEN").map(|found| (found.value.to_owned(), found.origin))
            }
        };
        let Some((text, origin)) = found else { return Ok(None) };
        Token::new(&text).map(Some).ok_or_else(|| {
            usage_error(format!(
                "{origin}: a token has at least 16 characters, of letters, digits, `-`, `.`, `_` and `~`"
            ))
            .hinted("make one: openssl rand -hex 16")
        })
    }
}

/// Returns certificate and key.
pub(crate) fn tls(args: &ServeArgs) -> Option<TlsFiles> {
    let certificate = args.tls_cert.clone()?;
    Some(TlsFiles { certificate, key: args.tls_key.clone()? })
}

/// Returns whether a text names a file rather than a server.
fn is_file(text: &str) -> bool {
    let text = text.trim();
    source::is_sqlite_url(text) || !(text == "local" || text.contains("://") || text.contains('='))
}

fn address(text: &str) -> CommandResult<SocketAddr> {
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named.as_deref().unwrap_or(text).parse().map_err(|_| {
        usage_error(format!("--listen: `{text}` is not an address with a port"))
            .hinted("write it like 127.0.0.1:7878, 0.0.0.0:7878 or [::1]:7878")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment { variables: variables.collect::<BTreeMap<_, _>>(), ..Environment::default() }
    }

    fn typed(database: Option<&str>) -> ServeArgs {
        ServeArgs {
            database: database.map(str::to_owned),
            to: None,
            sqlite_path: None,
            listen: None,
            token: None,
            tls_cert: None,
            tls_key: None,
            pool: PoolArgs::default(),
        }
    }

    #[test]
    fn a_server_comes_before_a_file_and_a_file_before_nothing() {
        let file = ("SQLITE_PATH", "app.db");
        let server = ("DATABASE_URL", "postgresql://app@h/d");
        let watched = |variables: &[_]| environment(variables).watched(&typed(None));
        assert!(matches!(watched(&[file, server]), Ok(Watched::Server(..))));
        let Ok(Watched::File(found)) = watched(&[file, ("ENVIRONMENT", "development")]) else {
            panic!("no file")
        };
        assert_eq!(found.value, PathBuf::from("app.db"));
        assert!(matches!(watched(&[("DATABASE_URL", "sqlite:///app.db")]), Ok(Watched::File(_))));
        let Ok(Watched::Server(found, _)) = watched(&[]) else { panic!("no server") };
        assert_eq!(found.value, Target::Local);
    }

    #[test]
    fn production_does_not_fall_back_to_a_file() {
        let variables = [("SQLITE_PATH", "app.db"), ("ENVIRONMENT", "production")];
        let error = environment(&variables).watched(&typed(None)).unwrap_err();
        assert!(error.message.contains("SQLITE_PATH"), "{}", error.message);
        // Who names it means it.
        assert!(matches!(
            environment(&variables).watched(&typed(Some("app.db"))),
            Ok(Watched::File(_))
        ));
    }

    #[test]
    fn what_is_typed_is_a_server_or_a_file() {
        for text in ["postgresql://h/d", "postgresql+psycopg://h/d", "host=h dbname=d", "local"] {
            assert!(!is_file(text), "{text}");
        }
        for text in ["app.db", "./data/app.sqlite3", "sqlite:///app.db", "sqlite+aiosqlite:///a.db"]
        {
            assert!(is_file(text), "{text}");
        }
    }

    #[test]
    fn the_pool_is_as_the_variables_say_and_flags_win() {
        let variables =
            [("DB_POOL_SIZE", "10"), ("DB_POOL_TIMEOUT", "7"), ("DB_POOL_RECYCLE", "3600")];
        let environment = environment(&variables);
        let pool = environment.pool(&PoolArgs::default()).unwrap();
        assert_eq!((pool.base, pool.most()), (10, 30));
        assert_eq!((pool.timeout.as_secs(), pool.recycle.as_secs()), (7, 3600));
        let flags = PoolArgs { pool_size: Some(2), pool_overflow: Some(1), ..PoolArgs::default() };
        assert_eq!(environment.pool(&flags).unwrap().most(), 3);
        let never = PoolArgs { pool_recycle: Some(-1), ..PoolArgs::default() };
        assert_eq!(environment.pool(&never).unwrap().recycle, Duration::MAX);
    }

    #[test]
    fn a_variable_says_never_like_the_flag() {
        let pool = environment(&[("DB_POOL_RECYCLE", "-1")]).pool(&PoolArgs::default()).unwrap();
        assert_eq!(pool.recycle, Duration::MAX);
    }

    #[test]
    fn what_lives_for_one_request_keeps_no_sessions() {
        let serverless = environment(&[("ENVIRONMENT", "serverless"), ("DB_POOL_SIZE", "5")]);
        assert_eq!(serverless.pool(&PoolArgs::default()).unwrap().base, 0);
        let flag = PoolArgs { no_pool: true, ..PoolArgs::default() };
        assert_eq!(environment(&[]).pool(&flag).unwrap().base, 0);
    }

    #[test]
    fn a_number_that_is_none_is_refused_with_the_variable() {
        let refused = |size| {
            let error = environment(&[("DB_POOL_SIZE", size)]).pool(&PoolArgs::default());
            error.unwrap_err().message
        };
        for size in ["many", "0"] {
            assert!(refused(size).contains("DB_POOL_SIZE"), "{}", refused(size));
        }
        assert!(refused("1001").contains("between 1 and 1000"), "{}", refused("1001"));
    }

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("localhost:1").unwrap(), "127.0.0.1:1".parse().unwrap());
        assert!(address("[::]:7878").is_ok());
        for text in ["7878", ":7878", "0.0.0.0", "example.com:80"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused_and_not_quoted() {
        let error = environment(&[("SEALIFT_TOKEN", "hunter2")]).token(None).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
        let long = "0123456789abcdef".to_owned();
        assert!(environment(&[]).token(Some(&long)).unwrap().is_some());
        assert!(environment(&[]).token(None).unwrap().is_none());
    }
}
