//! A trigger: its function in PL/pgSQL, the trigger itself, and a way to try it without rows.

use super::{Stage, Statement};
use crate::ast::TriggerTiming;
use crate::name::Ident;
use crate::schema::target::{Step, Trigger, TriggerEvent};
use crate::sql::Sql;

/// What the source of every function of ours begins with, so that one can be told from the
/// application's own.
pub const FUNCTION_MARK: &str = "-- made by Sealift from a trigger of SQLite";

const TAG: &str = "$trigger$";

/// Returns the statement that makes a trigger and its function.
pub(super) fn create_trigger(schema: &Ident, trigger: &Trigger) -> Statement {
    Statement {
        id: trigger_id(trigger),
        stage: Stage::Triggers,
        table: trigger.relation.clone(),
        locks: Vec::new(),
        sql: create_function(schema, trigger).push(";\n").sql(&create(schema, trigger)),
    }
}

/// Returns the id of the statement that makes a trigger.
#[must_use]
pub fn trigger_id(trigger: &Trigger) -> String {
    format!("trigger {} on {}", trigger.name, trigger.relation)
}

/// Returns the statement that drops functions of triggers that are gone.
#[must_use]
pub fn drop_functions(schema: &Ident, functions: &[Ident]) -> Sql {
    let names = functions.iter().map(|name| Sql::new().qualified(schema, name).push("()"));
    Sql::raw("drop function if exists ").join(names, ", ")
}

/// Returns the source of a trigger's function, as the server keeps it.
#[must_use]
pub fn function_source(trigger: &Trigger) -> Sql {
    let mut sql = Sql::raw("\n")
        .push(FUNCTION_MARK)
        // A column of a query is meant before a variable, as in SQLite.
        .push("\n#variable_conflict use_column\n");
    if picks(&trigger.body) {
        sql = sql.push("declare\n  sealift_number bigint;\n");
        if loops(&trigger.body) {
            sql = sql.push("  sealift_row record;\n");
        }
    } else if loops(&trigger.body) {
        sql = sql.push("declare\n  sealift_row record;\n");
    }
    sql = sql.push("begin\n");
    if let Some(guard) = &trigger.guard {
        sql = sql
            .push("  if current_setting(")
            .literal(guard)
            .push(", true) = 'on' then\n    return ")
            .push(returned(trigger))
            .push(";\n  end if;\n")
            .sql(&set_guard(guard, "on", 1));
    }
    sql = block(sql, trigger, &trigger.body, 1);
    if let Some(guard) = &trigger.guard {
        sql = sql.sql(&set_guard(guard, "off", 1));
    }
    sql.push("  return ").push(returned(trigger)).push(";\nend\n")
}

/// Returns a block that plans every statement and expression of a trigger and runs none: PL/pgSQL
/// itself looks at them only when they are first reached.
#[must_use]
pub fn try_trigger(schema: &Ident, trigger: &Trigger) -> Sql {
    let mut body = Sql::raw("\n#variable_conflict use_column\ndeclare\n");
    for (name, is_there) in [
        ("new", trigger.event != TriggerEvent::Delete),
        ("old", trigger.event != TriggerEvent::Insert),
    ] {
        if is_there {
            body = body
                .push("  \"")
                .push(name)
                .push("\" ")
                .qualified(schema, &trigger.relation)
                .push(";\n");
        }
    }
    body = body.push("  sealift_row record;\n  sealift_line record;\nbegin\n");
    body = tries(body, &trigger.body).push("end\n");
    Sql::raw("do ").sql(&quoted(&body))
}

fn create_function(schema: &Ident, trigger: &Trigger) -> Sql {
    Sql::raw("create function ")
        .qualified(schema, &trigger.function)
        .push("() returns trigger\n  language plpgsql\n  set search_path to pg_catalog, pg_temp\n  as ")
        .sql(&quoted(&function_source(trigger)))
}

fn create(schema: &Ident, trigger: &Trigger) -> Sql {
    let mut sql = Sql::raw("create trigger ")
        .ident(&trigger.name)
        .push(match trigger.timing {
            TriggerTiming::Before => "\n  before ",
            TriggerTiming::After => "\n  after ",
            TriggerTiming::InsteadOf => "\n  instead of ",
        })
        .push(match trigger.event {
            TriggerEvent::Insert => "insert",
            TriggerEvent::Update => "update",
            TriggerEvent::Delete => "delete",
        });
    if !trigger.columns.is_empty() {
        sql = sql.push(" of ").idents(&trigger.columns);
    }
    sql = sql.push(" on ").qualified(schema, &trigger.relation).push("\n  for each row");
    if let Some(when) = &trigger.when {
        sql = sql.push("\n  when (").sql(when).push(")");
    }
    sql.push("\n  execute function ").qualified(schema, &trigger.function).push("()")
}

/// Puts a source into dollar quotes, or into plain ones where it holds the tag itself.
fn quoted(source: &Sql) -> Sql {
    if source.as_str().contains(TAG) {
        Sql::new().literal(source.as_str())
    } else {
        Sql::raw(TAG).sql(source).push(TAG)
    }
}

