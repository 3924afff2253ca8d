//! Which server.

use super::{Environment, Origin, Setting, source};
use crate::error::{CommandResult, usage_error};

/// In this order.
const VARIABLES: [&str; 4] =
    ["SEALIFT_TARGET", "POSTGRES_URL", "DATABASE_URL", "SQLALCHEMY_DATABASE_URI"];

/// Any of these says which server is meant, so that no URL is needed.
const SERVER_VARIABLES: [&str; 4] = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

/// Where the rows go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The server that Sealift runs itself.
    Local,
    /// A URL or keyword string; empty when the `PG…` variables say it all.
    Server(String),
}

impl Environment {
    /// Returns the server: what was typed, else `sealift.toml`, the environment, `.env`, `local`.
    pub(crate) fn target(
        &self,
        typed: Option<&String>,
        name: &'static str,
    ) -> CommandResult<Setting<Target>> {
        let found = (typed.map(|v| Setting { value: v.clone(), origin: Origin::Argument(name) }))
            .or_else(|| {
                let value = self.file.target.clone()?;
                Some(Setting { value, origin: Origin::File })
            })
            .or_else(|| self.first_variable(&VARIABLES, |text| !source::is_sqlite_url(text)));
        let Some(Setting { value, origin }) = found else {
            let named = SERVER_VARIABLES.iter().find_map(|name| self.variable(name));
            return Ok(match named {
                Some(setting) => {
                    Setting { value: Target::Server(String::new()), origin: setting.origin }
                }
                None => Setting { value: Target::Local, origin: Origin::Default },
            });
        };
        server(Setting { value, origin })
    }
}

/// Returns the server that a text means.
pub(super) fn server(given: Setting<String>) -> CommandResult<Setting<Target>> {
    let Setting { value, origin } = given;
    if source::is_sqlite_url(&value) {
        return Err(usage_error(format!("the target given by {origin} is a SQLite URL"))
            .hinted("the target is a PostgreSQL server, or `local`"));
    }
    let value = value.trim();
    let value = if value == "local" { Target::Local } else { Target::Server(value.to_owned()) };
    Ok(Setting { value, origin })
}
