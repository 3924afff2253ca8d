//! Columns of tables that stay.

use super::column_type::{self, alter_column};
use super::comments::{comment, part};
use super::sides::{Sides, must_be_remade};
use super::step::{Lock, Phase, Statement, Step, Work, alter};
use super::tables::{self, counting, generated_as_identity, kind, work_of_adding};
use crate::name::{Ident, fit};
use crate::revision::model::{Column, Identity, Model, Sequence, Table};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (old, new) in sides.shared_tables() {
        let table = &new.name;
        let remade = |column: &Column| sides.is_remade(table, std::slice::from_ref(&column.name));
        // Computed columns go before those they are computed from.
        let mut gone: Vec<&Column> =
            old.columns.iter().filter(|c| new.column(&c.name).is_none() || remade(c)).collect();
        gone.sort_by_key(|column| column.generated.is_none());
        steps.extend(gone.into_iter().map(|column| {
            let mut step = drop(table, column);
            // Its values were computed, and will not be any more.
            if new.column(&column.name).is_some_and(|new| new.generated.is_none())
                && column.generated.is_some()
            {
                let what = format!("the values of column {table}.{}", column.name);
                step.up = step.up.into_iter().map(|s| s.losing(what.clone())).collect();
            }
            step
        }));
        let pairs =
            new.columns.iter().filter_map(|column| Some((old.column(&column.name)?, column)));
        let shrinking = pairs.filter(|(before, after)| counts_less_far(before, after));
        steps.extend(shrinking.filter_map(|(before, after)| change_identity(table, before, after)));
        steps.extend(change_types(sides, old, new));
        for column in &new.columns {
            match old.column(&column.name) {
                Some(before) if !remade(column) => {
                    steps.extend(alter_steps(sides, old, before, column));
                }
                _ => steps.push(add(table, column)),
            }
        }
    }
    steps
}

fn add(table: &Ident, column: &Column) -> Step {
    let title = format!("add column {table}.{}", column.name);
    let up = alter(table).push("add column ").sql(&tables::column(column));
    let up = Statement::brief(up, Lock::AccessExclusive, table).working(work_of_adding(column));
    let down = Sql::raw("drop column ").ident(&column.name);
    let down = Statement::alter(table, &down);
    let down = if column.generated.is_some() {
        down
    } else {
        down.losing(format!("the values of column {table}.{}", column.name))
    };
    let phase = if column.generated.is_some() { Phase::AddGenerated } else { Phase::AddColumns };
    let mut step = Step::new(phase, title, up, down);
    if let Some(said) =
        comment(&part("column", table, &column.name), None, column.comment.as_deref())
    {
        step.up.extend(said.up);
    }
    let filled =
        column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    if column.not_null && !filled {
        return step.noting(format!(
            "fails where {table} has rows: the column refuses NULL and has no default to fill it with"
        ));
    }
    step
}

fn drop(table: &Ident, column: &Column) -> Step {
    let title = format!("drop column {table}.{}", column.name);
    add(table, column).flipped(Phase::DropColumns, title)
}

fn alter_steps(sides: &Sides<'_>, table: &Table, old: &Column, new: &Column) -> Vec<Step> {
    debug_assert!(!must_be_remade(old, new), "such columns are made anew");
    let name = &table.name;
    let mut steps = Vec::new();
    // An identity goes before a default comes, changes behind the type, and comes behind `not null`.
    let identity = if counts_less_far(old, new) { None } else { change_identity(name, old, new) };
    let (first, rest) = if new.identity.is_none() { (identity, None) } else { (None, identity) };
    let (middle, last) = if old.identity.is_some() { (rest, None) } else { (None, rest) };
    steps.extend(first);
    if old.generated.is_some() && new.generated.is_none() {
        steps.push(no_longer_generated(name, old));
    }
    if !column_type::differs(old, new) && old.default != new.default && old.generated.is_none() {
        steps.push(change_default(sides, name, old, new));
    }
    steps.extend(middle);
    if old.not_null != new.not_null {
        steps.extend(if new.not_null {
            set_not_null(table, new)
        } else {
            vec![drop_not_null(name, new)]
        });
    }
    steps.extend(last);
    let on = part("column", name, &new.name);
    steps.extend(comment(&on, old.comment.as_deref(), new.comment.as_deref()));
    steps
}

