//! What a person decides about cells and rows that PostgreSQL will not take as they are.

use super::matches;
use serde::{Deserialize, Serialize};

/// `--on-misfit`: what becomes of cells that do not fit the declared meaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MisfitPolicy {
    /// The column gets a type that holds every cell without loss.
    #[default]
    Widen,
    /// Do not start; list the rows.
    Refuse,
    /// Those cells become NULL.
    Null,
    /// The rows are kept apart.
    Quarantine,
}

/// `--on-nul`: what becomes of text with a NUL byte, which PostgreSQL's text does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NulPolicy {
    /// Do not start; list the rows.
    Refuse,
    /// NUL bytes are dropped.
    Strip,
    /// The column becomes `bytea`.
    #[default]
    Bytea,
}

/// `--on-invalid-utf8`: what becomes of text that is not UTF-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Utf8Policy {
    /// Do not start; list the rows.
    Refuse,
    /// Each invalid sequence becomes U+FFFD.
    Replace,
    /// Such texts are read as Latin-1.
    Latin1,
    /// The column becomes `bytea`.
    #[default]
    Bytea,
}

/// `--on-empty`: what becomes of empty text in columns that are no text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EmptyPolicy {
    /// It is a cell like any other.
    #[default]
    Keep,
    /// It becomes NULL.
    Null,
}

/// `--on-orphan`: what to do with foreign keys that rows of the source break.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrphanPolicy {
    /// Do not start; list the rows.
    #[default]
    Refuse,
    /// Carry the rows and make the key `not valid`: new rows are checked, old ones are not.
    NotValid,
    /// The key's cells become NULL in those rows.
    Null,
    /// The rows are kept apart, and with them those that point at them.
    Quarantine,
}

/// `--on-check`: what to do with rows that break a check or hold NULL where none may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckPolicy {
    /// Do not start; list the rows.
    #[default]
    Refuse,
    /// Carry the rows and make the check `not valid`: new rows are checked, old ones are not.
    NotValid,
    /// The rows are kept apart.
    Quarantine,
}

/// A decision for everything, or for the columns that a pattern names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule<P> {
    /// Table and column, as shell patterns; `None` for all.
    pub scope: Option<(String, String)>,
    /// What is decided.
    pub policy: P,
}

/// All decisions of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules<P> {
    rules: Vec<Rule<P>>,
}

impl<P> Default for Rules<P> {
    fn default() -> Self {
        Self { rules: Vec::new() }
    }
}

impl<P> From<Vec<Rule<P>>> for Rules<P> {
    fn from(rules: Vec<Rule<P>>) -> Self {
        Self { rules }
    }
}

impl<P: Copy + Default + PartialEq> Rules<P> {
    /// Returns the one decision for everything.
    #[must_use]
    pub fn all(policy: P) -> Self {
        Self { rules: vec![Rule { scope: None, policy }] }
    }

    /// Returns whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns the rules, in the order in which they were given.
    #[must_use]
    pub fn rules(&self) -> &[Rule<P>] {
        &self.rules
    }

    /// Returns the rule for a column: the one with the most precise scope, and of those the last.
    #[must_use]
    pub fn rule(&self, table: &str, column: &str) -> Option<&Rule<P>> {
        let fitting = self.rules.iter().filter(|rule| match &rule.scope {
            None => true,
            Some((tables, columns)) => matches(tables, table) && matches(columns, column),
        });
        // Of equals, `max_by_key` returns the last.
        fitting.max_by_key(|rule| precision(rule))
    }

    /// Returns what was decided for a column.
    #[must_use]
    pub fn of(&self, table: &str, column: &str) -> P {
        self.rule(table, column).map_or_else(P::default, |rule| rule.policy)
    }

    /// Returns what was decided for something that several columns make together: the most precise
    /// rule of any of them.
    #[must_use]
    pub fn of_columns(&self, table: &str, columns: &[&str]) -> P {
        let rules = columns.iter().filter_map(|column| self.rule(table, column));
        let of_all = || self.rules.iter().rfind(|rule| rule.scope.is_none());
        rules
            .max_by_key(|rule| precision(rule))
            .or_else(of_all)
            .map_or_else(P::default, |rule| rule.policy)
    }
}

/// A scope without a pattern is the most precise, then those with the longest names.
fn precision<P>(rule: &Rule<P>) -> (bool, bool, usize) {
    let Some((table, column)) = &rule.scope else { return (false, false, 0) };
    let is_pattern = |name: &str| name.contains(['*', '?']);
    let letters = |name: &str| name.chars().filter(|letter| !matches!(letter, '*' | '?')).count();
    (true, !is_pattern(table) && !is_pattern(column), letters(table) + letters(column))
}

