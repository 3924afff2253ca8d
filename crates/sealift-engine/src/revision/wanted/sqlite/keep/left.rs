//! [`Left`]: what of the file did not get into the plan.

use crate::revision::wanted::SqliteFile;
use sealift_core::ddl::Statement;
use sealift_core::name::Ident;
use sealift_core::plan::{Finding, Plan, leaves_column, matches};
use sealift_core::revision::model::{Constraint, ConstraintKind};
use std::collections::BTreeSet;

/// What the file has and the plan has not: its absence says nothing about the database's.
pub(in crate::revision::wanted::sqlite) struct Left {
    /// As findings and statements name them: `view v`, `index i on t`, `check on t`, `t.c`.
    objects: BTreeSet<String>,
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Left {
    /// Collects what the plan's findings say, and what the server has refused.
    pub(in crate::revision::wanted::sqlite) fn of(
        plan: &Plan,
        refused: &[Statement],
        file: &SqliteFile,
    ) -> Self {
        let is_left = |finding: &&Finding| {
            finding.code.ends_with("-not-carried") || finding.code == "generated-column-fixed"
        };
        let found = plan.findings.iter().filter(is_left);
        let found = found.map(|finding| finding.object.as_str());
        let refused = refused.iter().map(|statement| statement.id.as_str());
        let objects = found.chain(refused).map(str::to_ascii_lowercase).collect();
        let (include, exclude) = (file.options.include.clone(), file.options.exclude.clone());
        Self { objects, include, exclude }
    }

    /// Whether one is named in these words, or in these and ` on …` behind them.
    pub(super) fn names(&self, words: &str, name: &Ident) -> bool {
        let said = format!("{words}{name}").to_ascii_lowercase();
        let is = |object: &String| {
            object.strip_prefix(&said).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        self.objects.iter().any(is)
    }

    /// Whether a table or view was not asked for, or could not be carried.
    pub(super) fn leaves(&self, name: &Ident) -> bool {
        let is =
            |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, name.as_str()));
        (!self.include.is_empty() && !is(&self.include))
            || is(&self.exclude)
            || self.names("view ", name)
            || self.names("table ", name)
    }

    pub(super) fn leaves_column(&self, table: &Ident, column: &Ident) -> bool {
        leaves_column(&self.exclude, table.as_str(), column.as_str())
    }

    pub(super) fn leaves_definition(&self, table: &Ident, column: &Ident) -> bool {
        self.objects.contains(&format!("{table}.{column}").to_ascii_lowercase())
    }

    pub(super) fn leaves_index(&self, name: &Ident) -> bool {
        self.names("index ", name) || self.names("unique index ", name)
    }

    /// Whether one of a kind on this table could not be carried; which of the database's it is, nobody knows.
    pub(super) fn leaves_constraint(&self, table: &Ident, constraint: &Constraint) -> bool {
        match constraint.kind {
            ConstraintKind::Check => {
                self.names("check on ", table) || self.names("checks of ", table)
            }
            ConstraintKind::Foreign => {
                let said = format!("foreign key {table}").to_ascii_lowercase();
                self.objects.iter().any(|object| object.starts_with(&said))
                    || self.names("foreign key ", &constraint.name)
            }
            ConstraintKind::Primary | ConstraintKind::Unique => {
                self.names("key ", &constraint.name)
            }
            ConstraintKind::Exclusion => true,
        }
    }
}
