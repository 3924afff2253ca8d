//! Validated settings of a run. The command line builds them; the engine never reads the environment.

use crate::postgres::{Endpoint, WATCH_INTERVAL};
pub use sealift_core::mapping::Profile;
pub use sealift_core::plan::like::Like;
pub use sealift_core::plan::{
    Cast, CheckPolicy, Conflict, ConflictRule, EmptyPolicy, FillRule, Identifiers, MisfitPolicy,
    NulPolicy, OrphanPolicy, Policies, ProfileChoice, Rule, Rules, Utf8Policy,
};
use std::path::PathBuf;
use std::time::Duration;

/// What to do with tables that are in the target already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Into {
    /// Make everything; refuse when a table exists.
    #[default]
    Create,
    /// Fill tables that the application's own migrations made; they must be empty.
    Existing,
    /// The same, emptying them first (`--truncate`).
    ExistingTruncate,
    /// Drop what is about to be made, then make it.
    Recreate,
}

/// Who makes the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// This run, and all that stands on them.
    Make,
    /// The application did; this run fills them and leaves their definitions alone.
    Fill,
}

/// How thoroughly both sides are compared after the copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyLevel {
    /// Not at all.
    None,
    /// Constraints, indexes, sequences, views; no rows. What a run without rows is compared by.
    Structure,
    /// The same, and how many rows there are.
    Counts,
    /// The same, and a hash of every row.
    #[default]
    Digest,
    /// The same as counts, and every cell, naming each that differs.
    Cells,
}

/// Which half of the work is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parts {
    /// Schema and rows.
    #[default]
    All,
    /// Tables, keys, indexes and views, without rows.
    SchemaOnly,
    /// Rows into tables that exist.
    DataOnly,
}

/// What `plan` decides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// The target schema, `public` when not given.
    pub schema: String,
    /// Tables and views to take, as shell patterns; empty means all.
    pub include: Vec<String>,
    /// Tables and views to leave, and columns (`TABLE.COLUMN`) where the target's tables stand.
    pub exclude: Vec<String>,
    /// Types the user decided.
    pub casts: Vec<Cast>,
    /// How names are written.
    pub identifiers: Identifiers,
    /// Whose types are followed.
    pub profile: ProfileChoice,
    /// The application's own schema, whose types and names are taken; see [`crate::like::read`].
    pub like: Option<Like>,
    /// Values for columns that only the target's own tables have.
    pub fills: Vec<FillRule>,
    /// What happens to rows that the target's own tables have already; the last that matches counts.
    pub conflicts: Vec<ConflictRule>,
    /// What to do with cells and rows that do not fit.
    pub policies: Policies,
    /// How many rows may be kept apart; more are an error.
    pub max_rejected: Option<u64>,
    /// How many readers at once, at least 1.
    pub jobs: usize,
    /// Memory for rows on their way, in bytes. `None` when nobody said: [`DEFAULT_MEMORY`], or what the
    /// largest cell needs that can only be held as a whole.
    pub memory: Option<u64>,
}

/// What a run may use unless told otherwise: small beside any server, and enough for eight readers.
pub const DEFAULT_MEMORY: u64 = 256 << 20;

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            schema: "public".to_owned(),
            include: Vec::new(),
            exclude: Vec::new(),
            casts: Vec::new(),
            identifiers: Identifiers::Preserve,
            profile: ProfileChoice::Auto,
            like: None,
            fills: Vec::new(),
            conflicts: Vec::new(),
            policies: Policies::default(),
            max_rejected: None,
            jobs: 2,
            memory: None,
        }
    }
}

/// What `migrate` needs.
#[derive(Debug, Clone)]
pub struct MigrateOptions {
    /// The SQLite file.
    pub source: PathBuf,
    /// The server.
    pub target: Endpoint,
    /// How the plan is made, unless `plan` is given.
    pub plan_options: PlanOptions,
    /// A plan that a person reviewed (`--plan FILE`).
    pub plan: Option<sealift_core::plan::Plan>,
    /// What to do with existing tables.
    pub into: Into,
    /// Which half is done.
    pub parts: Parts,
    /// How both sides are compared at the end.
    pub verify: VerifyLevel,
    /// Stop on warnings as on errors.
    pub strict: bool,
    /// Keep schema `_sealift` in the target after success.
    pub keep_state: bool,
    /// Where that state is kept.
    pub state: StatePlace,
    /// Where the backup of the source goes; `None` makes none.
    pub backup: Option<PathBuf>,
    /// Where the rows that are kept apart are written down beside the target's table; `None` for
    /// nowhere.
    pub quarantine: Option<PathBuf>,
    /// What is done about failures, this run's and those of earlier ones.
    pub recovery: RecoveryOptions,
}

/// Where the durable facts of a run are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StatePlace {
    /// In schema `_sealift` where the role may make it, else beside the tables.
    #[default]
    OfItsOwn,
    /// In the target schema, so that they go when it goes.
    BesideTables,
}

/// What is done about failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryOptions {
    /// What becomes of an earlier run that did not end.
    pub earlier: Earlier,
    /// How long a run tries again after failures that may pass, without getting on; zero is never.
    pub retry_for: Duration,
    /// How often the server is asked whether it still works for sessions that wait.
    pub watch: Duration,
}

impl Default for RecoveryOptions {
    fn default() -> Self {
        Self { earlier: Earlier::default(), retry_for: DEFAULT_RETRY_FOR, watch: WATCH_INTERVAL }
    }
}

/// How long a run tries again unless told otherwise: a server's restart with recovery, or a failover,
/// is over by then; and who sits before it has not yet gone home.
pub const DEFAULT_RETRY_FOR: Duration = Duration::from_secs(300);

/// What becomes of an earlier run that did not end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Earlier {
    /// It is gone on with where it is the same migration.
    #[default]
    GoOn,
    /// Its work is thrown away (`--restart`).
    ThrowAway,
}

impl MigrateOptions {
    /// Returns those of the options that decide what is made, as they are typed.
    #[must_use]
    pub fn in_words(&self) -> String {
        let into = match self.into {
            Into::Create => "--into create",
            Into::Existing => "--into existing",
            Into::ExistingTruncate => "--into existing --truncate",
            Into::Recreate => "--into recreate",
        };
        match self.parts {
            Parts::All => into.to_owned(),
            Parts::SchemaOnly => format!("{into} --schema-only"),
            Parts::DataOnly => format!("{into} --data-only"),
        }
    }

    /// Returns who makes the tables.
    #[must_use]
    pub fn manner(&self) -> Manner {
        match (self.parts, self.into) {
            (Parts::DataOnly, _) | (_, Into::Existing | Into::ExistingTruncate) => Manner::Fill,
            (Parts::All | Parts::SchemaOnly, Into::Create | Into::Recreate) => Manner::Make,
        }
    }
}