/// What the function returns when its program has come to its end. A trigger of SQLite cannot change
/// the row.
fn returned(trigger: &Trigger) -> &'static str {
    match (trigger.timing, trigger.event) {
        (TriggerTiming::After, _) => "null",
        (TriggerTiming::Before | TriggerTiming::InsteadOf, TriggerEvent::Delete) => "old",
        (
            TriggerTiming::Before | TriggerTiming::InsteadOf,
            TriggerEvent::Insert | TriggerEvent::Update,
        ) => "new",
    }
}

fn set_guard(guard: &str, value: &'static str, depth: usize) -> Sql {
    indent(Sql::new(), depth)
        .push("perform set_config(")
        .literal(guard)
        .push(", '")
        .push(value)
        .push("', true);\n")
}

fn block(mut sql: Sql, trigger: &Trigger, steps: &[Step], depth: usize) -> Sql {
    if steps.is_empty() {
        return indent(sql, depth).push("null;\n");
    }
    for step in steps {
        sql = render(sql, trigger, step, depth);
    }
    sql
}

fn render(sql: Sql, trigger: &Trigger, step: &Step, depth: usize) -> Sql {
    let sql = if let Step::Leave = step { sql } else { indent(sql, depth) };
    match step {
        Step::Run(statement) => sql.sql(statement).push(";\n"),
        Step::Choose(branches) => {
            let branches = branches.iter().map(|branch| (branch.condition.clone(), &branch.steps));
            choose(sql, trigger, branches, depth)
        }
        Step::Pick { number, branches } => {
            let sql = sql.push("sealift_number := ").sql(number).push(";\n");
            let numbered = (1..)
                .zip(branches)
                .map(|(number, steps)| (Sql::raw("sealift_number = ").int(number), steps));
            choose(indent(sql, depth), trigger, numbered, depth)
        }
        Step::Raise(message) => {
            sql.push("raise exception using errcode = '23000', message = ").sql(message).push(";\n")
        }
        Step::Leave => {
            let sql = match &trigger.guard {
                Some(guard) => sql.sql(&set_guard(guard, "off", depth)),
                None => sql,
            };
            indent(sql, depth).push("return null;\n")
        }
        Step::ForEach { query, steps } => {
            let sql = sql.push("for sealift_row in ").sql(query).push(" loop\n");
            indent(block(sql, trigger, steps, depth + 1), depth).push("end loop;\n")
        }
        Step::Tolerate(steps) => {
            let sql = block(sql.push("begin\n"), trigger, steps, depth + 1);
            let sql = indent(sql, depth).push("exception when check_violation then\n");
            indent(indent(sql, depth + 1).push("null;\n"), depth).push("end;\n")
        }
    }
}

fn choose<'s>(
    mut sql: Sql,
    trigger: &Trigger,
    branches: impl Iterator<Item = (Sql, &'s Vec<Step>)>,
    depth: usize,
) -> Sql {
    for (index, (condition, steps)) in branches.enumerate() {
        sql = if index == 0 { sql.push("if ") } else { indent(sql, depth).push("elsif ") };
        sql = block(sql.sql(&condition).push(" then\n"), trigger, steps, depth + 1);
    }
    indent(sql, depth).push("end if;\n")
}

fn indent(mut sql: Sql, depth: usize) -> Sql {
    for _ in 0..depth {
        sql = sql.push("  ");
    }
    sql
}

/// Adds an `explain` for each text of the steps.
fn tries(mut sql: Sql, steps: &[Step]) -> Sql {
    let explain = |sql: Sql, statement: &Sql| {
        sql.push("  for sealift_line in explain ").sql(statement).push(" loop end loop;\n")
    };
    let value = |sql: Sql, expression: &Sql| {
        let query = Sql::raw("select (").sql(expression).push(")");
        explain(sql, &query)
    };
    for step in steps {
        sql = match step {
            Step::Run(statement) => explain(sql, statement),
            Step::Choose(branches) => branches
                .iter()
                .fold(sql, |sql, branch| tries(value(sql, &branch.condition), &branch.steps)),
            Step::Pick { number, branches } => {
                branches.iter().fold(value(sql, number), |sql, steps| tries(sql, steps))
            }
            Step::Raise(message) => value(sql, message),
            Step::Leave => sql,
            Step::ForEach { query, steps } => {
                // The row gets its columns, all NULL.
                let sql = sql.push("  select * into sealift_row from (").sql(query);
                tries(sql.push(") as \"none\" where false;\n"), steps)
            }
            Step::Tolerate(steps) => tries(sql, steps),
        };
    }
    sql
}

fn any(steps: &[Step], is_it: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| {
        is_it(step)
            || match step {
                Step::Run(_) | Step::Raise(_) | Step::Leave => false,
                Step::Choose(branches) => branches.iter().any(|branch| any(&branch.steps, is_it)),
                Step::Pick { branches, .. } => branches.iter().any(|steps| any(steps, is_it)),
                Step::ForEach { steps, .. } | Step::Tolerate(steps) => any(steps, is_it),
            }
    })
}

fn picks(steps: &[Step]) -> bool {
    any(steps, &|step| matches!(step, Step::Pick { .. }))
}

fn loops(steps: &[Step]) -> bool {
    any(steps, &|step| matches!(step, Step::ForEach { .. }))
}
