//! `sealift.toml`: the flags one would type every time.

use super::policy::{FilePolicies, OneOrMany};
use crate::args::{IntoArg, LevelArg};
use crate::error::{CommandResult, user_error};
use serde::Deserialize;

/// Its name, in the working folder.
pub(super) const NAME: &str = "sealift.toml";

/// What it may hold. The keys are the names of the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigFile {
    pub(super) source: Option<String>,
    pub(super) target: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) cast: Vec<String>,
    pub(super) fill: Vec<String>,
    #[serde(rename = "on-conflict")]
    pub(super) on_conflict: Vec<String>,
    pub(super) identifiers: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) like: Option<String>,
    #[serde(rename = "like-schema")]
    pub(super) like_schema: Option<String>,
    #[serde(rename = "on-misfit")]
    pub(super) on_misfit: OneOrMany,
    #[serde(rename = "on-bad-date")]
    pub(super) on_bad_date: OneOrMany,
    #[serde(rename = "on-empty")]
    pub(super) on_empty: OneOrMany,
    #[serde(rename = "on-nul")]
    pub(super) on_nul: OneOrMany,
    #[serde(rename = "on-invalid-utf8")]
    pub(super) on_invalid_utf8: OneOrMany,
    #[serde(rename = "on-orphan")]
    pub(super) on_orphan: OneOrMany,
    #[serde(rename = "on-check")]
    pub(super) on_check: OneOrMany,
    #[serde(rename = "max-rejected")]
    pub(super) max_rejected: Option<u64>,
    pub(super) jobs: Option<usize>,
    pub(super) memory: Option<String>,
    pub(super) into: Option<IntoArg>,
    pub(super) verify: Option<LevelArg>,
    pub(super) strict: bool,
    pub(super) backup: Option<bool>,
}

impl ConfigFile {
    /// Reads the file of the working folder; an absent one is empty.
    pub(super) fn read() -> CommandResult<Self> {
        match std::fs::read_to_string(NAME) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(user_error(format!("cannot read {NAME}")).caused_by(&error)),
        }
    }

    /// Returns what it says about cells and rows that do not fit.
    pub(super) fn policies(&self) -> FilePolicies<'_> {
        FilePolicies {
            on_misfit: &self.on_misfit,
            on_bad_date: &self.on_bad_date,
            on_empty: &self.on_empty,
            on_nul: &self.on_nul,
            on_invalid_utf8: &self.on_invalid_utf8,
            on_orphan: &self.on_orphan,
            on_check: &self.on_check,
        }
    }

    pub(super) fn parse(text: &str) -> CommandResult<Self> {
        toml::from_str(text).map_err(|error| {
            // The error's own display quotes the line, and the line may hold a password.
            let line = error.span().map_or(1, |span| {
                1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
            });
            user_error(format!("{NAME} line {line}: {}", error.message()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_the_flags() {
        let file = ConfigFile::parse(
            "source = 'app.db'\ninto = 'existing'\nverify = 'cells'\ncast = ['a.b=text']\nlike-schema = 'x'",
        )
        .unwrap();
        assert_eq!(file.source.as_deref(), Some("app.db"));
        assert_eq!(file.into, Some(IntoArg::Existing));
        assert_eq!(file.verify, Some(LevelArg::Cells));
        assert_eq!(file.like_schema.as_deref(), Some("x"));
    }

    #[test]
    fn a_rule_stands_alone_or_in_a_list() {
        let file = ConfigFile::parse(
            "on-misfit = ['null', 't.c=widen']\non-orphan = 'quarantine'\nmax-rejected = 5",
        )
        .unwrap();
        assert_eq!(file.on_orphan, OneOrMany::One("quarantine".to_owned()));
        assert!(matches!(&file.on_misfit, OneOrMany::Many(rules) if rules.len() == 2));
        assert_eq!(file.max_rejected, Some(5));
    }

    #[test]
    fn an_error_names_the_line_and_quotes_nothing() {
        let error = ConfigFile::parse("source = 'a'\ntarget = 'x:hidden@h' nonsense").unwrap_err();
        assert!(error.message.starts_with("sealift.toml line 2: "), "{}", error.message);
        assert!(!format!("{error:?}").contains("hidden"));
        let error = ConfigFile::parse("sorce = 'a'").unwrap_err();
        assert!(error.message.contains("unknown field `sorce`"), "{}", error.message);
    }
}
