//! What a run comes back with. The field names are the `--json` contract (docs/reference/json.md).

use crate::config::VerifyLevel;
use crate::ops::Phase;
use sealift_core::plan::{Finding, Plan, Severity};
use serde::Serialize;

/// The outcome of a migration.
#[derive(Debug, Clone, Serialize)]
pub struct MigrateReport {
    /// How it ended.
    pub status: Status,
    /// The source file as given.
    pub source: String,
    /// The server, without its password.
    pub target: String,
    /// The target schema.
    pub schema: String,
    /// Whether an earlier, interrupted run was continued.
    pub resumed: bool,
    /// Each table.
    pub tables: Vec<TableReport>,
    /// Rows copied, all tables together.
    pub rows: u64,
    /// Rows that are kept apart, all tables together.
    pub rejected: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Wall time.
    pub seconds: f64,
    /// Each phase's wall time.
    pub phases: Vec<PhaseReport>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// How both sides compare; absent with `--verify none`.
    pub verify: Option<VerifyReport>,
    /// What was carried out; not part of the JSON, where `plan` is a file of its own.
    #[serde(skip)]
    pub plan: Plan,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Done, and equal as far as was compared.
    Ok,
    /// Done, but both sides differ.
    Differences,
    /// Not started: findings of severity error.
    Refused,
}

/// One table of a migration.
#[derive(Debug, Clone, Serialize)]
pub struct TableReport {
    /// The source table.
    pub name: String,
    /// The target table.
    pub target: String,
    /// Rows copied.
    pub rows: u64,
    /// Rows that are kept apart, in quarantine.
    pub rejected: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Time spent copying, summed over its ranges.
    pub seconds: f64,
    /// Each column with its type and the reason for it.
    pub columns: Vec<ColumnReport>,
}

/// One column of a migrated table.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnReport {
    /// The source column.
    pub name: String,
    /// Its declared type.
    pub declared: String,
    /// The PostgreSQL type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Why.
    pub because: String,
}

/// One phase.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseReport {
    /// Which.
    pub name: Phase,
    /// Wall time.
    pub seconds: f64,
}

/// How both sides compare.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// How thoroughly it was compared.
    pub level: VerifyLevel,
    /// The whole.
    pub status: MatchStatus,
    /// Each table.
    pub tables: Vec<TableComparison>,
    /// Missing or different constraints, indexes, defaults, sequences, views.
    pub structure: Vec<StructureDifference>,
    /// What could not be compared or is open, and why; no difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Equal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchStatus {
    /// Equal.
    Match,
    /// Different.
    Differ,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// A table: its rows, as thoroughly as the level says.
    Table,
    /// A view: its rows, doubles by their first digits.
    View,
}

/// One compared table or view.
#[derive(Debug, Clone, Serialize)]
pub struct TableComparison {
    /// What it is.
    pub kind: Compared,
    /// The source table.
    pub name: String,
    /// Rows in SQLite.
    pub source_rows: u64,
    /// Rows in PostgreSQL.
    pub target_rows: u64,
    /// Of those in SQLite, how many are kept apart: all others are in PostgreSQL where both match.
    pub quarantined: u64,
    /// Equal or not.
    pub status: MatchStatus,
    /// With `cells`: the first differing cells. With `digest`: empty.
    pub differences: Vec<CellDifference>,
    /// With `cells`: how many rows differ, are missing or are extra, beyond those listed too.
    pub differing_rows: u64,
    /// With `--on-conflict skip|update`: how many rows only the target has.
    #[serde(skip_serializing_if = "is_zero")]
    pub extra_rows: u64,
    /// With `--on-conflict skip`: how many rows the target has otherwise, or under another key, and has
    /// kept so; the first are among `differences`.
    #[serde(skip_serializing_if = "is_zero")]
    pub kept_rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One differing cell or row.
#[derive(Debug, Clone, Serialize)]
pub struct CellDifference {
    /// The row's key as `column=value` texts joined by `, `.
    pub key: String,
    /// The column; `*` when the whole row is missing on one side.
    pub column: String,
    /// SQLite's value as SQL text, at most 200 characters; `(no row)` when missing.
    pub source: String,
    /// PostgreSQL's value as text, at most 200 characters; `(no row)` when missing.
    pub target: String,
}

/// Something about the structure that is not as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StructureDifference {
    /// The object, such as `index users_email on users`.
    pub object: String,
    /// What should be.
    pub expected: String,
    /// What is.
    pub actual: String,
}

/// What a rehearsal found.
#[derive(Debug, Clone, Serialize)]
pub struct RehearsalReport {
    /// Whether the migration can be made.
    pub status: Readiness,
    /// The source file as given.
    pub source: String,
    /// The server, without its password.
    pub target: String,
    /// The schema that the migration would go into.
    pub schema: String,
    /// Wall time of the rehearsal, with making and removing its schema.
    pub seconds: f64,
    /// What the migration needs, as measured; absent where it was not carried through.
    pub needs: Option<Needs>,
    /// What has to be settled first.
    pub settle: Vec<Finding>,
    /// What a rehearsal cannot show, as sentences.
    pub not_rehearsed: Vec<String>,
    /// The migration as it was rehearsed; absent where it failed.
    pub migration: Option<MigrateReport>,
}

/// Whether a migration can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It went through, both sides were equal, and nothing is in its way.
    Ready,
    /// Something has to be settled first.
    NotReady,
}

/// What a migration needs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Needs {
    /// How long it takes, the backup apart.
    pub seconds: f64,
    /// What its tables and indexes take on the server.
    pub bytes: u64,
    /// What the backup of the source takes; absent without one.
    pub backup_bytes: Option<u64>,
    /// How long the application's writes wait; absent where they do not.
    pub writes_wait_seconds: Option<f64>,
}

impl MigrateReport {
    /// Returns how many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
