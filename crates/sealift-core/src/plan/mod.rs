//! The plan: what will be made, how each cell gets there, and what a person should know first.
//!
//! It is plain JSON on disk (`sealift plan -o plan.json`), which a person may edit and
//! `sealift migrate --plan plan.json` carries out.

mod build;
mod changes;
pub mod existing;
mod finding;
mod options;
mod order;
mod policy;

pub use build::{
    Broken, CheckFacts, Doubt, Draft, Facts, OrphanFacts, Question, TableFacts, broken_check,
    build, fingerprint, foreign_key_name, json_columns, orphans_refused,
};
pub use changes::changes;
pub use finding::{Finding, Severity};
pub use options::{Cast, Options, matches};
pub use order::{Circle, refers_to_itself, waves};
pub use policy::{
    CheckPolicy, EmptyPolicy, MisfitPolicy, MisfitRule, NulPolicy, OrphanPolicy, OrphanRule,
    Policies, RowRule, Rule, Rules, Utf8Policy,
};

use crate::convert::Reading;
use crate::name::Ident;
use crate::schema::target;
use serde::{Deserialize, Serialize};

/// The version of the plan file's form. A file of another version is refused.
pub const PLAN_VERSION: u32 = 1;

/// All decisions of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`]
    pub version: u32,
    /// The version of Sealift that made it.
    pub made_by: String,
    /// A hash of the source's schema texts: is this still the schema the plan was made for?
    pub fingerprint: String,
    /// The target schema.
    pub schema: Ident,
    /// The tables, in the order of the source.
    pub tables: Vec<TablePlan>,
    /// The views that could be carried, each after those it uses.
    pub views: Vec<ViewPlan>,
    /// What a person should know, errors first.
    pub findings: Vec<Finding>,
}

impl Plan {
    /// Returns whether a finding forbids to start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Returns how many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// One table of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TablePlan {
    /// The source table.
    pub source: String,
    /// Its rows when the plan was made.
    pub rows: u64,
    /// The bytes of its cells then, without overhead.
    pub bytes: u64,
    /// How each source column gets to its target column; one for each of `target.columns`, in the
    /// same order.
    pub columns: Vec<ColumnPlan>,
    /// What is made.
    pub target: target::Table,
    /// What becomes of rows that break a foreign key of the source, where they are changed or kept apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<OrphanRule>,
    /// The checks of the source whose broken rows are kept apart, by their positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine_checks: Vec<usize>,
    /// Rows with NULL where the source declares none are kept apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quarantine_nulls: bool,
}

/// One column of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPlan {
    /// The source column.
    pub source: String,
    /// The target column that its cells go to: the one at the same place in `target.columns`. Written
    /// here too, so that an edit which shifts one of the lists is seen.
    pub target: Ident,
    /// Its declared type.
    pub declared: String,
    /// How its cells are read.
    #[serde(default)]
    pub reading: Reading,
    /// What becomes of cells that do not fit the type.
    #[serde(default, skip_serializing_if = "MisfitRule::is_refuse")]
    pub misfit: MisfitRule,
    /// Why the type was chosen, for people.
    pub because: String,
}

/// One view of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewPlan {
    /// The source view.
    pub source: String,
    /// What is made.
    pub target: target::View,
}
