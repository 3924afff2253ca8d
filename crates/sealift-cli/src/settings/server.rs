//! From text to [`Endpoint`], with what libpq would add: `PG…` variables, a service file, a password
//! file.

use super::{Environment, Setting, passfile};
use crate::error::{CommandError, CommandResult};
use sealift_engine::postgres::{Defaults, Endpoint};
use std::path::{Path, PathBuf};

/// Where packages of libpq look for the machine's service file: Debian's, Red Hat's, and upstream's.
const SERVICE_FILES: [&str; 3] = [
    "/etc/postgresql-common/pg_service.conf",
    "/etc/sysconfig/pgsql/pg_service.conf",
    "/usr/local/pgsql/etc/pg_service.conf",
];

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
        let file = endpoint
            .password_file()
            .map(Path::to_path_buf)
            .or_else(|| Some(PathBuf::from(self.variable("HOME")?.value).join(".pgpass")));
        let Some(file) = file.filter(|_| !endpoint.has_password()) else { return Ok(endpoint) };
        let (database, user) = (endpoint.database().to_owned(), endpoint.user().to_owned());
        Ok(endpoint.with_passwords(|server| {
            let port = server.port.to_string();
            passfile::find(&file, [&server.password_name(), &port, &database, &user])
        }))
    }

    fn defaults(&self) -> Defaults {
        let text = |name: &str| self.variable(name).map(|setting| setting.value.to_owned());
        let home = text("HOME").map(PathBuf::from);
        let system_user = text("USER")
            .or_else(|| text("LOGNAME"))
            .or_else(|| text("USERNAME"))
            // Containers often set none of them; libpq asks the system too.
            .or_else(|| whoami::username().ok());
        let mut defaults = Defaults::of_user(system_user).with_variables(text);
        defaults.service_file = home.as_ref().map(|home| home.join(".pg_service.conf"));
        defaults.home = home;
        defaults.system_service_files = match text("PGSYSCONFDIR") {
            Some(folder) => vec![Path::new(&folder).join("pg_service.conf")],
            None => SERVICE_FILES.map(PathBuf::from).to_vec(),
        };
        defaults
    }
}
