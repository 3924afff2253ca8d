//! [`Step`]: one change with its way back, and what each statement of it costs a live database.

use crate::name::Ident;
use crate::sql::Sql;
use serde::Serialize;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When it comes.
    pub phase: Phase,
    /// What it does, for a person: `add column users.age`.
    pub title: String,
    /// What a person should know before it runs: on what rows it fails, for instance.
    pub note: Option<String>,
    /// The way there.
    pub up: Vec<Statement>,
    /// The way back, from the state behind this step to the one before it.
    pub down: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Its text, without a semicolon.
    pub sql: Sql,
    /// The strongest lock that it takes on what others may use, and on which tables and views.
    pub lock: Lock,
    /// What the lock is on.
    pub on: Vec<Ident>,
    /// How long it takes.
    pub work: Work,
    /// What a person should say yes to before.
    pub danger: Option<Danger>,
    /// Whether it must stand outside a transaction.
    pub alone: bool,
}

/// What is not to be done unasked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// This is lost: `the rows of table users`.
    Loses(String),
    /// The server refuses it where this is there: `values of column a.b that do not fit type integer`.
    Narrows(String),
}

/// A lock on a table (manual section 13.3.1), weaker ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// None on anything that others use: what it makes is new, or is no table.
    None,
    /// `share update exclusive`: others read and write; only other changes of the schema wait.
    ShareUpdateExclusive,
    /// `share`: others read, and wait to write; what it is taken for may be done twice at once.
    Share,
    /// `share row exclusive`: others read, and wait to write.
    ShareRowExclusive,
    /// `access exclusive`: others wait.
    AccessExclusive,
}

impl Danger {
    /// Returns what is lost, if anything is.
    #[must_use]
    pub fn loss(&self) -> Option<&str> {
        match self {
            Self::Loses(what) => Some(what),
            Self::Narrows(_) => None,
        }
    }
}

impl Lock {
    /// Returns whether others wait to write.
    #[must_use]
    pub fn holds_writers(self) -> bool {
        self >= Self::Share
    }

    /// Returns whether others wait even to read.
    #[must_use]
    pub fn holds_readers(self) -> bool {
        self == Self::AccessExclusive
    }
}

/// How long a statement takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// It changes the catalogs only.
    Brief,
    /// It reads all rows.
    Scan,
    /// It writes all rows anew, indexes included.
    Rewrite,
}

/// When a step comes; see the order in `docs/design/024-revisions.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says what its steps do")]
pub enum Phase {
    AddValues,
    DropViewTriggers,
    DropViews,
    Rename,
    DropTriggers,
    DropForeignKeys,
    DropConstraints,
    DropIndexes,
    DisownSequences,
    DropColumns,
    DropTables,
    MakeTypes,
    MakeSequences,
    MakeFunctions,
    MakeTables,
    AddColumns,
    AlterColumns,
    AddGenerated,
    OwnSequences,
    DropSequences,
    MakeViews,
    MakeTriggers,
    AddChecks,
    BuildIndexes,
    SetNotNull,
    AddKeys,
    AddForeignKeys,
    Validate,
    Comments,
    DropOldIndexes,
    DropFunctions,
    DropTypes,
}

impl Step {
    /// Returns a step of one brief statement each way.
    pub(super) fn new(phase: Phase, title: String, up: Statement, down: Statement) -> Self {
        Self { phase, title, note: None, up: vec![up], down: vec![down] }
    }

    /// Returns the step backwards: what made something takes it down.
    pub(super) fn flipped(self, phase: Phase, title: String) -> Self {
        Self { phase, title, note: None, up: self.down, down: self.up }
    }

    pub(super) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Returns what is lost on the way up.
    pub fn losses(&self) -> impl Iterator<Item = &str> {
        self.up.iter().filter_map(|statement| statement.danger.as_ref()?.loss())
    }
}

impl Statement {
    /// Returns a brief statement that takes no lock worth telling.
    pub(super) const fn free(sql: Sql) -> Self {
        Self {
            sql,
            lock: Lock::None,
            on: Vec::new(),
            work: Work::Brief,
            danger: None,
            alone: false,
        }
    }

    /// Returns a brief statement that locks one table.
    pub(super) fn brief(sql: Sql, lock: Lock, on: &Ident) -> Self {
        Self { lock, on: vec![on.clone()], ..Self::free(sql) }
    }

    /// Returns `alter table … action`, brief, under the strongest lock, which most forms take (the page of `ALTER TABLE`).
    pub(super) fn alter(table: &Ident, action: &Sql) -> Self {
        Self::brief(alter(table).sql(action), Lock::AccessExclusive, table)
    }

    pub(super) fn working(mut self, work: Work) -> Self {
        self.work = work;
        self
    }

    pub(super) fn losing(mut self, what: String) -> Self {
        self.danger = Some(Danger::Loses(what));
        self
    }

    pub(super) fn narrowing(mut self, what: String) -> Self {
        self.danger = Some(Danger::Narrows(what));
        self
    }

    pub(super) fn locking(mut self, also: &Ident) -> Self {
        if !self.on.contains(also) {
            self.on.push(also.clone());
        }
        self
    }

    pub(super) const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

/// Returns `alter table "name" `.
pub(super) fn alter(table: &Ident) -> Sql {
    Sql::raw("alter table ").ident(table).push(" ")
}
