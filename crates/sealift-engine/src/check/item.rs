//! [`CheckItem`]: one line about one thing.

use crate::cause::Cause;
use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckItem {
    /// A stable name in snake case, such as `create_schema`.
    pub name: &'static str,
    /// How it is.
    pub status: CheckStatus,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Why it is not as it should be, where that is known beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static Cause>,
}

/// How a thing is. The order is from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// It works, with a drawback.
    Warning,
    /// A migration would fail.
    Failed,
}

impl CheckItem {
    /// Adds why it is not as it should be.
    pub(crate) fn because(self, cause: &'static Cause) -> Self {
        Self { cause: Some(cause), ..self }
    }
}

/// Returns a line about something that is as it should be.
pub(crate) fn ok(name: &'static str, found: impl Into<String>) -> CheckItem {
    CheckItem { name, status: CheckStatus::Ok, found: found.into(), hint: None, cause: None }
}

/// Returns a line about a drawback, with what to do about it.
pub(crate) fn warning(
    name: &'static str,
    found: impl Into<String>,
    hint: impl Into<String>,
) -> CheckItem {
    CheckItem { status: CheckStatus::Warning, hint: Some(hint.into()), ..ok(name, found) }
}

/// Returns a line about something that stops a migration. Whatever fails has a cause.
pub(crate) fn failed(
    name: &'static str,
    cause: &'static Cause,
    found: impl Into<String>,
    hint: impl Into<String>,
) -> CheckItem {
    CheckItem { status: CheckStatus::Failed, ..warning(name, found, hint) }.because(cause)
}
