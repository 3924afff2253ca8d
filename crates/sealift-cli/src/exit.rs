//! The exit statuses, in one place. They are a contract (docs/reference/cli.md).

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Differences, findings that stop the work, or an error of the user.
    Differences,
    /// Wrong usage.
    Usage,
    /// The server cannot be reached or refuses; trying again may help.
    Unreachable,
    /// Stopped half way; the same command goes on.
    Stopped,
    /// A fault of Sealift itself (`EX_SOFTWARE` of sysexits.h).
    Bug,
}

impl Exit {
    /// Returns the number.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differences => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Stopped => 4,
            Self::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
