//! The objects of `--json` that are not already a type of the engine. Documented in
//! docs/reference/json.md.

use crate::error::{CommandError, CommandErrorKind, Question};
use sealift_engine::Cause;
use serde::Serialize;

/// A command that failed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    /// `error`; of a command that was to find out whether something can work, `failed`.
    status: &'static str,
    /// Why: a code of the table of causes.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static Cause>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'static str>,
    /// What happened, to which object.
    message: &'a str,
    /// What to do next.
    hints: &'a [String],
    /// The same and more.
    error: FailureDetail<'a>,
}

#[derive(Debug, Serialize)]
struct FailureDetail<'a> {
    kind: CommandErrorKind,
    exit: u8,
    message: &'a str,
    causes: &'a [String],
    hints: &'a [String],
}

impl<'a> Failure<'a> {
    /// Returns the object for an error.
    pub(crate) fn new(error: &'a CommandError) -> Self {
        Self {
            status: match error.question {
                Question::Other => "error",
                Question::CanItWork => "failed",
            },
            cause: error.cause,
            sentence: error.cause.map(|cause| cause.sentence),
            message: &error.message,
            hints: &error.hints,
            error: FailureDetail {
                kind: error.kind,
                exit: error.kind.exit().status(),
                message: &error.message,
                causes: &error.causes,
                hints: &error.hints,
            },
        }
    }
}

/// A command that printed text, such as `completions`.
#[derive(Debug, Serialize)]
pub(crate) struct Text<'a> {
    /// Always `ok`.
    pub(crate) status: &'static str,
    /// What it would have printed.
    pub(crate) text: &'a str,
}

/// How the managed server is. Its URL is shown without the password.
#[derive(Debug, Serialize)]
pub(crate) struct LocalState<'a> {
    /// Always `ok`.
    pub(crate) status: &'static str,
    /// `absent`, `stopped` or `running`.
    pub(crate) state: &'static str,
    /// Where it is reached.
    pub(crate) url: Option<String>,
    /// Its process.
    pub(crate) pid: Option<u32>,
    /// Its port on loopback.
    pub(crate) port: Option<u16>,
    /// Its major version.
    pub(crate) version: Option<&'a str>,
}

/// A server that has begun to listen. The database's URL is shown without its password.
#[derive(Debug, Serialize)]
pub(crate) struct Listening<'a> {
    /// Always `listening`.
    pub(crate) status: &'static str,
    /// Where the page is.
    pub(crate) url: &'a str,
    /// `postgresql` or `sqlite`.
    pub(crate) kind: &'static str,
    /// The database.
    pub(crate) target: &'a str,
}
