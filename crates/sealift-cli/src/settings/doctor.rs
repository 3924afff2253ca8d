//! What `doctor` tells about the settings: where each stands and what cannot be understood, never a value.

use super::number::{NUMBERS, NumberVariable};
use super::source::{file_of, is_sqlite_url};
use super::{Environment, Setting};
use crate::args::SourceArgs;
use crate::error::CommandResult;
use sealift_engine::doctor::{Clock, MachineAsked, NumberFact, SettingFacts, UrlFact, UrlKind};
use sealift_engine::postgres::TlsMode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Variables of applications that name a database.
const URLS: [&str; 4] =
    ["DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "POSTGRES_URL", "SEALIFT_TARGET"];

/// Variables that name a mode of TLS.
const SSL_MODES: [&str; 2] = ["DB_SSL_MODE", "PGSSLMODE"];

impl Environment {
    /// Returns the SQLite file if any setting names one.
    pub(crate) fn named_source(
        &self,
        args: &SourceArgs,
    ) -> CommandResult<Option<Setting<PathBuf>>> {
        self.source_setting(args).map(|setting| self.source_of(&setting)).transpose()
    }

    /// Returns what can be told of the settings. `source` is the file that is looked at.
    pub(crate) fn facts(&self, source: Option<&Path>) -> SettingFacts {
        let mut facts = SettingFacts::default();
        for (variables, in_dotenv) in [(&self.variables, false), (&self.dotenv, true)] {
            facts.urls.extend(urls(variables, in_dotenv, source));
        }
        let set = NUMBERS.iter().filter_map(|it| Some((*it, self.variable(it.name)?)));
        facts.numbers = set.map(|(variable, setting)| number(variable, &setting)).collect();
        let modes = SSL_MODES.iter().filter_map(|name| self.variable(name));
        facts.bad_ssl_mode = modes
            .filter(|setting| TlsMode::named(setting.value.trim()).is_none())
            .map(|setting| setting.origin.to_string())
            .next();
        facts
    }

    /// Returns what is looked at on this machine.
    pub(crate) fn machine(&self, state_folder: PathBuf, clock: Clock) -> MachineAsked {
        MachineAsked {
            state_folder,
            local: self.local_server(None),
            program_folder: self.variable("PG_BINDIR").map(|setting| setting.value.into()),
            path: self.variable("PATH").map(|setting| setting.value.into()),
            clock,
        }
    }
}

fn number(variable: &NumberVariable, setting: &Setting<&str>) -> NumberFact {
    NumberFact {
        place: setting.origin.to_string(),
        name: variable.name,
        is_usable: variable.read(setting.value).is_some(),
    }
}

fn urls(
    variables: &BTreeMap<String, String>,
    in_dotenv: bool,
    source: Option<&Path>,
) -> Vec<UrlFact> {
    let set = URLS.iter().filter_map(|name| {
        let value = variables.get(*name).filter(|value| !value.trim().is_empty())?;
        let kind = kind(value, source);
        Some(UrlFact { variable: (*name).to_owned(), in_dotenv, kind })
    });
    set.collect()
}

fn kind(value: &str, source: Option<&Path>) -> UrlKind {
    if is_sqlite_url(value) {
        let file = file_of(value);
        return if source.is_some_and(|source| is_same(source, &file)) {
            UrlKind::Source
        } else {
            UrlKind::OtherSqlite
        };
    }
    let lower = value.trim().to_ascii_lowercase();
    let schemes = ["postgres:", "postgresql:", "postgresql+", "postgres+"];
    let is_server = schemes.iter().any(|scheme| lower.starts_with(scheme));
    // A keyword string has no scheme, and `local` is the managed server.
    let is_other = lower.contains("://") && !is_server;
    if is_other { UrlKind::Other } else { UrlKind::Postgres }
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        (_, _) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_url_is_told() {
        let source = Some(Path::new("app.db"));
        for (value, expected) in [
            ("sqlite:///app.db", UrlKind::Source),
            ("sqlite+aiosqlite:///app.db?timeout=5", UrlKind::Source),
            ("sqlite:///other.db", UrlKind::OtherSqlite),
            ("sqlite://", UrlKind::OtherSqlite),
            ("postgresql+psycopg://u:p@h/d", UrlKind::Postgres),
            ("host=h dbname=d", UrlKind::Postgres),
            ("local", UrlKind::Postgres),
            ("mysql://u:p@h/d", UrlKind::Other),
        ] {
            assert_eq!(kind(value, source), expected, "{value}");
        }
        assert_eq!(kind("sqlite:///app.db", None), UrlKind::OtherSqlite);
    }

    #[test]
    fn no_value_is_kept() {
        let pairs = [
            ("DATABASE_URL", "postgresql://u:hidden@h/d"),
            ("DB_POOL_SIZE", "hidden"),
            ("DB_SSL_MODE", "hidden"),
        ];
        let dotenv = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment { dotenv: dotenv.into(), ..Environment::default() };
        let facts = environment.facts(None);
        assert!(!format!("{facts:?}").contains("hidden"));
        assert_eq!(facts.bad_ssl_mode.as_deref(), Some("DB_SSL_MODE in .env"));
        assert!(!facts.numbers[0].is_usable);
        assert!(facts.urls[0].in_dotenv);
    }
}
