//! The objects of `--json` that are not already a type of the engine. Documented in
//! docs/reference/json.md.

use crate::error::{CommandError, CommandErrorKind};
use serde::Serialize;

/// A command that failed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    /// Always `error`.
    status: &'static str,
    /// Why.
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
            status: "error",
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
