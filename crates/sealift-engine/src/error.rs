//! The engine's one error type: what happened, to which object, what to do next, and what kind it is.

use crate::cause::{self, Cause};
use std::fmt;

/// What kind of failure it is. The kind decides the exit status, and whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The source file is missing, empty, encrypted, damaged or busy.
    Source,
    /// What the user asked for contradicts itself or does not exist.
    Usage,
    /// The server cannot be reached, refuses the connection, or went away. Trying again may help.
    Unreachable,
    /// The server let us in but the role may not do what is needed.
    Permission,
    /// The target already holds what would be made, or lacks what should be there.
    Target,
    /// Cells, rows or names that cannot be carried as asked; nothing was written.
    Data,
    /// The server refused a statement.
    Statement,
    /// The two sides differ.
    Difference,
    /// The files of the revisions contradict each other, or what was done in the database.
    Revision,
    /// The managed local server could not be found or started.
    Local,
    /// The disk refused a file of ours.
    Io,
    /// Stopped half way on request; the same command goes on.
    Stopped,
    /// A fault of Sealift itself.
    Bug,
}

/// What can be done about a failure half way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// The same may work after a pause: a run connects anew and goes on by itself.
    Retry,
    /// Somebody has to mend something; then the same command goes on.
    Resume,
    /// The same would only fail again.
    Nothing,
}

impl ErrorKind {
    /// Returns what can be done about a failure of which nothing else is known.
    fn recovery(self) -> Recovery {
        match self {
            Self::Unreachable => Recovery::Retry,
            // A fault of ours may be one of this moment, and what has arrived has arrived.
            Self::Stopped | Self::Io | Self::Source | Self::Bug => Recovery::Resume,
            Self::Usage
            | Self::Permission
            | Self::Target
            | Self::Data
            | Self::Statement
            | Self::Difference
            | Self::Revision
            | Self::Local => Recovery::Nothing,
        }
    }
}

/// A failure that is known beforehand: a row of `docs/runbook.md`, which is written from these values
/// (see `runbook`), so that the page and the program cannot say different things.
#[derive(Debug)]
pub struct Known {
    /// The words by which a person who has the message finds the row. Every message holds them.
    pub says: &'static str,
    /// What has happened, as a clause.
    pub means: &'static str,
    /// What to do or type next.
    pub hint: &'static str,
    /// What kind of failure it is.
    pub kind: ErrorKind,
}

impl Known {
    /// Returns the failure, with nothing to add.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::new(self.kind, self.says).hinted(self.hint).recognised(self.says)
    }

    /// Returns the failure with a message of its own, which says about which object. It must hold the
    /// words of the row.
    #[must_use]
    pub fn saying(&self, message: impl Into<String>) -> Error {
        let message = message.into();
        debug_assert!(message.contains(self.says), "`{message}` does not say `{}`", self.says);
        Error::new(self.kind, message).hinted(self.hint).recognised(self.says)
    }
}

/// Makes rows of the runbook, and `KNOWN`, which lists them in the order of the page: the name, the kind,
/// what is said, what it means, what to do. `+` names a row that stands elsewhere and comes first.
macro_rules! known {
    ($(+ $also:path;)? $($name:ident, $kind:ident, $says:literal, $means:literal, $hint:literal;)*) => {
        /// All of them, in the order of the page.
        pub(crate) const KNOWN: &[&$crate::error::Known] = &[$(&$also,)? $(&$name),*];

        $(pub(crate) const $name: $crate::error::Known = $crate::error::Known {
            says: $says,
            means: $means,
            hint: $hint,
            kind: $crate::error::ErrorKind::$kind,
        };)*
    };
}

pub(crate) use known;

/// A failure with its object, its cause and what to do next.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    recovery: Recovery,
    resumable: bool,
    sqlstate: Option<String>,
    /// The cause, where it was recognised or named.
    cause: Option<&'static Cause>,
    source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
}

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error. `message` says what happened to which object, in lower case, without a
    /// full stop, and holds no secret and no cell.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            recovery: kind.recovery(),
            resumable: false,
            sqlstate: None,
            cause: None,
            source: None,
        }
    }

    /// Names the cause, where no row of a folder's `known` does.
    pub(crate) fn because(mut self, cause: &'static Cause) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Notes by the words of the row in `known` that it is made from which cause it belongs to.
    pub(crate) fn recognised(mut self, says: &str) -> Self {
        self.cause = cause::saying(says);
        self
    }

    /// Adds what to do next, usually the command to type.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds the five characters by which PostgreSQL names its errors (manual, appendix A).
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: impl Into<String>) -> Self {
        self.sqlstate = Some(sqlstate.into());
        self
    }

    /// Says what can be done about it, where that is not what its kind says.
    #[must_use]
    pub fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    /// Marks that the target holds a state from which the same command goes on.
    #[must_use]
    pub fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    /// Takes back that the same command goes on, since what it would go on with is gone.
    #[must_use]
    pub(crate) fn not_resumable(mut self) -> Self {
        self.resumable = false;
        self
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns whether the server has no connection left for us.
    #[must_use]
    pub fn is_out_of_connections(&self) -> bool {
        self.sqlstate() == Some("53300")
    }

    /// Returns whether it is the statement itself that was refused, and would be again. Everything else
    /// is of the moment or of the server: the statement was not judged at all.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let of_the_server = matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Stopped);
        self.recovery != Recovery::Retry && !of_the_server
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Returns PostgreSQL's name for the error, where the server reported it.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }

    /// Returns the cause, where it is one of those that are known beforehand.
    #[must_use]
    pub fn cause(&self) -> Option<&'static Cause> {
        self.cause.or_else(|| cause::of_sqlstate(self.sqlstate()?))
    }

    /// Returns what to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns whether the same command goes on where this one stopped.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.resumable
    }

    /// Puts a verb phrase before the message: `copy table orders: connection closed`.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
