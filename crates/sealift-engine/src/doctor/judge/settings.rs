//! The settings: where they came from, and what in them cannot be meant.

use super::super::facts::{SettingFacts, UrlFact, UrlKind};
use super::{named, ok, warning};
use crate::check::CheckItem;

/// Returns the lines about the settings.
pub(in crate::doctor) fn settings(facts: &SettingFacts) -> Vec<CheckItem> {
    let file =
        facts.source.as_deref().unwrap_or("none is named: `sealift doctor FILE` looks at one");
    let server = facts.target.as_deref().unwrap_or("none can be told");
    vec![
        ok("setting_source", file),
        ok("setting_target", server),
        urls(&facts.urls),
        numbers(facts),
        ssl_mode(facts),
    ]
}

/// One variable with two meanings is the usual reason why an application stays on SQLite: its framework reads
/// `.env` over the environment, or the other way round.
fn urls(urls: &[UrlFact]) -> CheckItem {
    let is_sqlite = |kind| matches!(kind, UrlKind::Source | UrlKind::OtherSqlite);
    for url in urls.iter().filter(|url| !url.in_dotenv) {
        let other = urls.iter().find(|other| other.in_dotenv && other.variable == url.variable);
        let Some(other) = other else { continue };
        let words = |kind| if is_sqlite(kind) { "a SQLite file" } else { "a PostgreSQL server" };
        if is_sqlite(url.kind) != is_sqlite(other.kind) {
            let name = &url.variable;
            return warning(
                "setting_urls",
                format!(
                    "{name} names {} in the environment and {} in .env: which one the application \
                     takes depends on its framework",
                    words(url.kind),
                    words(other.kind)
                ),
                format!(
                    "write one and the same {name} in both, or take it out of one: unset {name}"
                ),
            );
        }
    }
    if let Some(url) = urls.iter().find(|url| url.kind == UrlKind::Other) {
        let place = if url.in_dotenv { " in .env" } else { "" };
        return warning(
            "setting_urls",
            format!("{}{place} names neither a SQLite file nor a PostgreSQL server", url.variable),
            format!("write {}=postgresql://USER:PASSWORD@HOST:PORT/DATABASE", url.variable),
        );
    }
    let sqlite = urls.iter().filter(|url| is_sqlite(url.kind)).count();
    ok(
        "setting_urls",
        match (urls.len(), sqlite) {
            (0, _) => "no variable names a database".to_owned(),
            (all, sqlite) => format!(
                "{all} name a database: {sqlite} a SQLite file, {} a PostgreSQL server",
                all - sqlite
            ),
        },
    )
}

fn numbers(facts: &SettingFacts) -> CheckItem {
    let bad = facts.numbers.iter().filter(|number| !number.is_usable);
    let places: Vec<String> = bad.clone().map(|number| number.place.clone()).collect();
    match bad.map(|number| number.name).next() {
        None => ok("setting_numbers", "what should be a whole number is one"),
        Some(first) => warning(
            "setting_numbers",
            format!("not a usable whole number: {}", named(&places)),
            format!("write a whole number, without a unit: {first}=10"),
        ),
    }
}

fn ssl_mode(facts: &SettingFacts) -> CheckItem {
    match &facts.bad_ssl_mode {
        None => ok("setting_sslmode", "not set, or one of PostgreSQL's modes"),
        Some(place) => warning(
            "setting_sslmode",
            format!("{place} is none of PostgreSQL's modes"),
            "write disable, allow, prefer, require, verify-ca or verify-full",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::NumberFact;
    use super::*;
    use crate::check::CheckStatus;

    fn url(in_dotenv: bool, kind: UrlKind) -> UrlFact {
        UrlFact { variable: "DATABASE_URL".to_owned(), in_dotenv, kind }
    }

    #[test]
    fn one_variable_with_two_meanings_warns() {
        let both = [url(false, UrlKind::Postgres), url(true, UrlKind::Source)];
        let item = urls(&both);
        assert_eq!(item.status, CheckStatus::Warning);
        assert!(item.found.contains("a PostgreSQL server in the environment"), "{item:?}");
        let same = [url(false, UrlKind::Postgres), url(true, UrlKind::Postgres)];
        assert_eq!(urls(&same).status, CheckStatus::Ok);
        assert_eq!(urls(&[url(true, UrlKind::Other)]).status, CheckStatus::Warning);
        assert_eq!(urls(&[]).status, CheckStatus::Ok);
    }

    #[test]
    fn numbers_that_are_none_and_unknown_modes_are_named_by_their_places() {
        let number =
            |name, is_usable| NumberFact { place: format!("{name} in .env"), name, is_usable };
        let facts = SettingFacts {
            numbers: vec![number("DB_POOL_SIZE", true), number("DB_POOL_TIMEOUT", false)],
            bad_ssl_mode: Some("DB_SSL_MODE".to_owned()),
            ..SettingFacts::default()
        };
        let item = numbers(&facts);
        assert_eq!(item.found, "not a usable whole number: DB_POOL_TIMEOUT in .env");
        assert!(item.hint.unwrap().contains("DB_POOL_TIMEOUT=10"));
        assert_eq!(ssl_mode(&facts).status, CheckStatus::Warning);
    }
}
