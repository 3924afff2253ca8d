//! `sealift.toml`: the flags one would type every time.

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
    pub(super) profile: Option<String>,
    pub(super) like: Option<String>,
    #[serde(rename = "like-schema")]
    pub(super) like_schema: Option<String>,
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
    fn an_error_names_the_line_and_quotes_nothing() {
        let error = ConfigFile::parse("source = 'a'\ntarget = 'x:hidden@h' nonsense").unwrap_err();
        assert!(error.message.starts_with("sealift.toml line 2: "), "{}", error.message);
        assert!(!format!("{error:?}").contains("hidden"));
        let error = ConfigFile::parse("sorce = 'a'").unwrap_err();
        assert!(error.message.contains("unknown field `sorce`"), "{}", error.message);
    }
}
