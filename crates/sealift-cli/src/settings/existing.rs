//! `--on-conflict '[TABLE=]HOW'` and `--fill 'TABLE.COLUMN=VALUE'`

use super::cast::name;
use crate::error::{CommandError, CommandResult, usage_error};
use sealift_engine::config::{Conflict, ConflictRule, FillRule};

/// Reads the rules of `--on-conflict`, those for all tables first.
pub(super) fn conflicts(rules: &[String]) -> CommandResult<Vec<ConflictRule>> {
    let mut read: Vec<ConflictRule> =
        rules.iter().map(|rule| conflict(rule)).collect::<CommandResult<_>>()?;
    read.sort_by_key(|rule| rule.table != "*");
    Ok(read)
}

fn conflict(rule: &str) -> CommandResult<ConflictRule> {
    let (table, how) = match name(rule, '=') {
        Some((table, how)) => (table, how.trim()),
        None => ("*".to_owned(), rule.trim()),
    };
    let conflict = match how {
        "error" => Conflict::Error,
        "skip" => Conflict::Skip,
        "update" => Conflict::Update,
        _ => {
            return Err(usage_error(format!("--on-conflict {rule}: not error, skip or update"))
                .hinted("for example --on-conflict update --on-conflict 'settings=skip'"));
        }
    };
    Ok(ConflictRule { table, conflict })
}

/// Reads the rules of `--fill`. A name that holds a dot or an equals sign stands in double quotes.
pub(super) fn fills(rules: &[String]) -> CommandResult<Vec<FillRule>> {
    rules.iter().map(|rule| fill(rule)).collect()
}

fn fill(rule: &str) -> CommandResult<FillRule> {
    let (table, rest) = name(rule, '.').ok_or_else(|| malformed(rule))?;
    let (column, value) = name(rest, '=').ok_or_else(|| malformed(rule))?;
    Ok(FillRule { table, column, value: value.to_owned() })
}

fn malformed(rule: &str) -> CommandError {
    usage_error(format!("--fill {rule}: not of the form TABLE.COLUMN=VALUE"))
        .hinted("for example --fill 'users.role=member'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_one_table_counts_more_than_one_for_all() {
        let rules = ["settings=skip".to_owned(), "update".to_owned()];
        let read = conflicts(&rules).unwrap();
        let told: Vec<_> = read.iter().map(|rule| (rule.table.as_str(), rule.conflict)).collect();
        assert_eq!(told, [("*", Conflict::Update), ("settings", Conflict::Skip)]);
        assert!(conflicts(&["t=never".to_owned()]).is_err());
    }

    #[test]
    fn the_value_is_all_that_follows_the_first_equals_sign() {
        let rule = fill("users.note=a = b").unwrap();
        assert_eq!((rule.table.as_str(), rule.column.as_str()), ("users", "note"));
        assert_eq!(rule.value, "a = b");
        assert!(fill("users=x").is_err());
    }
}