/// Every decision about cells and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// `--on-misfit`
    pub misfit: Rules<MisfitPolicy>,
    /// `--on-bad-date`: the same, for columns of days, times and moments, before `--on-misfit`.
    pub bad_date: Rules<MisfitPolicy>,
    /// `--on-nul`
    pub nul: Rules<NulPolicy>,
    /// `--on-invalid-utf8`
    pub invalid_utf8: Rules<Utf8Policy>,
    /// `--on-empty`
    pub empty: Rules<EmptyPolicy>,
    /// `--on-orphan`
    pub orphan: Rules<OrphanPolicy>,
    /// `--on-check`
    pub check: Rules<CheckPolicy>,
}

impl Policies {
    /// Returns those that say nothing about types: what is left where the target's types stand.
    #[must_use]
    pub fn of_rows(&self) -> Self {
        Self { orphan: self.orphan.clone(), check: self.check.clone(), ..Self::default() }
    }

    /// Returns what was decided about cells that do not fit, and whether the very column was named.
    #[must_use]
    pub fn misfit(&self, table: &str, column: &str, is_moment: bool) -> (MisfitPolicy, bool) {
        let dates = self.bad_date.rule(table, column).filter(|_| is_moment);
        let rule = dates.or_else(|| self.misfit.rule(table, column));
        rule.map_or((MisfitPolicy::Widen, false), |rule| (rule.policy, precision(rule).1))
    }
}

/// What the plan does about cells of a column that do not fit its type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MisfitRule {
    /// There are none, or the plan is not carried out.
    #[default]
    Refuse,
    /// They become NULL.
    Null,
    /// Their rows are kept apart.
    Quarantine,
}

impl MisfitRule {
    /// Returns whether this is what needs no saying.
    #[must_use]
    pub fn is_refuse(&self) -> bool {
        *self == Self::Refuse
    }
}

/// What the plan does about rows that break a foreign key of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrphanRule {
    /// The key's position among those of the source table.
    pub foreign_key: usize,
    /// What is done.
    pub rule: RowRule,
}

/// What is done about rows that break a foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowRule {
    /// The key's cells become NULL.
    Null,
    /// They are kept apart.
    Quarantine,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(given: &[(Option<(&str, &str)>, MisfitPolicy)]) -> Rules<MisfitPolicy> {
        let scope = |(table, column): (&str, &str)| (table.to_owned(), column.to_owned());
        let rules = given.iter().map(|(at, policy)| Rule { scope: at.map(scope), policy: *policy });
        Rules::from(rules.collect::<Vec<_>>())
    }

    #[test]
    fn the_more_precise_rule_counts_whatever_its_place() {
        let rules = rules(&[
            (Some(("posts", "score")), MisfitPolicy::Null),
            (Some(("posts", "*")), MisfitPolicy::Refuse),
            (None, MisfitPolicy::Quarantine),
        ]);
        assert_eq!(rules.of("posts", "score"), MisfitPolicy::Null);
        assert_eq!(rules.of("posts", "title"), MisfitPolicy::Refuse);
        assert_eq!(rules.of("users", "age"), MisfitPolicy::Quarantine);
    }

    #[test]
    fn of_two_rules_alike_the_later_counts() {
        let rules = rules(&[(None, MisfitPolicy::Null), (None, MisfitPolicy::Refuse)]);
        assert_eq!(rules.of("t", "c"), MisfitPolicy::Refuse);
    }

    #[test]
    fn a_key_of_several_columns_follows_the_column_that_was_named() {
        let rules =
            rules(&[(None, MisfitPolicy::Refuse), (Some(("t", "b")), MisfitPolicy::Quarantine)]);
        assert_eq!(rules.of_columns("t", &["a", "b"]), MisfitPolicy::Quarantine);
        assert_eq!(rules.of_columns("t", &["a"]), MisfitPolicy::Refuse);
        assert_eq!(rules.of_columns("t", &[]), MisfitPolicy::Refuse);
    }

    #[test]
    fn bad_dates_are_decided_before_other_misfits() {
        let policies = Policies {
            misfit: Rules::all(MisfitPolicy::Quarantine),
            bad_date: Rules::all(MisfitPolicy::Null),
            ..Policies::default()
        };
        assert_eq!(policies.misfit("t", "c", true), (MisfitPolicy::Null, false));
        assert_eq!(policies.misfit("t", "c", false), (MisfitPolicy::Quarantine, false));
    }
}
