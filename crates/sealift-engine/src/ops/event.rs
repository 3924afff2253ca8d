//! [`Event`]: one thing that happened.

use sealift_core::plan::Finding;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// The phases of a migration, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opening the file, reading the schema, checking integrity.
    Inspect,
    /// Reading every cell once to choose types.
    Census,
    /// Choosing types, translating, collecting findings.
    Plan,
    /// Creating schema and tables.
    Create,
    /// Copying rows.
    Copy,
    /// Building keys, indexes, checks, foreign keys, views, triggers; setting sequences.
    Finish,
    /// `analyze`
    Analyze,
    /// Comparing both sides.
    Verify,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Inspect,
        Self::Census,
        Self::Plan,
        Self::Create,
        Self::Copy,
        Self::Finish,
        Self::Analyze,
        Self::Verify,
    ];

    /// Returns the name used in `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inspect => "inspect",
            Self::Census => "census",
            Self::Plan => "plan",
            Self::Create => "create",
            Self::Copy => "copy",
            Self::Finish => "finish",
            Self::Analyze => "analyze",
            Self::Verify => "verify",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that happened. Serialized as one line of `--progress json`. Holds no cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A phase began.
    PhaseStarted {
        /// The phase.
        phase: Phase,
        /// How many rows it goes through, where known.
        rows: Option<u64>,
        /// How many steps (statements, tables) it has, where known.
        steps: Option<u64>,
    },
    /// A phase ended.
    PhaseDone {
        /// The phase.
        phase: Phase,
        /// How long it took.
        seconds: f64,
    },
    /// Rows of a table went through the running phase (census, copy or verify).
    Rows {
        /// The running phase.
        phase: Phase,
        /// The source table.
        table: String,
        /// Rows since the last event of this table.
        rows: u64,
        /// Bytes since then, as sent to the server; 0 where nothing is sent.
        bytes: u64,
    },
    /// A table is through the running phase.
    TableDone {
        /// The running phase.
        phase: Phase,
        /// The source table.
        table: String,
    },
    /// A statement was carried out.
    StepDone {
        /// The running phase.
        phase: Phase,
        /// What was made, such as `index users_email`.
        step: String,
        /// How long it took.
        seconds: f64,
    },
    /// It is decided what becomes of the file.
    Planned {
        /// Each table that is carried, in the order of the file.
        tables: Vec<PlannedTable>,
        /// What a person should know; more may come until the end. Not among the lines of
        /// `--progress json`: a sentence may name the key of a row, and the answer has them.
        #[serde(skip)]
        findings: Vec<Finding>,
    },
    /// Something the user should read now, such as what a rollback-journal source costs the
    /// application, or that an earlier run goes on.
    Notice {
        /// A sentence.
        message: String,
    },
}

/// A table that is carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedTable {
    /// The source table.
    pub name: String,
    /// Its rows.
    pub rows: u64,
}

/// Where events go. Cloning is cheap; sending never blocks for long and never fails.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    /// Returns a stream that hands each event to `receive`, from any thread.
    #[must_use]
    pub fn new(receive: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    /// Returns a stream that nobody reads.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    /// Sends one event.
    pub fn send(&self, event: Event) {
        (self.0)(event);
    }

    /// Sends a notice.
    pub fn notice(&self, message: impl Into<String>) {
        self.send(Event::Notice { message: message.into() });
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
