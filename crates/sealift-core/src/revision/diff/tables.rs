//! Tables that come, go or have a new name.

use super::comments::{comment, object};
use super::constraints::clause;
use super::indexes::create_plainly;
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step, Work, alter};
use crate::revision::model::{
    Column, ConstraintKind, Generated, GeneratedKind, Identity, IdentityKind, Rename,
    SequenceOptions, Table,
};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>, renames: &[Rename]) -> Vec<Step> {
    let mut steps: Vec<Step> = renames.iter().map(rename).collect();
    let new = sides.wanted.tables.iter().filter(|table| sides.base.table(&table.name).is_none());
    steps.extend(new.map(make));
    let gone = sides.base.tables.iter().filter(|table| sides.wanted.table(&table.name).is_none());
    steps.extend(
        gone.map(|table| {
            make(table).flipped(Phase::DropTables, format!("drop table {}", table.name))
        }),
    );
    for (old, new) in sides.shared_tables() {
        let on = object("table", &new.name);
        steps.extend(comment(&on, old.comment.as_deref(), new.comment.as_deref()));
    }
    steps
}

/// The table with its keys, checks, indexes and comments. Foreign keys and triggers come later.
fn make(table: &Table) -> Step {
    let name = &table.name;
    let mut lines: Vec<Sql> = table.columns.iter().map(column).collect();
    let inline = |kind: ConstraintKind| kind != ConstraintKind::Foreign;
    let at_once = table.constraints.iter().filter(|c| inline(c.kind) && c.validated);
    lines.extend(at_once.map(clause));
    let body = Sql::new().join(lines.into_iter().map(|line| Sql::raw("\n  ").sql(&line)), ",");
    let create = Sql::raw("create table ").ident(name).push(" (").sql(&body).push("\n)");
    let mut up = vec![Statement::free(create)];
    let later = table.constraints.iter().filter(|c| inline(c.kind) && !c.validated);
    up.extend(later.map(|constraint| {
        let add = alter(name).push("add ").sql(&clause(constraint)).push(" not valid");
        Statement::free(add)
    }));
    up.extend(table.indexes.iter().map(|index| Statement::free(create_plainly(name, index))));
    up.extend(comments(table));
    let drop = Statement::brief(Sql::raw("drop table ").ident(name), Lock::AccessExclusive, name)
        .losing(format!("the rows of table {name}"));
    Step {
        phase: Phase::MakeTables,
        title: format!("create table {name}"),
        note: None,
        up,
        down: vec![drop],
    }
}

fn comments(table: &Table) -> Vec<Statement> {
    let mut all: Vec<Option<Step>> =
        vec![comment(&object("table", &table.name), None, table.comment.as_deref())];
    for column in &table.columns {
        let on = super::comments::part("column", &table.name, &column.name);
        all.push(comment(&on, None, column.comment.as_deref()));
    }
    for constraint in table.constraints.iter().filter(|c| c.kind != ConstraintKind::Foreign) {
        let on = super::comments::on_table("constraint", &constraint.name, &table.name);
        all.push(comment(&on, None, constraint.comment.as_deref()));
    }
    for index in &table.indexes {
        all.push(comment(&object("index", &index.name), None, index.comment.as_deref()));
    }
    all.into_iter().flatten().flat_map(|step| step.up).map(|s| Statement::free(s.sql)).collect()
}

fn rename(rename: &Rename) -> Step {
    match rename {
        Rename::Table { from, to } => {
            let way = |from, to| Statement::alter(from, &Sql::raw("rename to ").ident(to));
            let title = format!("rename table {from} to {to}");
            Step::new(Phase::Rename, title, way(from, to), way(to, from))
        }
        Rename::Column { table, from, to } => {
            let way = |from, to| {
                let action = Sql::raw("rename column ").ident(from).push(" to ").ident(to);
                Statement::alter(table, &action)
            };
            let title = format!("rename column {table}.{from} to {to}");
            Step::new(Phase::Rename, title, way(from, to), way(to, from))
        }
    }
}

/// A column as `create table` and `add column` take it.
pub(super) fn column(column: &Column) -> Sql {
    let mut sql = Sql::new().ident(&column.name).push(" ").sql(&column.type_name);
    if let Some(collation) = &column.collation {
        sql = sql.push(" collate ").sql(collation);
    }
    if let Some(identity) = &column.identity {
        sql = sql.push(" ").sql(&generated_as_identity(identity));
    }
    if let Some(generated) = &column.generated {
        sql = sql.push(" ").sql(&generated_always(generated));
    }
    if let Some(default) = &column.default {
        sql = sql.push(" default ").sql(default);
    }
    if column.not_null { sql.push(" not null") } else { sql }
}

pub(super) fn generated_as_identity(identity: &Identity) -> Sql {
    Sql::raw("generated ")
        .push(kind(identity.kind))
        .push(" as identity (")
        .sql(&counting(&identity.sequence))
        .push(")")
}

pub(super) const fn kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Always => "always",
        IdentityKind::ByDefault => "by default",
    }
}

fn generated_always(generated: &Generated) -> Sql {
    let sql = Sql::raw("generated always as (").sql(&generated.expression).push(")");
    match generated.kind {
        GeneratedKind::Stored => sql.push(" stored"),
        GeneratedKind::Virtual => sql.push(" virtual"),
    }
}

/// How a sequence counts, as `create sequence`, `alter sequence` and identity columns take it; without its type.
pub(super) fn counting(options: &SequenceOptions) -> Sql {
    Sql::raw("increment by ")
        .int(options.increment)
        .push(" minvalue ")
        .int(options.min)
        .push(" maxvalue ")
        .int(options.max)
        .push(" start with ")
        .int(options.start)
        .push(" cache ")
        .int(options.cache)
        .push(if options.cycle { " cycle" } else { " no cycle" })
}

/// How long it takes to add a column: one whose value differs from row to row is written into each.
pub(super) fn work_of_adding(column: &Column) -> Work {
    let stored = column.generated.as_ref().is_some_and(|g| g.kind == GeneratedKind::Stored);
    let varies = column.default.as_ref().is_some_and(|default| calls_function(default.as_str()));
    if stored || varies || column.identity.is_some() { Work::Rewrite } else { Work::Brief }
}

/// Returns whether a default calls a function other than those known to give one value for all rows.
fn calls_function(default: &str) -> bool {
    const SAME_FOR_ALL: [&str; 1] = ["now"];
    const TYPES: [&str; 7] =
        ["varying", "character", "numeric", "bit", "timestamp", "time", "interval"];
    let Ok(tokens) = crate::revision::lex::tokens(default) else { return true };
    let tokens: Vec<_> = tokens.iter().filter(|token| token.is_significant()).collect();
    tokens.windows(2).any(|pair| match pair {
        [word, open] => {
            let name = word.name().unwrap_or_default();
            open.text == "("
                && !name.is_empty()
                && !SAME_FOR_ALL.contains(&name.as_str())
                && !TYPES.contains(&name.as_str())
        }
        _ => false,
    })
}
