//! From text to [`Endpoint`], with what libpq would add: `PG…` variables, a service file, a password
//! file.

use super::{Environment, Setting, passfile};
use crate::error::{CommandError, CommandResult};
use sealift_engine::postgres::{Defaults, Endpoint};
use std::path::PathBuf;

impl Environment {
    /// Returns the server that a text means.
    pub(crate) fn endpoint(&self, setting: &Setting<String>) -> CommandResult<Endpoint> {
        let defaults = self.defaults();
        // The variables alone say which server it is; the engine wants some text.
        let text = match setting.value.as_str() {
            "" => "application_name=sealift",
            text => text,
        };
        let endpoint = Endpoint::parse(text, &defaults)
            .map_err(|error| CommandError::from(error).context(&setting.origin))?;
        if endpoint.has_password() {
            return Ok(endpoint);
        }
        Ok(match passfile::find(self.password_file().as_deref(), &endpoint) {
            Some(password) => endpoint.with_password(password),
            None => endpoint,
        })
    }

    fn defaults(&self) -> Defaults {
        let text = |name: &str| self.variable(name).map(|setting| setting.value.to_owned());
        Defaults {
            system_user: text("USER").or_else(|| text("LOGNAME")).or_else(|| text("USERNAME")),
            user: text("PGUSER"),
            password: text("PGPASSWORD"),
            host: text("PGHOST"),
            hostaddr: text("PGHOSTADDR"),
            port: text("PGPORT"),
            dbname: text("PGDATABASE"),
            sslmode: text("PGSSLMODE").or_else(|| text("DB_SSL_MODE")),
            connect_timeout: text("PGCONNECT_TIMEOUT"),
            options: text("PGOPTIONS"),
            application_name: text("PGAPPNAME"),
        }
    }

    fn password_file(&self) -> Option<PathBuf> {
        match self.variable("PGPASSFILE") {
            Some(setting) => Some(PathBuf::from(setting.value)),
            None => Some(PathBuf::from(self.variable("HOME")?.value).join(".pgpass")),
        }
    }
}
