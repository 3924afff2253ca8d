//! [`CommandError`]: why a command failed, with its exit status and what to do next.

use crate::exit::Exit;
use sealift_engine::{Cause, Error, ErrorKind};
use serde::Serialize;
use std::error::Error as StdError;

/// The result of a command.
pub(crate) type CommandResult<T = Exit> = Result<T, CommandError>;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CommandError {
    /// Decides the exit status.
    pub(crate) kind: CommandErrorKind,
    /// What happened, to which object.
    pub(crate) message: String,
    /// Why, from the nearest cause to the furthest.
    pub(crate) causes: Vec<String>,
    /// What to do next.
    pub(crate) hints: Vec<String>,
    /// PostgreSQL's name for the error, where the server reported it.
    #[serde(skip)]
    pub(crate) sqlstate: Option<String>,
    /// The cause, where it is one of those that are known beforehand.
    #[serde(skip)]
    pub(crate) cause: Option<&'static Cause>,
    /// Whether the command was to find out just this.
    #[serde(skip)]
    pub(crate) question: Question,
}

/// What the command was to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Question {
    /// Some work, which the failure has kept it from.
    #[default]
    Other,
    /// To find out whether something can work; the failure is the answer.
    CanItWork,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CommandErrorKind {
    /// Something in the user's files, databases or wishes.
    User,
    /// What was typed contradicts itself.
    Usage,
    /// The server cannot be reached or refuses.
    Unreachable,
    /// Stopped half way; the same command goes on.
    Stopped,
    /// A fault of Sealift.
    Bug,
}

impl CommandErrorKind {
    /// Returns the exit status.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::User => Exit::Differences,
            Self::Usage => Exit::Usage,
            Self::Unreachable => Exit::Unreachable,
            Self::Stopped => Exit::Stopped,
            Self::Bug => Exit::Bug,
        }
    }
}

/// Returns an error that the user can settle: exit status 1.
pub(crate) fn user_error(message: impl Into<String>) -> CommandError {
    CommandError::new(CommandErrorKind::User, message)
}

/// Returns an error in what was typed: exit status 2.
pub(crate) fn usage_error(message: impl Into<String>) -> CommandError {
    CommandError::new(CommandErrorKind::Usage, message)
}

impl CommandError {
    /// Returns an error without causes and hints.
    pub(crate) fn new(kind: CommandErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            sqlstate: None,
            cause: None,
            question: Question::Other,
        }
    }

    /// Marks that the failure is what the command was to find out.
    pub(crate) fn answering(mut self) -> Self {
        self.question = Question::CanItWork;
        self
    }

    /// Adds what to do next.
    pub(crate) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the chain of causes.
    pub(crate) fn caused_by(mut self, cause: &(dyn StdError + 'static)) -> Self {
        self.causes = chain(cause, &self.message);
        self
    }

    /// Puts a verb phrase before the message.
    pub(crate) fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }
}

/// Returns the texts of a chain of causes, leaving out one that only repeats what stands before it.
fn chain(first: &(dyn StdError + 'static), message: &str) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut next = Some(first);
    while let Some(cause) = next {
        if cause.is::<tokio::task::JoinError>() {
            // Its text is the panic's, which may hold a cell. Where it was has been said and logged.
            break;
        }
        let text = cause.to_string();
        let said = causes.last().map_or(message, String::as_str).contains(&text);
        if !text.is_empty() && !said {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Bug => CommandErrorKind::Bug,
            ErrorKind::Stopped => CommandErrorKind::Stopped,
            ErrorKind::Source
            | ErrorKind::Usage
            | ErrorKind::Unreachable
            | ErrorKind::Permission
            | ErrorKind::Target
            | ErrorKind::Data
            | ErrorKind::Statement
            | ErrorKind::Difference
            | ErrorKind::Revision
            | ErrorKind::Local
            | ErrorKind::Io
                if error.is_resumable() =>
            {
                CommandErrorKind::Stopped
            }
            ErrorKind::Usage => CommandErrorKind::Usage,
            ErrorKind::Unreachable => CommandErrorKind::Unreachable,
            ErrorKind::Source
            | ErrorKind::Permission
            | ErrorKind::Target
            | ErrorKind::Data
            | ErrorKind::Statement
            | ErrorKind::Difference
            | ErrorKind::Revision
            | ErrorKind::Local
            | ErrorKind::Io => CommandErrorKind::User,
        };
        let mut command = Self::new(kind, error.to_string());
        command.sqlstate = error.sqlstate().map(str::to_owned);
        command.cause = error.cause();
        if let Some(cause) = error.source() {
            command = command.caused_by(cause);
        }
        if let Some(hint) = error.hint() {
            command = command.hinted(hint);
        }
        let told = error.hint().is_some_and(|hint| hint.contains("same command"));
        if error.is_resumable() && kind == CommandErrorKind::Stopped && !told {
            command = command.hinted("run the same command again: it goes on where it stopped");
        }
        if kind == CommandErrorKind::Bug {
            command = command
                .hinted("this is a fault of Sealift: run the same command again")
                .hinted("if it happens again, report it with .sealift/log, which holds no cell");
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_exit_status() {
        let status = |kind| CommandError::from(Error::new(kind, "x")).kind.exit().status();
        assert_eq!(status(ErrorKind::Usage), 2);
        assert_eq!(status(ErrorKind::Unreachable), 3);
        assert_eq!(status(ErrorKind::Stopped), 4);
        assert_eq!(status(ErrorKind::Bug), 70);
        for kind in [ErrorKind::Source, ErrorKind::Permission, ErrorKind::Target, ErrorKind::Data] {
            assert_eq!(status(kind), 1);
        }
    }

    #[test]
    fn a_lost_server_half_way_is_resumable() {
        let error =
            Error::new(ErrorKind::Unreachable, "copy orders: connection closed").resumable();
        let command = CommandError::from(error);
        assert_eq!(command.kind.exit(), Exit::Stopped);
        assert!(command.hints[0].contains("same command again"), "{command:?}");
    }

    #[test]
    fn a_cause_that_repeats_the_message_is_left_out() {
        let inner = std::io::Error::other("disk full");
        let error = Error::new(ErrorKind::Io, "write plan.json: disk full").caused_by(inner);
        assert_eq!(CommandError::from(error).causes, Vec::<String>::new());
        let inner = std::io::Error::other("disk full");
        let error = Error::new(ErrorKind::Io, "cannot write plan.json").caused_by(inner);
        assert_eq!(CommandError::from(error).causes, ["disk full"]);
    }
}
