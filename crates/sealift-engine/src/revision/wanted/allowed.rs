//! [`judge`]: which statements of a file say something about the schema, and which may be carried out to find out.
//!
//! What a rollback takes back is not all: `setval` stays, and a role or a database is not of this schema. So a
//! statement is carried out only if it is known to make, change or drop an object of a schema.

use sealift_core::name::Ident;
use sealift_core::revision::lex::{Kind, Token, tokens};
use sealift_core::revision::split::Statement;

/// What is done with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is carried out.
    Run,
    /// It says nothing about what is compared: rows, rights, settings.
    Skip,
    /// It cannot be tried without doing something that stays, or that others would notice.
    Refuse(&'static str),
}

/// What is no object of a schema, behind `create`, `alter` and `drop`.
const OUTSIDE: [&str; 14] = [
    "access",
    "database",
    "event",
    "group",
    "language",
    "owned",
    "publication",
    "role",
    "server",
    "subscription",
    "system",
    "tablespace",
    "transform",
    "user",
];

const OUTSIDE_SAYS: &str =
    "it changes something outside the schema, and other sessions would notice";

/// Returns what is to be done with a statement of a file for a schema.
pub(super) fn judge(statement: &Statement<'_>, target: &Ident) -> Verdict {
    let all = tokens(statement.text).unwrap_or_default();
    let all: Vec<&Token<'_>> = all.iter().filter(|token| token.is_significant()).collect();
    let words: Vec<String> = all
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .map(|token| token.text.to_ascii_lowercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (first, rest) =
        words.split_first().map_or(("", &words[..]), |(first, rest)| (*first, rest));
    let second = rest.first().copied().unwrap_or_default();
    match first {
        "create" if second == "schema" => own_schema(&all, target),
        "create" if OUTSIDE.contains(&second) => Verdict::Refuse(OUTSIDE_SAYS),
        "create" if rest.starts_with(&["foreign", "data"]) => Verdict::Refuse(OUTSIDE_SAYS),
        "create" => Verdict::Run,
        "alter" => alter(rest),
        "drop" if second == "schema" || OUTSIDE.contains(&second) => Verdict::Refuse(OUTSIDE_SAYS),
        "drop" => Verdict::Run,
        "comment"
            if rest.starts_with(&["on", "schema"]) || rest.starts_with(&["on", "extension"]) =>
        {
            Verdict::Skip
        }
        "comment" if rest.get(1).is_some_and(|what| OUTSIDE.contains(what)) => {
            Verdict::Refuse(OUTSIDE_SAYS)
        }
        "comment" => Verdict::Run,
        "do" => block(statement.text),
        "set" => set(&all, target),
        // Of settings, only `check_function_bodies` matters here, which `set` takes care of.
        "select" | "with" | "values" | "table" if words.contains(&"into") => {
            Verdict::Refuse("it makes a table by `select … into`; write `create table`")
        }
        // Rows, rights and what is remembered about rows.
        "select" | "with" | "values" | "table" | "insert" | "update" | "delete" | "merge"
        | "copy" | "truncate" | "refresh" | "analyze" | "vacuum" | "reindex" | "cluster"
        | "lock" | "show" | "explain" | "reset" | "grant" | "revoke" | "security" => Verdict::Skip,
        // The whole file is tried in one transaction.
        "begin" | "start" | "commit" | "end" => Verdict::Skip,
        "rollback" | "abort" | "savepoint" | "release" => {
            Verdict::Refuse("it takes back what stands before it; leave it out")
        }
        "call" | "execute" => Verdict::Refuse("what it does cannot be known beforehand"),
        _ => Verdict::Refuse("it cannot be tried in a transaction that is rolled back"),
    }
}

fn own_schema(all: &[&Token<'_>], target: &Ident) -> Verdict {
    let mut names = all.iter().skip(2).filter_map(|token| token.name());
    let name = names.find(|name| !matches!(name.as_str(), "if" | "not" | "exists"));
    if name.as_deref() == Some(target.as_str()) && names.next().is_none() {
        Verdict::Skip
    } else {
        Verdict::Refuse("it makes another schema")
    }
}

fn alter(rest: &[&str]) -> Verdict {
    let follow = |a: &str, b: &str| rest.windows(2).any(|pair| pair == [a, b]);
    match rest.first().copied().unwrap_or_default() {
        "default" | "extension" => Verdict::Skip,
        "schema" => Verdict::Refuse(OUTSIDE_SAYS),
        second if OUTSIDE.contains(&second) => Verdict::Refuse(OUTSIDE_SAYS),
        _ if rest.contains(&"rename") => Verdict::Run,
        _ if follow("owner", "to") => Verdict::Skip,
        _ if follow("set", "schema") => Verdict::Refuse("it moves something to another schema"),
        _ => Verdict::Run,
    }
}

/// A block may hold anything. What it makes in the schema is taken back; what is not is looked for by name.
fn block(text: &str) -> Verdict {
    let text = text.to_ascii_lowercase();
    if ["setval", "dblink", "pg_terminate_backend"].iter().any(|word| text.contains(word)) {
        Verdict::Refuse("its block does something that a rollback would not take back")
    } else {
        Verdict::Run
    }
}

fn set(all: &[&Token<'_>], target: &Ident) -> Verdict {
    let mut rest =
        all.iter().skip(1).skip_while(|token| token.is_word("local") || token.is_word("session"));
    let Some(setting) = rest.next() else { return Verdict::Skip };
    if setting.is_word("check_function_bodies") {
        return Verdict::Run;
    }
    if setting.is_word("role") || setting.is_word("authorization") {
        return Verdict::Refuse("it goes on as another role");
    }
    if !setting.is_word("search_path") {
        return Verdict::Skip;
    }
    // The first schema is the one in which objects are made.
    let first = rest
        .nth(1)
        .map(|token| token.name().unwrap_or_else(|| token.text.trim_matches('\'').to_owned()));
    match first.as_deref() {
        None | Some("" | "default") => Verdict::Skip,
        Some(name) if name == target.as_str() => Verdict::Skip,
        Some(_) => Verdict::Refuse("it goes on in another schema"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::revision::split::split;

    fn verdict(text: &str) -> Verdict {
        let target = Ident::new("app").unwrap();
        judge(&split(text).unwrap()[0], &target)
    }

    #[test]
    fn what_makes_objects_is_carried_out() {
        for text in [
            "create table t (a int)",
            "create or replace function f() returns int language sql as 'select 1'",
            "alter table t rename owner to holder",
            "alter type mood add value 'x'",
            "drop view v",
            "comment on table t is 'x'",
            "do $$ begin create type m as enum ('a'); end $$",
            "set local check_function_bodies = off",
        ] {
            assert_eq!(verdict(text), Verdict::Run, "{text}");
        }
    }

    #[test]
    fn rows_rights_and_settings_are_passed_over() {
        for text in [
            "insert into t values (1)",
            "select pg_catalog.setval('app.t_id_seq', 4)",
            "select pg_catalog.set_config('search_path', '', false)",
            "alter table app.t owner to \"Somebody\"",
            "grant select on t to public",
            "create schema if not exists app",
            "set search_path = app, public",
            "set search_path to 'app'",
            "set statement_timeout = 0",
            "begin",
        ] {
            assert_eq!(verdict(text), Verdict::Skip, "{text}");
        }
    }

    #[test]
    fn what_would_stay_or_be_noticed_is_refused() {
        for text in [
            "create database x",
            "create schema other",
            "create schema app create table t (a int)",
            "drop schema app",
            "alter role x superuser",
            "alter table t set schema other",
            "set search_path = other",
            "set role x",
            "do $$ begin perform setval('t', 1); end $$",
            "call f()",
            "select 1 as a into t",
            "rollback",
            "listen x",
        ] {
            assert!(matches!(verdict(text), Verdict::Refuse(_)), "{text}");
        }
    }
}
