//! [`Part`]: what of a revision's statement a squashed revision has to keep.

use sealift_core::revision::diff::ACCEPT_LOSS;
use sealift_core::revision::split::Statement;

/// What becomes of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What it makes is in the schema, and so in the new file.
    Schema,
    /// It makes an extension, which is no part of a schema: it is kept as it is, in front.
    Extension,
    /// Nothing of it is left once it was carried out.
    Nothing,
    /// It is about rows or rights, or does what cannot be known: it would be lost.
    Lost,
}

/// Returns what becomes of a statement of a revision that is squashed.
pub(super) fn part(statement: &Statement<'_>) -> Part {
    let words = statement.words(usize::MAX);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create", "extension", ..] => Part::Extension,
        // `create table … as select` fills it.
        ["create", rest @ ..] if makes_rows(rest) => Part::Lost,
        ["create" | "drop", ..] => Part::Schema,
        ["comment", "on", "schema" | "extension" | "database" | "role" | "tablespace", ..] => {
            Part::Lost
        }
        ["comment", ..] => Part::Schema,
        ["alter", "default" | "extension", ..] => Part::Lost,
        ["alter", rest @ ..] if rest.windows(2).any(|pair| pair == ["owner", "to"]) => Part::Lost,
        ["alter", rest @ ..] if rest.contains(&"security") && !rest.contains(&"function") => {
            Part::Lost
        }
        ["alter", ..] => Part::Schema,
        [
            "set" | "begin" | "start" | "commit" | "end" | "analyze" | "vacuum" | "refresh"
            | "reindex" | "cluster" | "lock" | "show" | "explain" | "reset",
            ..,
        ] => Part::Nothing,
        // The guard of a change that loses something; there is nothing to lose.
        ["do", ..] if statement.text.contains(ACCEPT_LOSS) => Part::Nothing,
        [] => Part::Nothing,
        _ => Part::Lost,
    }
}

fn makes_rows(rest: &[&str]) -> bool {
    let kind = rest.iter().find(|word| {
        !matches!(**word, "temporary" | "temp" | "unlogged" | "global" | "local" | "or" | "replace")
    });
    kind.is_some_and(|kind| *kind == "table")
        && rest.contains(&"as")
        && (rest.iter().any(|word| matches!(*word, "select" | "values" | "execute"))
            || rest.windows(2).any(|pair| pair == ["as", "table"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::revision::split::split;

    fn part_of(text: &str) -> Part {
        part(&split(text).unwrap()[0])
    }

    #[test]
    fn what_a_schema_keeps_is_in_the_new_file() {
        for text in [
            "create table t (a int default 1, check (a > 0))",
            "create view v as select 1",
            "create materialized view v as select 1",
            "create or replace function f() returns int language sql as $$ select 1 $$",
            "alter table t add column b int",
            "alter type m rename value 'a' to 'b'",
            "comment on column t.a is 'x'",
            "drop table t",
        ] {
            assert_eq!(part_of(text), Part::Schema, "{text}");
        }
        assert_eq!(part_of("create extension if not exists citext"), Part::Extension);
    }

    #[test]
    fn rows_and_rights_would_be_lost() {
        for text in [
            "insert into t values (1)",
            "update t set a = 1",
            "with x as (select 1) select * from x",
            "create table t as select 1",
            "create table t as table u",
            "create unlogged table t as values (1)",
            "grant select on t to public",
            "alter table t owner to a",
            "alter table t enable row level security",
            "do $$ begin perform 1; end $$",
            "copy t from '/x'",
            "truncate t",
        ] {
            assert_eq!(part_of(text), Part::Lost, "{text}");
        }
    }

    #[test]
    fn of_a_setting_nothing_is_left() {
        assert_eq!(part_of("set local check_function_bodies = off"), Part::Nothing);
        let guard = format!("do $$ begin raise exception '{ACCEPT_LOSS}'; end $$");
        assert_eq!(part_of(&guard), Part::Nothing);
    }
}