/// All changes of type at once, so that the table is written anew only once. Defaults are taken off first, since the
/// server may not be able to change them along, and put on again.
fn change_types(sides: &Sides<'_>, old: &Table, new: &Table) -> Option<Step> {
    let table = &new.name;
    let pairs: Vec<(&Column, &Column)> = new
        .columns
        .iter()
        .filter(|column| !sides.is_remade(table, std::slice::from_ref(&column.name)))
        .filter_map(|column| Some((old.column(&column.name)?, column)))
        .filter(|(before, after)| column_type::differs(before, after))
        .collect();
    let turned: Vec<(&Column, &Column)> = pairs.iter().map(|(old, new)| (*new, *old)).collect();
    let way = |pairs: &[(&Column, &Column)]| {
        let has_default = |column: &Column| column.default.is_some() && column.generated.is_none();
        let mut way: Vec<Statement> = Vec::new();
        let from = pairs.iter().map(|(from, _)| from).filter(|from| has_default(from));
        way.extend(from.map(|from| default(table, &from.name, None)));
        way.extend(column_type::change(table, pairs));
        let to = pairs.iter().map(|(_, to)| to).filter(|to| has_default(to));
        way.extend(to.map(|to| default(table, &to.name, to.default.as_ref())));
        way
    };
    let words: Vec<String> = pairs
        .iter()
        .map(|(old, new)| {
            format!("{table}.{} from {} to {}", new.name, old.type_name, new.type_name)
        })
        .collect();
    let step = Step {
        phase: Phase::AlterColumns,
        title: format!("change type of {}", words.join(", ")),
        note: None,
        up: way(&pairs),
        down: way(&turned),
    };
    let rewrites = step.up.iter().any(|statement| statement.work == Work::Rewrite);
    match (pairs.is_empty(), rewrites) {
        (true, _) => None,
        (false, false) => Some(step),
        (false, true) => Some(
            step.noting(format!("writes table {table} anew; nobody reads or writes it meanwhile")),
        ),
    }
}

fn change_default(sides: &Sides<'_>, table: &Ident, old: &Column, new: &Column) -> Step {
    let title = format!("change default of {table}.{}", new.name);
    let up = default(table, &new.name, new.default.as_ref());
    let down = default(table, &new.name, old.default.as_ref());
    let mut step = Step::new(Phase::AlterColumns, title, up, down);
    let (base, wanted) = (sides.base, sides.wanted);
    step.up.extend(sequence_goes_on(table, &new.name, wanted, base));
    step.down.extend(sequence_goes_on(table, &new.name, base, wanted));
    step
}

/// A sequence of the column that the other side does not have goes on behind the rows that are there.
fn sequence_goes_on(
    table: &Ident,
    column: &Ident,
    side: &Model,
    other: &Model,
) -> Option<Statement> {
    let is_its_own = |sequence: &&Sequence| {
        let owner = sequence.owned_by.as_ref();
        owner.is_some_and(|owner| owner.table == *table && owner.column == *column)
            && other.sequence(&sequence.name).is_none()
    };
    let sequence = side.sequences.iter().find(is_its_own)?;
    let of = Sql::new().literal(Sql::new().ident(&sequence.name).as_str());
    Some(go_on_behind_rows(table, column, &of, sequence.options.start))
}

fn default(table: &Ident, column: &Ident, value: Option<&Sql>) -> Statement {
    let sql = alter_column(table, column);
    let sql = match value {
        Some(value) => sql.push("set default ").sql(value),
        None => sql.push("drop default"),
    };
    Statement::brief(sql, Lock::AccessExclusive, table)
}

fn no_longer_generated(table: &Ident, old: &Column) -> Step {
    let up = alter_column(table, &old.name).push("drop expression");
    let back = add(table, old);
    let mut down = back.down;
    down.extend(back.up);
    Step {
        phase: Phase::AlterColumns,
        title: format!("keep the values of {table}.{} and no longer compute them", old.name),
        note: None,
        up: vec![Statement::brief(up, Lock::AccessExclusive, table)],
        down,
    }
}

