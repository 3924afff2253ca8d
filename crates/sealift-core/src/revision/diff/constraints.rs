//! Keys, checks, exclusions and foreign keys of tables.

use super::comments::{comment, on_table};
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step, Work, alter};
use crate::name::Ident;
use crate::revision::model::{Constraint, ConstraintKind, Deferral, Table};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (old, new) in sides.shared_tables() {
        let pairs = sides.constraints(old, new);
        let (name, mut dropped) = (&new.name, Vec::new());
        for (a, b) in pairs.kept.iter().chain(&pairs.renamed) {
            if a.name != b.name {
                steps.push(rename(name, a, b));
            }
            if !a.validated && b.validated {
                steps.push(Step { down: doubted(name, a), ..validate(name, b) });
            }
            let on = on_table("constraint", &b.name, name);
            steps.extend(comment(&on, a.comment.as_deref(), b.comment.as_deref()));
        }
        dropped.extend(pairs.gone);
        dropped.extend(pairs.changed.iter().map(|(old, _)| *old));
        steps.extend(dropped.into_iter().flat_map(|constraint| drop(name, constraint)));
        let made = pairs.new.into_iter().chain(pairs.changed.into_iter().map(|(_, new)| new));
        steps.extend(made.flat_map(|constraint| add(sides, name, constraint)));
    }
    // Foreign keys of whole tables come after all tables, and go before all of them.
    let foreign = |table: &Table| -> Vec<Constraint> {
        table.constraints.iter().filter(|c| c.kind == ConstraintKind::Foreign).cloned().collect()
    };
    for table in sides.wanted.tables.iter().filter(|table| sides.base.table(&table.name).is_none())
    {
        for constraint in foreign(table) {
            let mut step =
                with_comment(plainly(&table.name, &constraint), &table.name, &constraint);
            // There is no row yet.
            step.up.iter_mut().for_each(|statement| statement.work = Work::Brief);
            steps.push(step);
        }
    }
    for table in sides.base.tables.iter().filter(|table| sides.wanted.table(&table.name).is_none())
    {
        for constraint in foreign(table) {
            let title = format!("drop foreign key {} of {}", constraint.name, table.name);
            steps.push(plainly(&table.name, &constraint).flipped(Phase::DropForeignKeys, title));
        }
    }
    steps
}

/// `constraint "name" check (…)`.
pub(super) fn clause(constraint: &Constraint) -> Sql {
    Sql::raw("constraint ").ident(&constraint.name).push(" ").sql(&constraint.definition)
}

/// Adds a constraint to a table that exists, so that others wait as short as may be.
fn add(sides: &Sides<'_>, table: &Ident, constraint: &Constraint) -> Vec<Step> {
    let mut steps = match constraint.kind {
        ConstraintKind::Check | ConstraintKind::Foreign => {
            let mut steps = vec![not_valid(table, constraint)];
            if constraint.validated {
                steps.push(validate(table, constraint));
            }
            steps
        }
        ConstraintKind::Primary | ConstraintKind::Unique => match &constraint.index {
            Some(index) if sides.exists(table) => by_index(table, constraint, index),
            _ => vec![plainly(table, constraint)],
        },
        ConstraintKind::Exclusion => vec![plainly(table, constraint)],
    };
    let on = on_table("constraint", &constraint.name, table);
    steps.extend(comment(&on, None, constraint.comment.as_deref()).map(|mut step| {
        // The constraint takes its comment along when it goes.
        step.down.clear();
        step
    }));
    steps
}

/// Drops a constraint; the way back is as considerate as adding one.
fn drop(table: &Ident, constraint: &Constraint) -> Vec<Step> {
    let phase = match constraint.kind {
        ConstraintKind::Foreign => Phase::DropForeignKeys,
        ConstraintKind::Primary
        | ConstraintKind::Unique
        | ConstraintKind::Check
        | ConstraintKind::Exclusion => Phase::DropConstraints,
    };
    let title = format!("drop constraint {} of {table}", constraint.name);
    vec![with_comment(plainly(table, constraint), table, constraint).flipped(phase, title)]
}

pub(super) fn with_comment(mut step: Step, table: &Ident, constraint: &Constraint) -> Step {
    let on = on_table("constraint", &constraint.name, table);
    step.up
        .extend(comment(&on, None, constraint.comment.as_deref()).into_iter().flat_map(|s| s.up));
    step
}

/// In one statement, which looks at all rows under its lock.
pub(super) fn plainly(table: &Ident, constraint: &Constraint) -> Step {
    let mut sql = alter(table).push("add ").sql(&clause(constraint));
    if !constraint.validated {
        sql = sql.push(" not valid");
    }
    let up = locked(sql, table, constraint, Lock::AccessExclusive).working(Work::Scan);
    let (title, phase) = added(table, constraint);
    Step::new(phase, title, up, drop_statement(table, constraint))
}

