//! [`Fingerprint`]: two schemas are equal if theirs are.

use super::{Model, Table};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of a model in one agreed order, as 64 hexadecimal digits. The order of objects and columns does not
/// count, since the server cannot change that of columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Model {
    /// Returns the fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let text = serde_json::to_string(&self.sorted()).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        Fingerprint(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the model with everything ordered by name.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut model = self.clone();
        model.tables.sort_by(|a, b| a.name.cmp(&b.name));
        model.tables.iter_mut().for_each(sort_table);
        model.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        model.enums.sort_by(|a, b| a.name.cmp(&b.name));
        model.domains.sort_by(|a, b| a.name.cmp(&b.name));
        for domain in &mut model.domains {
            domain.checks.sort_by(|a, b| a.name.cmp(&b.name));
        }
        model.views.sort_by(|a, b| a.name.cmp(&b.name));
        for view in &mut model.views {
            view.depends_on.sort();
            view.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            view.triggers.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let key = |function: &super::Function| {
            (function.name.clone(), function.argument_types.as_str().to_owned())
        };
        model.functions.sort_by_key(key);
        for function in &mut model.functions {
            function.depends_on.sort();
        }
        model.other.sort();
        model
    }
}

fn sort_table(table: &mut Table) {
    table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    for index in &mut table.indexes {
        index.columns.sort();
    }
    table.triggers.sort_by(|a, b| a.name.cmp(&b.name));
}
