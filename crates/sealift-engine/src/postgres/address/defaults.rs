//! [`Defaults`]: what takes the place of the parts that an address leaves out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What takes the place of the parts that an address leaves out. The command line fills it from `PGHOST`
/// and its siblings, since the engine does not read the environment. Empty texts count as absent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The operating system's name of the user, which libpq logs in with when nothing else is said.
    pub system_user: Option<String>,
    /// The folder in whose `.postgresql` certificates and keys are looked for.
    pub home: Option<PathBuf>,
    /// The user's own service file, such as `~/.pg_service.conf`.
    pub service_file: Option<PathBuf>,
    /// The machine's service files; the first that is there counts.
    pub system_service_files: Vec<PathBuf>,
    keywords: BTreeMap<&'static str, String>,
}

/// The variables that give a keyword its value (manual section 34.15), and `DB_SSL_MODE` of web frameworks.
/// The first of several counts.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("DB_SSL_MODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
];

impl Defaults {
    /// Returns none at all, but the system's name of the user.
    #[must_use]
    pub fn of_user(system_user: Option<String>) -> Self {
        Self { system_user, ..Self::default() }
    }

    /// Takes the values of the variables that libpq knows. `variable` returns what one of them holds.
    #[must_use]
    pub fn with_variables(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        for (name, keyword) in VARIABLES {
            if self.keyword(keyword).is_none()
                && let Some(value) = variable(name)
            {
                self.keywords.insert(*keyword, value);
            }
        }
        self
    }

    /// Returns what stands for a keyword that an address leaves out.
    pub(super) fn keyword(&self, name: &str) -> Option<&str> {
        self.keywords.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Without the values, among which is the password.
impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defaults")
            .field("system_user", &self.system_user)
            .field("keywords", &self.keywords.keys())
            .finish_non_exhaustive()
    }
}
