//! Which SQLite file.

use super::{Environment, Origin, Setting, file};
use crate::args::SourceArgs;
use crate::error::{CommandError, CommandResult, usage_error};
use std::path::PathBuf;

/// In this order; the last two count only where they hold a SQLite URL.
const VARIABLES: [&str; 2] = ["SEALIFT_SOURCE", "SQLITE_PATH"];
const SHARED_VARIABLES: [&str; 2] = ["DATABASE_URL", "SQLALCHEMY_DATABASE_URI"];

impl Environment {
    /// Returns the SQLite file.
    pub(crate) fn source(&self, args: &SourceArgs) -> CommandResult<Setting<PathBuf>> {
        let typed = |value: &String, origin| Setting { value: value.clone(), origin };
        let setting = (args.source.as_ref().map(|v| typed(v, Origin::Argument("SOURCE"))))
            .or_else(|| {
                args.sqlite_path.as_ref().map(|v| typed(v, Origin::Argument("--sqlite-path")))
            })
            .or_else(|| self.file.source.as_ref().map(|v| typed(v, Origin::File)))
            .or_else(|| self.first_variable(&VARIABLES, |_| true))
            .or_else(|| self.first_variable(&SHARED_VARIABLES, is_sqlite_url));
        let setting = setting.ok_or_else(|| {
            usage_error("no SQLite file given").hinted(format!(
                "name it: `sealift plan app.db`; or set SEALIFT_SOURCE, or `source` in {}",
                file::NAME
            ))
        })?;
        let value = path(&setting)?;
        Ok(Setting { value, origin: setting.origin })
    }
}

/// Returns whether the text is a URL of a SQLite file rather than of a server.
pub(super) fn is_sqlite_url(text: &str) -> bool {
    let scheme = text.trim().split(':').next().unwrap_or_default().to_ascii_lowercase();
    let has_scheme = text.contains(':');
    has_scheme
        && (scheme == "sqlite"
            || scheme == "sqlite3"
            || scheme == "file"
            || scheme.starts_with("sqlite+"))
}

/// Returns the path of a SQLite URL, or the text itself when it is none.
///
/// SQLAlchemy writes `sqlite:///relative` and `sqlite:////absolute` with any `+driver`; sqlx and
/// others `sqlite://relative` and `sqlite:relative`; Prisma `file:./relative`; RFC 8089 has
/// `file:///absolute`.
pub(super) fn path(setting: &Setting<String>) -> CommandResult<PathBuf> {
    let text = setting.value.trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("postgres:")
        || lower.starts_with("postgresql:")
        || lower.starts_with("postgresql+")
    {
        return Err(refuse(setting, "is a PostgreSQL URL")
            .hinted("the source is a SQLite file; give the server with --to"));
    }
    if !is_sqlite_url(text) {
        return Ok(PathBuf::from(&setting.value));
    }
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = if scheme.eq_ignore_ascii_case("file") {
        rest.strip_prefix("//localhost").or_else(|| rest.strip_prefix("//")).unwrap_or(rest)
    } else {
        rest.strip_prefix("///").or_else(|| rest.strip_prefix("//")).unwrap_or(rest)
    };
    if path.is_empty() || path == ":memory:" {
        return Err(refuse(
            setting,
            "is a database in memory, which only its own process can read",
        )
        .hinted("name the SQLite file"));
    }
    Ok(PathBuf::from(path))
}

/// Says where the value comes from without showing it: it may hold a password.
fn refuse(setting: &Setting<String>, what: &str) -> CommandError {
    usage_error(format!("the source given by {} {what}", setting.origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let setting = Setting { value: text.to_owned(), origin: Origin::Argument("SOURCE") };
        path(&setting).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn every_common_url_names_its_file() {
        for (url, file) in [
            ("app.db", "app.db"),
            ("sqlite:///./app.db", "./app.db"),
            ("sqlite:////var/lib/app.db", "/var/lib/app.db"),
            ("sqlite+aiosqlite:///app.db", "app.db"),
            ("sqlite+pysqlite:///app.db?timeout=5", "app.db"),
            ("sqlite://app.db", "app.db"),
            ("sqlite:app.db", "app.db"),
            ("file:./dev.db", "./dev.db"),
            ("file:///var/dev.db?mode=ro", "/var/dev.db"),
            ("name:with:colons.db", "name:with:colons.db"),
        ] {
            assert_eq!(read(url), file, "{url}");
        }
    }

    #[test]
    fn a_server_or_memory_is_no_source() {
        for text in ["postgresql://u:hidden@h/d", "sqlite://", "sqlite:///:memory:"] {
            let setting =
                Setting { value: text.to_owned(), origin: Origin::DotEnv("DATABASE_URL".into()) };
            let error = path(&setting).unwrap_err();
            assert!(error.message.contains("DATABASE_URL in .env"), "{}", error.message);
            assert!(!format!("{error:?}").contains("hidden"));
        }
    }
}
