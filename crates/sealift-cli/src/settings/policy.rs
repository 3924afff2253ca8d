//! `--on-misfit HOW` and its kin: `HOW` for everything, `TABLE.COLUMN=HOW` for some columns.

use super::cast;
use crate::args::PolicyArgs;
use crate::error::{CommandResult, usage_error};
use sealift_engine::config::{
    CheckPolicy, EmptyPolicy, MisfitPolicy, NulPolicy, OrphanPolicy, Policies, Rule, Rules,
    Utf8Policy,
};
use serde::Deserialize;

const MISFIT: [(&str, MisfitPolicy); 4] = [
    ("widen", MisfitPolicy::Widen),
    ("refuse", MisfitPolicy::Refuse),
    ("null", MisfitPolicy::Null),
    ("quarantine", MisfitPolicy::Quarantine),
];
const EMPTY: [(&str, EmptyPolicy); 2] = [("keep", EmptyPolicy::Keep), ("null", EmptyPolicy::Null)];
const NUL: [(&str, NulPolicy); 3] =
    [("refuse", NulPolicy::Refuse), ("strip", NulPolicy::Strip), ("bytea", NulPolicy::Bytea)];
const UTF8: [(&str, Utf8Policy); 4] = [
    ("refuse", Utf8Policy::Refuse),
    ("replace", Utf8Policy::Replace),
    ("latin1", Utf8Policy::Latin1),
    ("bytea", Utf8Policy::Bytea),
];
const ORPHAN: [(&str, OrphanPolicy); 4] = [
    ("refuse", OrphanPolicy::Refuse),
    ("not-valid", OrphanPolicy::NotValid),
    ("null", OrphanPolicy::Null),
    ("quarantine", OrphanPolicy::Quarantine),
];
const CHECK: [(&str, CheckPolicy); 3] = [
    ("refuse", CheckPolicy::Refuse),
    ("not-valid", CheckPolicy::NotValid),
    ("quarantine", CheckPolicy::Quarantine),
];

/// A setting that may be given once or as a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn rules(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(rule) => std::slice::from_ref(rule),
            Self::Many(rules) => rules,
        }
    }
}

/// What `sealift.toml` says about cells and rows that do not fit.
#[derive(Debug)]
pub(super) struct FilePolicies<'a> {
    pub(super) on_misfit: &'a OneOrMany,
    pub(super) on_bad_date: &'a OneOrMany,
    pub(super) on_empty: &'a OneOrMany,
    pub(super) on_nul: &'a OneOrMany,
    pub(super) on_invalid_utf8: &'a OneOrMany,
    pub(super) on_orphan: &'a OneOrMany,
    pub(super) on_check: &'a OneOrMany,
}

/// Reads all of them: the file's first, so that what was typed counts among equals.
pub(super) fn read(args: &PolicyArgs, file: &FilePolicies<'_>) -> CommandResult<Policies> {
    Ok(Policies {
        misfit: rules("--on-misfit", file.on_misfit, &args.on_misfit, &MISFIT)?,
        bad_date: rules("--on-bad-date", file.on_bad_date, &args.on_bad_date, &MISFIT)?,
        nul: rules("--on-nul", file.on_nul, &args.on_nul, &NUL)?,
        invalid_utf8: rules(
            "--on-invalid-utf8",
            file.on_invalid_utf8,
            &args.on_invalid_utf8,
            &UTF8,
        )?,
        empty: rules("--on-empty", file.on_empty, &args.on_empty, &EMPTY)?,
        orphan: rules("--on-orphan", file.on_orphan, &args.on_orphan, &ORPHAN)?,
        check: rules("--on-check", file.on_check, &args.on_check, &CHECK)?,
    })
}

fn rules<P: Copy>(
    flag: &str,
    file: &OneOrMany,
    typed: &[String],
    names: &[(&str, P)],
) -> CommandResult<Rules<P>> {
    let all = file.rules().iter().chain(typed);
    let rules: CommandResult<Vec<Rule<P>>> = all.map(|rule| one(flag, rule, names)).collect();
    Ok(Rules::from(rules?))
}

fn one<P: Copy>(flag: &str, rule: &str, names: &[(&str, P)]) -> CommandResult<Rule<P>> {
    let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let malformed = || {
        usage_error(format!("{flag} {rule}: neither HOW nor TABLE.COLUMN=HOW"))
            .hinted(format!("HOW is one of {}", known.join(", ")))
    };
    let (scope, how) = if rule.contains('=') {
        let (table, rest) = cast::name(rule, '.').ok_or_else(malformed)?;
        let (column, how) = cast::name(rest, '=').ok_or_else(malformed)?;
        (Some((table, column)), how)
    } else {
        (None, rule)
    };
    let how = how.trim();
    let policy = names.iter().find(|(name, _)| *name == how).map(|(_, policy)| *policy);
    policy.map(|policy| Rule { scope, policy }).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_everything_or_for_some_columns() {
        let all = one("--on-misfit", "null", &MISFIT).unwrap();
        assert_eq!(all, Rule { scope: None, policy: MisfitPolicy::Null });
        let some = one("--on-misfit", "\"a.b\".*_at = quarantine", &MISFIT).unwrap();
        let scope = Some(("a.b".to_owned(), "*_at".to_owned()));
        assert_eq!(some, Rule { scope, policy: MisfitPolicy::Quarantine });
    }

    #[test]
    fn an_unknown_word_names_those_that_are_known() {
        let error = one("--on-nul", "t.c=drop", &NUL).unwrap_err();
        assert!(error.message.contains("--on-nul t.c=drop"), "{}", error.message);
        assert!(one("--on-nul", "strip bytea", &NUL).is_err());
        assert!(one("--on-nul", "c=strip", &NUL).is_err());
    }

    #[test]
    fn what_was_typed_counts_before_the_file() {
        let file = OneOrMany::One("refuse".to_owned());
        let rules = rules("--on-orphan", &file, &["null".to_owned()], &ORPHAN).unwrap();
        assert_eq!(rules.of("t", "c"), OrphanPolicy::Null);
    }
}
