//! [`Step`]: everything a run leaves behind for good, and the places where tests break it.

use crate::error::Result;
use std::fmt;

/// A durable step: after it, something is in the target or on the disk for good, whatever happens next.
///
/// The crash matrix walks [`Step::ALL`]: each is failed before and after, and died at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The tables stand, bare, and the run is recorded.
    Begin,
    /// What an earlier process left is taken over.
    TakeOver,
    /// A table whose source was written to since is empty again.
    EmptyTable,
    /// A range of rows is there with its receipt.
    Range,
    /// The rows that are kept apart are in the quarantine.
    Quarantine,
    /// The backup of the source is there under its name.
    Backup,
    /// The sequences stand after the highest number.
    Sequences,
    /// An index or a key is built.
    Index,
    /// A check or a foreign key holds.
    Constraint,
    /// A view is there.
    View,
    /// A trigger and its function are there.
    Trigger,
    /// What was put aside of the target's own tables while rows arrived is put back.
    PutBack,
    /// Statistics of a table are collected.
    Analyze,
    /// The state is gone, or marked as that of a run that ended.
    End,
    /// What was made is taken back.
    TakeBack,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Begin,
        Self::TakeOver,
        Self::EmptyTable,
        Self::Range,
        Self::Quarantine,
        Self::Backup,
        Self::Sequences,
        Self::Index,
        Self::Constraint,
        Self::View,
        Self::Trigger,
        Self::PutBack,
        Self::Analyze,
        Self::End,
        Self::TakeBack,
    ];

    /// Returns its name, as fail points are called by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::TakeOver => "take-over",
            Self::EmptyTable => "empty-table",
            Self::Range => "range",
            Self::Quarantine => "quarantine",
            Self::Backup => "backup",
            Self::Sequences => "sequences",
            Self::Index => "index",
            Self::Constraint => "constraint",
            Self::View => "view",
            Self::Trigger => "trigger",
            Self::PutBack => "put-back",
            Self::Analyze => "analyze",
            Self::End => "end",
            Self::TakeBack => "take-back",
        }
    }

    /// Marks a moment of the step. Only where fail points are compiled in and one of this name is
    /// armed, something happens here: `FAILPOINTS='before range=1*return(lost)'`.
    ///
    /// # Errors
    /// What the fail point says: `lost` as if the connection had broken, `refused` as if a disk were
    /// full. `die` ends the process.
    pub(crate) fn reach(self, moment: Moment) -> Result<()> {
        broken::reach(self.name(), moment)
    }
}

/// What carrying out a revision leaves behind for good, and the places where tests break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionStep {
    /// The history says that a revision without a transaction has begun.
    Mark,
    /// A statement is carried out; without a transaction, with the note that it is.
    Statement,
    /// A statement that must stand alone is carried out, and the history does not say so yet.
    Alone,
    /// The revision is done, with its row of the history.
    Record,
}

impl RevisionStep {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mark, Self::Statement, Self::Alone, Self::Record];

    /// Returns its name, as fail points are called by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mark => "revision-mark",
            Self::Statement => "revision-statement",
            Self::Alone => "revision-alone",
            Self::Record => "revision-record",
        }
    }

    /// Marks a moment of the step; see [`Step::reach`].
    ///
    /// # Errors
    /// What the fail point says.
    pub(crate) fn reach(self, moment: Moment) -> Result<()> {
        broken::reach(self.name(), moment)
    }
}

/// When a step is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Everything is ready, nothing is for good.
    Before,
    /// It is for good, and nobody knows yet.
    After,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// Arms the fail points that the variable `FAILPOINTS` names, where they are compiled in (feature
/// `failpoints`, for tests only). To be called once, when the program starts.
pub fn arm_fail_points() {
    broken::arm();
}

#[cfg(feature = "failpoints")]
mod broken {
    use super::Moment;
    use crate::error::{Error, ErrorKind, Result};

    pub(super) fn arm() {
        // Kept for as long as the program runs: its end would disarm them.
        std::mem::forget(fail::FailScenario::setup());
    }

    pub(super) fn reach(step: &str, moment: Moment) -> Result<()> {
        let name = format!("{moment} {step}");
        fail::fail_point!(&name, |how| {
            match how.as_deref() {
                Some("die") => std::process::abort(),
                Some("refused") => Err(Error::new(ErrorKind::Io, format!("fail point {name}"))),
                Some(_) | None => {
                    Err(Error::new(ErrorKind::Unreachable, format!("fail point {name}")))
                }
            }
        });
        Ok(())
    }
}

#[cfg(not(feature = "failpoints"))]
mod broken {
    use super::Moment;
    use crate::error::Result;

    pub(super) fn arm() {}

    #[expect(clippy::unnecessary_wraps, reason = "with fail points it can fail")]
    pub(super) fn reach(_: &str, _: Moment) -> Result<()> {
        Ok(())
    }
}