/// By way of a check that is validated while others read and write; the server then need not look at the rows again
/// (the page of `ALTER TABLE`, `SET NOT NULL`).
fn set_not_null(table: &Table, column: &Column) -> Vec<Step> {
    let name = &table.name;
    let mut wish = format!("{name}_{}_never_null", column.name);
    while table.constraints.iter().any(|constraint| constraint.name == fit(&wish)) {
        wish.push('_');
    }
    let check = fit(&wish);
    let drop_check = || Statement::alter(name, &Sql::raw("drop constraint ").ident(&check));
    let add_check = || {
        let action = Sql::raw("add constraint ")
            .ident(&check)
            .push(" check (")
            .ident(&column.name)
            .push(" is not null) not valid");
        Statement::alter(name, &action)
    };
    let validate = alter(name).push("validate constraint ").ident(&check);
    let validate = Statement::brief(validate, Lock::ShareUpdateExclusive, name).working(Work::Scan);
    let set = |action: Sql| Statement::brief(action, Lock::AccessExclusive, name);
    let what = format!("{name}.{}", column.name);
    vec![
        Step::new(
            Phase::AddChecks,
            format!("refuse new NULLs in {what}"),
            add_check(),
            drop_check(),
        ),
        Step {
            phase: Phase::SetNotNull,
            title: format!("set {what} not null"),
            note: Some(format!("fails where a row has no {}", column.name)),
            up: vec![
                validate,
                set(alter_column(name, &column.name).push("set not null")),
                drop_check(),
            ],
            down: vec![add_check(), set(alter_column(name, &column.name).push("drop not null"))],
        },
    ]
}

fn drop_not_null(table: &Ident, column: &Column) -> Step {
    let action = |words| alter_column(table, &column.name).push(words);
    Step::new(
        Phase::AlterColumns,
        format!("let {table}.{} be null", column.name),
        Statement::brief(action("drop not null"), Lock::AccessExclusive, table),
        Statement::brief(action("set not null"), Lock::AccessExclusive, table).working(Work::Scan),
    )
}

/// The sequence of an identity column has the column's type: where it is to count less far, it does so before the type
/// changes, and otherwise behind it.
fn counts_less_far(old: &Column, new: &Column) -> bool {
    let pair = old.identity.as_ref().zip(new.identity.as_ref());
    pair.is_some_and(|(old, new)| new.sequence.max < old.sequence.max)
}

fn change_identity(table: &Ident, old: &Column, new: &Column) -> Option<Step> {
    if old.identity == new.identity {
        return None;
    }
    let column = &new.name;
    let way = |from: Option<&Identity>, to: Option<&Identity>| {
        let alter = |sql: Sql| Statement::brief(sql, Lock::AccessExclusive, table);
        let head = || alter_column(table, column);
        match (from, to) {
            (None, None) => Vec::new(),
            (Some(_), None) => vec![alter(head().push("drop identity"))],
            (None, Some(to)) => {
                let of = Sql::raw("pg_get_serial_sequence(")
                    .literal(Sql::new().ident(table).as_str())
                    .push(", ")
                    .literal(column.as_str())
                    .push(")");
                vec![
                    alter(head().push("add ").sql(&generated_as_identity(to))),
                    go_on_behind_rows(table, column, &of, to.sequence.start),
                ]
            }
            (Some(from), Some(to)) => {
                let mut sql = head();
                if from.kind != to.kind {
                    sql = sql.push("set generated ").push(kind(to.kind)).push(" ");
                }
                if from.sequence != to.sequence {
                    let words = counting(&to.sequence);
                    sql = sql.sql(&set_each(&words));
                }
                vec![alter(sql)]
            }
        }
    };
    // An identity column must refuse NULL first, and its default must be gone.
    let adds = old.identity.is_none();
    Some(Step {
        phase: match (adds, new.identity.is_some()) {
            (true, _) => Phase::SetNotNull,
            (false, true) => Phase::AlterColumns,
            // Its sequence makes room for another of the same name.
            (false, false) => Phase::DisownSequences,
        },
        title: format!("change how {table}.{column} is numbered"),
        note: None,
        up: way(old.identity.as_ref(), new.identity.as_ref()),
        down: way(new.identity.as_ref(), old.identity.as_ref()),
    })
}

/// `increment by 1 …` as `alter column` takes it: `set` before each.
fn set_each(options: &Sql) -> Sql {
    let mut text = options.as_str().to_owned();
    for word in ["increment by", "minvalue", "maxvalue", "start with", "cache"] {
        text = text.replacen(word, &format!("set {word}"), 1);
    }
    let text = if text.ends_with("no cycle") {
        text.replacen("no cycle", "set no cycle", 1)
    } else {
        text.replacen("cycle", "set cycle", 1)
    };
    Sql::printed_by_server(text)
}

/// Sets a sequence so that its next value is larger than all that are there.
fn go_on_behind_rows(table: &Ident, column: &Ident, sequence: &Sql, start: i64) -> Statement {
    let sql = Sql::raw("select setval(")
        .sql(sequence)
        .push(", greatest(max(")
        .ident(column)
        .push(") + 1, ")
        .int(start)
        .push("), false) from ")
        .ident(table);
    Statement::brief(sql, Lock::None, table).working(Work::Scan)
}
