//! Statements by which a migration asks for rows. Without a database Alembic prints them and gives Python nothing, so that
//! what comes of the rows is missing.

use crate::revision::lex::{Kind, Token, tokens};
use crate::revision::split::Statement;

/// Functions that only compute: their result is what is asked for.
const ONLY_COMPUTE: [&str; 18] = [
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "coalesce",
    "count",
    "current_database",
    "current_schema",
    "current_setting",
    "exists",
    "json_agg",
    "jsonb_agg",
    "max",
    "min",
    "string_agg",
    "sum",
    "to_regclass",
    "version",
];

/// How much of a statement is shown, in characters.
const SHOWN: usize = 80;

/// Returns whether a statement only asks. `select setval(…)`, or any other function first, does something.
pub(super) fn for_rows(statement: &Statement<'_>) -> bool {
    let tokens = tokens(statement.text).unwrap_or_default();
    let tokens: Vec<&Token<'_>> = tokens.iter().filter(|token| token.is_significant()).collect();
    let [first, rest @ ..] = tokens.as_slice() else { return false };
    let writes = ["insert", "update", "delete", "merge"];
    let has_word =
        |words: &[&str]| rest.iter().any(|token| words.iter().any(|word| token.is_word(word)));
    match first.text.to_ascii_lowercase().as_str() {
        "select" => !has_word(&["into"]) && !calls_what_may_act(rest),
        "with" => !has_word(&writes),
        "values" | "table" | "show" => true,
        _ => false,
    }
}

/// Returns whether the list begins with a call of a function that may do something.
fn calls_what_may_act(list: &[&Token<'_>]) -> bool {
    let open = list.iter().position(|token| token.kind == Kind::Symbol('('));
    let Some(name) = open.and_then(|open| list.get(..open)) else { return false };
    // `pg_catalog.setval(`: names with points between them, and nothing else.
    let is_name = name.iter().enumerate().all(|(at, token)| match at % 2 {
        0 => token.name().is_some(),
        _ => token.kind == Kind::Symbol('.'),
    });
    let last = name.last().and_then(|token| token.name());
    is_name && last.is_some_and(|last| !ONLY_COMPUTE.contains(&last.as_str()))
}

/// Returns the statement in one line, shortened.
pub(super) fn shown(statement: &Statement<'_>) -> String {
    let line = statement.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(SHOWN).collect();
    if cut.len() < line.len() { cut + "…" } else { cut }
}

pub(super) fn words(statement: &str) -> String {
    format!(
        "it asks for rows (`{statement}`), and what its Python does with them is not in the SQL"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::split::split;

    fn asks(sql: &str) -> bool {
        for_rows(&split(sql).unwrap()[0])
    }

    #[test]
    fn who_only_asks_is_told_from_who_acts() {
        for sql in [
            "SELECT id, name FROM users WHERE name = 'x'",
            "select count(*) from users",
            "select exists (select from users)",
            "with a as (select 1) select * from a",
            "show server_version",
            "select (1)",
        ] {
            assert!(asks(sql), "{sql}");
        }
        for sql in [
            "SELECT setval('users_id_seq', max(id)) FROM users",
            "select pg_catalog.setval('a', 1)",
            "select \"Make\"('x')",
            "select * into b from a",
            "with a as (delete from b returning c) insert into d select c from a",
            "insert into a select b from c",
            "update a set b = (select c from d)",
            "create table a as select b from c",
        ] {
            assert!(!asks(sql), "{sql}");
        }
    }

    #[test]
    fn a_long_statement_is_shown_in_one_short_line() {
        let text = format!("select\n  {}", "a, ".repeat(80));
        let shown = shown(&split(&text).unwrap()[0]);
        assert_eq!(shown.chars().count(), SHOWN + 1);
        assert!(shown.starts_with("select a, a,"), "{shown}");
    }
}
