//! What the user decided before the plan is made.

use super::Policies;
use crate::convert::Reading;
use crate::mapping::PgType;
use crate::name::Ident;

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