fn not_valid(table: &Ident, constraint: &Constraint) -> Step {
    let sql = alter(table).push("add ").sql(&clause(constraint)).push(" not valid");
    let up = locked(sql, table, constraint, Lock::AccessExclusive);
    let (title, phase) = added(table, constraint);
    Step::new(phase, title, up, drop_statement(table, constraint))
}

fn added(table: &Ident, constraint: &Constraint) -> (String, Phase) {
    let (what, phase) = match constraint.kind {
        ConstraintKind::Primary => ("primary key", Phase::AddKeys),
        ConstraintKind::Unique => ("unique constraint", Phase::AddKeys),
        ConstraintKind::Exclusion => ("exclusion", Phase::AddKeys),
        ConstraintKind::Check => ("check", Phase::AddChecks),
        ConstraintKind::Foreign => ("foreign key", Phase::AddForeignKeys),
    };
    (format!("add {what} {} to {table}", constraint.name), phase)
}

/// Reads all rows while others read and write. Nothing is to be done on the way back.
fn validate(table: &Ident, constraint: &Constraint) -> Step {
    let sql = alter(table).push("validate constraint ").ident(&constraint.name);
    Step {
        phase: Phase::Validate,
        title: format!("validate {} of {table}", constraint.name),
        note: Some("fails where a row does not keep to it".to_owned()),
        up: vec![Statement::brief(sql, Lock::ShareUpdateExclusive, table).working(Work::Scan)],
        down: Vec::new(),
    }
}

/// What takes back that a constraint that stays was validated.
fn doubted(table: &Ident, constraint: &Constraint) -> Vec<Statement> {
    let again = with_comment(not_valid(table, constraint), table, constraint);
    again.down.into_iter().chain(again.up).collect()
}

/// The index is built while others read and write; the constraint then only takes it over. Dropping the constraint
/// drops the index.
fn by_index(table: &Ident, constraint: &Constraint, tail: &Sql) -> Vec<Step> {
    let name = &constraint.name;
    let build = Sql::raw("create unique index concurrently ")
        .ident(name)
        .push(" on ")
        .ident(table)
        .push(" ")
        .sql(tail);
    let unbuild = Sql::raw("drop index concurrently if exists ").ident(name);
    let kind = if constraint.kind == ConstraintKind::Primary { "primary key" } else { "unique" };
    let mut take = alter(table)
        .push("add constraint ")
        .ident(name)
        .push(" ")
        .push(kind)
        .push(" using index ")
        .ident(name);
    take = match constraint.deferral {
        Deferral::No => take,
        Deferral::Immediate => take.push(" deferrable initially immediate"),
        Deferral::Deferred => take.push(" deferrable initially deferred"),
    };
    let alone =
        |sql, work| Statement::brief(sql, Lock::ShareUpdateExclusive, table).working(work).alone();
    let (title, phase) = added(table, constraint);
    vec![
        Step::new(
            Phase::BuildIndexes,
            format!("build the index of {name} on {table}"),
            alone(build, Work::Scan),
            alone(unbuild, Work::Brief),
        )
        .noting("fails where two rows are equal in it, and leaves an index that is not valid"),
        Step::new(
            phase,
            title,
            Statement::brief(take, Lock::AccessExclusive, table),
            drop_statement(table, constraint),
        ),
    ]
}

fn rename(table: &Ident, old: &Constraint, new: &Constraint) -> Step {
    let way = |from: &Ident, to: &Ident| {
        Statement::alter(table, &Sql::raw("rename constraint ").ident(from).push(" to ").ident(to))
    };
    Step::new(
        Phase::Rename,
        format!("rename constraint {} of {table} to {}", old.name, new.name),
        way(&old.name, &new.name),
        way(&new.name, &old.name),
    )
}

fn drop_statement(table: &Ident, constraint: &Constraint) -> Statement {
    let sql = alter(table).push("drop constraint ").ident(&constraint.name);
    locked(sql, table, constraint, Lock::AccessExclusive)
}

/// A foreign key locks both tables; adding one lets them be read.
fn locked(sql: Sql, table: &Ident, constraint: &Constraint, lock: Lock) -> Statement {
    match &constraint.references {
        Some(reference) if !sql.as_str().contains(" drop constraint ") => {
            Statement::brief(sql, Lock::ShareRowExclusive, table).locking(&reference.table)
        }
        Some(reference) => Statement::brief(sql, lock, table).locking(&reference.table),
        None => Statement::brief(sql, lock, table),
    }
}
