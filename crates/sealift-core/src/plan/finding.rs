//! [`Finding`]: something about the source or the target that a person should know.

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The migration does not start before this is settled.
    Error,
    /// Something changes its meaning or is left behind; the migration goes on.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable code in kebab case, such as `view-not-carried`.
    pub code: String,
    /// The object, as `table`, `table.column`, or a name with its kind: `view v`.
    pub object: String,
    /// What is the case, as a sentence without its full stop.
    pub message: String,
    /// How many rows it concerns, when it concerns rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The first keys of those rows, as `column=value` texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// Returns a finding with neither rows nor hint.
    #[must_use]
    pub fn new(
        severity: Severity,
        code: &str,
        object: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            object: object.into(),
            message: message.into(),
            count: None,
            keys: Vec::new(),
            hint: None,
        }
    }

    /// Returns an error.
    #[must_use]
    pub fn error(code: &str, object: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, object, message)
    }

    /// Returns a warning.
    #[must_use]
    pub fn warning(code: &str, object: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, object, message)
    }

    /// Returns a note.
    #[must_use]
    pub fn note(code: &str, object: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, object, message)
    }

    /// Adds what to do.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the rows concerned.
    #[must_use]
    pub fn rows(mut self, count: u64, keys: Vec<String>) -> Self {
        self.count = Some(count);
        self.keys = keys;
        self
    }
}
