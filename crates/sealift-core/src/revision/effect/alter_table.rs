//! `alter table`: action by action (the page of `ALTER TABLE` says the lock of each).

use super::Effect;
use super::reader::Reader;
use crate::revision::diff::{Danger, Lock, Work};

/// Functions whose result is the same for all rows of a statement, so that a new column with such a default is not
/// written into the rows.
const SAME_FOR_ALL_ROWS: [&str; 8] = [
    "now(",
    "transaction_timestamp(",
    "statement_timestamp(",
    "current_setting(",
    "numeric(",
    "varchar(",
    "char(",
    "timestamptz(",
];

/// Returns what `alter table` costs; `rest` begins behind these words.
pub(super) fn effect(mut rest: Reader<'_>) -> Effect {
    if rest.skip("all") {
        return Effect::of(Lock::AccessExclusive, Work::Rewrite);
    }
    rest.skip_if_exists();
    rest.skip("only");
    let table = rest.name();
    let shown = table.clone().unwrap_or_default();
    let mut whole = Effect::brief(Lock::None).on(table);
    for action in rest.parts() {
        let one = of_action(action, &shown);
        whole.lock = std::cmp::max(whole.lock, one.lock);
        whole.work = std::cmp::max(whole.work, one.work);
        whole.danger = worse(whole.danger, one.danger);
        whole = whole.on(one.on);
    }
    whole
}

/// What is lost counts more than what may be refused; of two losses both are told.
fn worse(one: Option<Danger>, other: Option<Danger>) -> Option<Danger> {
    match (one, other) {
        (Some(Danger::Loses(one)), Some(Danger::Loses(other))) => {
            Some(Danger::Loses(format!("{one}; {other}")))
        }
        (Some(Danger::Narrows(one)), Some(Danger::Narrows(other))) => {
            Some(Danger::Narrows(format!("{one}; {other}")))
        }
        (Some(loss @ Danger::Loses(_)), _) | (_, Some(loss @ Danger::Loses(_))) => Some(loss),
        (one, other) => one.or(other),
    }
}

fn of_action(mut action: Reader<'_>, table: &str) -> Effect {
    let strongest = Effect::brief(Lock::AccessExclusive);
    match action.word().as_deref() {
        Some("add") => add(action),
        Some("drop") => {
            if action.skip("constraint") {
                return strongest;
            }
            action.skip("column");
            action.skip_if_exists();
            let column = action.name().unwrap_or_default();
            strongest.losing(format!("column {table}.{column}"))
        }
        Some("alter") => alter_column(action, table),
        Some("validate") => Effect::of(Lock::ShareUpdateExclusive, Work::Scan),
        Some("attach") => Effect::of(Lock::ShareUpdateExclusive, Work::Scan),
        Some("detach") if action.has("concurrently") => Effect::brief(Lock::ShareUpdateExclusive),
        Some("enable" | "disable") if action.has("trigger") => {
            Effect::brief(Lock::ShareRowExclusive)
        }
        Some("cluster") => Effect::brief(Lock::ShareUpdateExclusive),
        Some("set") => match action.word().as_deref() {
            Some("logged" | "unlogged" | "tablespace" | "access") => {
                Effect::of(Lock::AccessExclusive, Work::Rewrite)
            }
            Some(_) => strongest,
            // `set (fillfactor = 70)`
            None => Effect::brief(Lock::ShareUpdateExclusive),
        },
        Some("reset") => Effect::brief(Lock::ShareUpdateExclusive),
        Some(_) | None => strongest,
    }
}

fn add(mut action: Reader<'_>) -> Effect {
    let named = action.skip("constraint");
    if named {
        action.name();
    }
    let unchecked = action.has("valid") && action.has("not");
    let mut peek = action.clone();
    match peek.word().as_deref() {
        Some("foreign") => {
            let work = if unchecked { Work::Brief } else { Work::Scan };
            Effect::of(Lock::ShareRowExclusive, work).on(action.names_after("references"))
        }
        Some("check") => {
            let work = if unchecked { Work::Brief } else { Work::Scan };
            Effect::of(Lock::AccessExclusive, work)
        }
        Some("primary" | "unique" | "exclude") => {
            let work = if action.has("using") && action.has("index") && !action.has("exclude") {
                Work::Brief
            } else {
                Work::Scan
            };
            Effect::of(Lock::AccessExclusive, work)
        }
        Some("not") if named => Effect::of(Lock::AccessExclusive, Work::Scan),
        Some(_) | None => add_column(&action),
    }
}

fn add_column(action: &Reader<'_>) -> Effect {
    let words = action.words();
    let has = |word: &str| words.iter().any(|w| w.trim_end_matches('(') == word);
    let counts = words.iter().any(|word| word.ends_with("serial")) || has("identity");
    let stored = has("generated") && has("stored");
    let computed = has("default")
        && words
            .iter()
            .skip_while(|word| *word != "default")
            .any(|word| word.ends_with('(') && !SAME_FOR_ALL_ROWS.contains(&word.as_str()));
    let work = if counts || stored || computed {
        Work::Rewrite
    } else if has("references") || has("check") || has("unique") || has("primary") {
        Work::Scan
    } else {
        Work::Brief
    };
    Effect::of(Lock::AccessExclusive, work).on(action.names_after("references"))
}

fn alter_column(mut action: Reader<'_>, table: &str) -> Effect {
    if action.skip("constraint") {
        return Effect::brief(Lock::AccessExclusive);
    }
    action.skip("column");
    let column = action.name().unwrap_or_default();
    let words = action.words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["type", new, rest @ ..] | ["set", "data", "type", new, rest @ ..] => {
            let mut effect = Effect::of(Lock::AccessExclusive, Work::Rewrite);
            // Every value has a text, and an assignment to text cuts nothing.
            if *new != "text" || !rest.is_empty() {
                let what = format!("values of {table}.{column} that do not fit the new type");
                effect.danger = Some(Danger::Narrows(what));
            }
            effect
        }
        ["set", "not", "null"] => Effect::of(Lock::AccessExclusive, Work::Scan),
        ["set", "expression", ..] => Effect::of(Lock::AccessExclusive, Work::Rewrite),
        ["set", "statistics"] | ["set" | "reset"] | ["set" | "reset", "n_distinct", ..] => {
            Effect::brief(Lock::ShareUpdateExclusive)
        }
        _ => Effect::brief(Lock::AccessExclusive),
    }
}
