//! What the user decided before the plan is made.

use super::like::Like;
use super::{Identifiers, Policies};
use crate::convert::Reading;
use crate::mapping::{PgType, Profile};
use crate::name::Ident;
use serde::{Deserialize, Serialize};

/// `--cast TABLE.COLUMN=TYPE [using CONVERSION]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The source table; `*` and `?` match as in a shell.
    pub table: String,
    /// The source column; likewise.
    pub column: String,
    /// The type it gets.
    pub data_type: PgType,
    /// How its cells are read.
    pub reading: Reading,
}

/// `--profile NAME`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProfileChoice {
    /// That of the framework that wrote the file, if one is recognised.
    #[default]
    Auto,
    /// This one.
    Given(Profile),
}

/// What happens to a row whose key is in the target already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conflict {
    /// The table must be empty.
    #[default]
    Error,
    /// The target's row stays.
    Skip,
    /// The target's row gets the source's values.
    Update,
}

impl Conflict {
    /// Returns whether no row may be there.
    #[must_use]
    pub fn is_error(&self) -> bool {
        *self == Self::Error
    }
}

/// `--on-conflict [TABLE=]HOW`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRule {
    /// The source table; `*` and `?` match as in a shell.
    pub table: String,
    /// What happens.
    pub conflict: Conflict,
}

/// `--fill TABLE.COLUMN=VALUE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillRule {
    /// The table; `*` and `?` match as in a shell.
    pub table: String,
    /// The column of the target.
    pub column: String,
    /// The value, as PostgreSQL reads it.
    pub value: String,
}

/// Returns whether a pattern of `--exclude` leaves a column: its part before the last dot names the
/// table.
#[must_use]
pub fn leaves_column(patterns: &[String], table: &str, column: &str) -> bool {
    patterns.iter().any(|pattern| {
        pattern
            .rsplit_once('.')
            .is_some_and(|(of, name)| matches(of, table) && matches(name, column))
    })
}

/// What a plan is decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The target schema.
    pub schema: Ident,
    /// Tables and views to take, as shell patterns; empty means all.
    pub include: Vec<String>,
    /// Tables and views to leave.
    pub exclude: Vec<String>,
    /// Types the user decided; the first that matches counts.
    pub casts: Vec<Cast>,
    /// How names are written.
    pub identifiers: Identifiers,
    /// Whose types are followed.
    pub profile: ProfileChoice,
    /// The schema whose types and names are taken.
    pub like: Option<Like>,
    /// What to do with cells and rows that do not fit.
    pub policies: Policies,
}

impl Options {
    /// Returns whether a table or view is taken.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, name));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }

    /// Returns the cast for a column, if the user gave one.
    #[must_use]
    pub fn cast(&self, table: &str, column: &str) -> Option<&Cast> {
        self.casts.iter().find(|cast| matches(&cast.table, table) && matches(&cast.column, column))
    }
}

/// Returns whether `name` matches a shell pattern of `*` (any text) and `?` (any character); ASCII
/// case does not count, as in SQLite's names.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let name: Vec<char> = name.to_ascii_lowercase().chars().collect();
    // `reached[i]` says whether the pattern so far matches the first `i` characters.
    let mut reached: Vec<bool> = std::iter::once(true).chain(name.iter().map(|_| false)).collect();
    for wanted in pattern {
        let mut next = vec![false; reached.len()];
        let mut before = false;
        for (position, slot) in next.iter_mut().enumerate() {
            let here = reached.get(position).copied().unwrap_or(false);
            *slot = if wanted == '*' {
                before = before || here;
                before
            } else {
                position > 0
                    && reached.get(position - 1).copied().unwrap_or(false)
                    && name
                        .get(position - 1)
                        .is_some_and(|letter| wanted == '?' || *letter == wanted)
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        assert!(matches("*", ""));
        assert!(matches("auth_*", "auth_user"));
        assert!(matches("AUTH_*", "auth_user"));
        assert!(!matches("auth_*", "my_auth_user"));
        assert!(matches("*_user*", "auth_user_groups"));
        assert!(matches("t?", "t1"));
        assert!(!matches("t?", "t"));
        assert!(!matches("users", "users2"));
    }
}
