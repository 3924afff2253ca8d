//! [`compare`]: from one model to another, step by step, each with its way back.
//!
//! One file a family: each says which steps it wants, and [`Phase`] says when they come.

mod candidates;
mod column_type;
mod columns;
mod comments;
mod constraints;
mod guard;
mod indexes;
mod on_type;
mod pairs;
mod sequences;
mod sides;
mod step;
mod tables;
mod triggers;
mod types;
mod views;
mod written;

pub use guard::ACCEPT_LOSS;
pub use step::{Danger, Lock, Phase, Statement, Step, Work};
pub use written::Revision;

use super::model::{Model, Other, Rename, RenameError};
use serde::Serialize;
use sides::Sides;

/// What differs, and how to get there and back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In the order in which they are carried out; the way back is the other way round.
    pub steps: Vec<Step>,
    /// What may be a rename. Unless a person says so, the steps drop the one and make the other.
    pub candidates: Vec<Rename>,
    /// What differs and is not among the steps, each in a sentence for a person.
    pub not_covered: Vec<String>,
}

/// Compares a database with what it is to become.
///
/// # Errors
/// When a rename does not fit both sides.
pub fn compare(
    base: &Model,
    wanted: &Model,
    renames: &[Rename],
) -> Result<Difference, RenameError> {
    let (renames, named) = put_names(base, wanted, renames)?;
    let (named, mut steps) = sequences::follow_names(&named, wanted);
    let sides = Sides::new(&named, wanted, &renames);
    steps.extend(tables::steps(&sides, &renames));
    steps.extend(sequences::steps(&sides));
    steps.extend(types::steps(&sides));
    steps.extend(columns::steps(&sides));
    steps.extend(constraints::steps(&sides));
    steps.extend(indexes::steps(&sides));
    steps.extend(views::steps(&sides));
    steps.extend(triggers::steps(&sides));
    // Stable: within a phase, the order in which a family has given them.
    steps.sort_by_key(|step| step.phase);
    let mut not_covered = types::not_covered(&sides);
    not_covered.extend(others(&base.other, &wanted.other));
    Ok(Difference { steps, candidates: candidates::candidates(&named, wanted), not_covered })
}

impl Difference {
    /// Returns whether the two are equal, as far as can be told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.not_covered.is_empty()
    }

    /// Returns what on the way up a person should say yes to: what is lost, and what the server may refuse.
    pub fn dangers(&self) -> impl Iterator<Item = &Danger> {
        self.steps
            .iter()
            .flat_map(|step| &step.up)
            .filter_map(|statement| statement.danger.as_ref())
    }
}

/// Tables first, so that a column may be given by either name of its table. Returns the renames with the wanted names of
/// tables, and the model with all wanted names.
fn put_names(
    base: &Model,
    wanted: &Model,
    renames: &[Rename],
) -> Result<(Vec<Rename>, Model), RenameError> {
    let mut named = base.clone();
    let mut all = Vec::new();
    let is_table = |rename: &&Rename| matches!(rename, Rename::Table { .. });
    for rename in renames.iter().filter(is_table) {
        rename.check(&named, wanted)?;
        named = named.renamed(rename);
        all.push(rename.clone());
    }
    for rename in renames.iter().filter(|rename| !is_table(rename)) {
        let mut rename = rename.clone();
        if let Rename::Column { table, .. } = &mut rename {
            let by_old_name = renames.iter().find_map(|other| match other {
                Rename::Table { from, to } if from == table => Some(to),
                Rename::Table { .. } | Rename::Column { .. } => None,
            });
            if let Some(to) = by_old_name {
                *table = to.clone();
            }
        }
        rename.check(&named, wanted)?;
        named = named.renamed(&rename);
        all.push(rename);
    }
    Ok((all, named))
}

fn others(base: &[Other], wanted: &[Other]) -> Vec<String> {
    let only = |these: &[Other], those: &[Other], place: &str| -> Vec<String> {
        let named =
            |other: &&Other| those.iter().any(|o| o.kind == other.kind && o.name == other.name);
        let say = |other: &Other| match named(&other) {
            true => format!("{} {} differs, {place}", other.kind, other.name),
            false => format!("{} {} is only {place}", other.kind, other.name),
        };
        these.iter().filter(|other| !those.contains(other)).map(say).collect()
    };
    let mut said = only(base, wanted, "in the database");
    said.extend(only(wanted, base, "on the wanted side"));
    said
}

#[cfg(test)]
mod tests;
