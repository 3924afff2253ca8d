//! The plan: what will be made, how each cell gets there, and what a person should know first.
//!
//! It is plain JSON on disk (`sealift plan -o plan.json`), which a person may edit and
//! `sealift migrate --plan plan.json` carries out.

mod build;
mod changes;
pub mod estimate;
pub mod existing;
mod filling;
mod finding;
mod identifiers;
pub mod like;
mod moved;
mod options;
mod order;
mod policy;
mod view_rows;

pub use build::{
    Broken, CheckFacts, Doubt, Draft, Facts, OrphanFacts, Question, TableFacts, broken_check,
    build, fingerprint, foreign_key_name, json_columns, orphans_refused,
};
pub use changes::changes;
pub use filling::{Aside, Fill, Filling, Firing, Stored, StoredForm, carrier, type_name};
pub use finding::{Finding, Severity};
pub use identifiers::Identifiers;
pub use moved::moved;
pub use options::{
    Cast, Conflict, ConflictRule, FillRule, Options, ProfileChoice, leaves_column, matches,
};
pub use order::{Circle, refers_to_itself, waves};
pub use policy::{
    CheckPolicy, EmptyPolicy, MisfitPolicy, MisfitRule, NulPolicy, OrphanPolicy, OrphanRule,
    Policies, RowRule, Rule, Rules, Utf8Policy,
};
pub use view_rows::{ViewColumn, ViewRows};

use crate::convert::Reading;
use crate::mapping::Profile;
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
    /// Whose types it follows, where it follows a framework's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileUse>,
    /// The schema that it is made like, without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// The tables, in the order of the source.
    pub tables: Vec<TablePlan>,
    /// The views that could be carried, each after those it uses.
    pub views: Vec<ViewPlan>,
    /// The triggers that could be carried, in the order in which they are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<TriggerPlan>,
    /// What of the target's own tables is put aside while rows arrive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<Aside>,
    /// What a person should know, errors first.
    pub findings: Vec<Finding>,
}

/// The profile of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileUse {
    /// Which.
    pub name: Profile,
    /// The table or index that gave the framework away; none where the profile was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognised_by: Option<String>,
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
    /// How rows get in, where the table stands already.
    #[serde(default, skip_serializing_if = "Filling::is_plain")]
    pub filling: Filling,
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

impl TablePlan {
    /// Returns whether cells become NULL on the way, so that what the target computes from them is
    /// another value than SQLite's.
    #[must_use]
    pub fn makes_nulls(&self) -> bool {
        self.columns.iter().any(|column| column.misfit == MisfitRule::Null)
            || self.orphans.iter().any(|orphans| orphans.rule == RowRule::Null)
    }
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
    /// Its columns, for the comparison; one for each of `target.columns`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ViewColumn>,
    /// What its query leaves open.
    #[serde(default, skip_serializing_if = "ViewRows::is_fixed")]
    pub rows: ViewRows,
    /// What is made.
    pub target: target::View,
}

/// One trigger of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerPlan {
    /// The source trigger.
    pub source: String,
    /// What is made.
    pub target: target::Trigger,
}
