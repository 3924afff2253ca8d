//! Comments of things that stay.

use super::step::{Lock, Phase, Statement, Step};
use crate::name::Ident;
use crate::sql::Sql;

/// What a comment is on: SQL for the statement, words for a person.
pub(super) struct Object {
    sql: Sql,
    words: String,
    /// The table or view whose lock it takes.
    table: Option<Ident>,
}

/// `table "name"`.
pub(super) fn object(kind: &'static str, name: &Ident) -> Object {
    Object {
        sql: Sql::raw(kind).push(" ").ident(name),
        words: format!("{kind} {name}"),
        table: ["table", "view", "materialized view"].contains(&kind).then(|| name.clone()),
    }
}

/// `column "table"."name"`.
pub(super) fn part(kind: &'static str, table: &Ident, name: &Ident) -> Object {
    Object {
        sql: Sql::raw(kind).push(" ").qualified(table, name),
        words: format!("{kind} {table}.{name}"),
        table: Some(table.clone()),
    }
}

/// `constraint "name" on "table"`.
pub(super) fn on_table(kind: &'static str, name: &Ident, table: &Ident) -> Object {
    Object {
        sql: Sql::raw(kind).push(" ").ident(name).push(" on ").ident(table),
        words: format!("{kind} {name} of {table}"),
        table: Some(table.clone()),
    }
}

/// `function name(arguments)`.
pub(super) fn routine(kind: &'static str, name: &Ident, arguments: &Sql) -> Object {
    Object {
        sql: Sql::raw(kind).push(" ").ident(name).push("(").sql(arguments).push(")"),
        words: format!("{kind} {name}"),
        table: None,
    }
}

/// Returns the step from one comment to another, or `None` where they are equal.
pub(super) fn comment(on: &Object, old: Option<&str>, new: Option<&str>) -> Option<Step> {
    if old == new {
        return None;
    }
    let say = |text: Option<&str>| {
        let sql = Sql::raw("comment on ").sql(&on.sql).push(" is ");
        let sql = match text {
            Some(text) => sql.literal(text),
            None => sql.push("null"),
        };
        match &on.table {
            Some(table) => Statement::brief(sql, Lock::ShareUpdateExclusive, table),
            None => Statement::free(sql),
        }
    };
    Some(Step::new(Phase::Comments, format!("comment on {}", on.words), say(new), say(old)))
}
