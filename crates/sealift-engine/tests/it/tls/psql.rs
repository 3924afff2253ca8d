//! The oracle: what `psql` does with the same parameters.

use std::path::Path;
use std::process::Command;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Plain,
    Tls,
    Refused,
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "TLS",
            Self::Refused => "refused",
        }
    }
}

/// Returns what `psql` does, with nothing around it: no variables, and a home of its own.
pub(crate) fn psql(connection: &str, home: &Path) -> Verdict {
    let output = Command::new("psql")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("PGCONNECT_TIMEOUT", "10")
        .args(["-X", "-A", "-t", "-w", "-d", connection, "-c"])
        .arg("select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)")
        .output()
        .expect("psql comes with PostgreSQL");
    match (output.status.success(), String::from_utf8_lossy(&output.stdout).trim()) {
        (true, "t") => Verdict::Tls,
        (true, _) => Verdict::Plain,
        (false, _) => Verdict::Refused,
    }
}
