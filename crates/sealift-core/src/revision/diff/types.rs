//! Enumerated types and domains.

use super::column_type::alter_column;
use super::comments::{comment, object};
use super::on_type::{Standing, standing};
use super::pairs::Pairs;
use super::sides::Sides;
use super::step::{Lock, Phase, Statement, Step, Work};
use crate::name::Ident;
use crate::revision::model::{Column, Domain, DomainCheck, Enum, printed};
use crate::sql::Sql;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let pairs = Pairs::by_name(&sides.base.enums, &sides.wanted.enums, |e| &e.name, |a, b| a == b);
    steps.extend(pairs.new.into_iter().map(make_enum));
    steps.extend(
        pairs
            .gone
            .into_iter()
            .map(|old| make_enum(old).flipped(Phase::DropTypes, format!("drop type {}", old.name))),
    );
    for (old, new) in pairs.changed {
        if old.labels != new.labels {
            steps.extend(change_labels(sides, old, new));
        }
        steps.extend(comment(
            &object("type", &new.name),
            old.comment.as_deref(),
            new.comment.as_deref(),
        ));
    }
    let pairs =
        Pairs::by_name(&sides.base.domains, &sides.wanted.domains, |d| &d.name, |a, b| a == b);
    steps.extend(pairs.new.into_iter().map(make_domain));
    steps.extend(pairs.gone.into_iter().map(|old| {
        make_domain(old).flipped(Phase::DropTypes, format!("drop domain {}", old.name))
    }));
    for (old, new) in pairs.changed {
        steps.extend(change_domain(old, new, &tables_of(sides, &new.name)));
        steps.extend(comment(
            &object("domain", &new.name),
            old.comment.as_deref(),
            new.comment.as_deref(),
        ));
    }
    steps
}

/// Returns what about types cannot be carried out.
pub(super) fn not_covered(sides: &Sides<'_>) -> Vec<String> {
    let pairs = Pairs::by_name(
        &sides.base.domains,
        &sides.wanted.domains,
        |d| &d.name,
        |a, b| a.base == b.base && a.collation == b.collation,
    );
    let say = |old: &Domain, new: &Domain| {
        format!("domain {} stands on {} and is wanted on {}", old.name, old.base, new.base)
    };
    pairs.changed.into_iter().map(|(old, new)| say(old, new)).collect()
}

fn labels(of: &[String]) -> Sql {
    Sql::new().join(of.iter().map(|label| Sql::new().literal(label)), ", ")
}

fn create_enum(name: &Ident, of: &[String]) -> Sql {
    Sql::raw("create type ").ident(name).push(" as enum (").sql(&labels(of)).push(")")
}

fn make_enum(new: &Enum) -> Step {
    let drop = Sql::raw("drop type ").ident(&new.name);
    let mut step = Step::new(
        Phase::MakeTypes,
        format!("create type {}", new.name),
        Statement::free(create_enum(&new.name, &new.labels)),
        Statement::free(drop),
    );
    let said = comment(&object("type", &new.name), None, new.comment.as_deref());
    step.up.extend(said.into_iter().flat_map(|said| said.up));
    step
}

/// Values that come are added; one cannot be taken away, so going back, as well as any other change, makes the type anew.
fn change_labels(sides: &Sides<'_>, old: &Enum, new: &Enum) -> Vec<Step> {
    let grows = {
        let mut wanted = new.labels.iter();
        old.labels.iter().all(|label| wanted.any(|other| other == label))
    };
    let aside = sides.free_name(&format!("{}_old", old.name));
    if !grows {
        let columns = columns_of(sides, &old.name, Phase::MakeTypes);
        let around = || standing(sides, &old.name, &columns, Phase::MakeTypes);
        return vec![Step {
            phase: Phase::MakeTypes,
            title: format!("change the values of type {}", new.name),
            note: Some(
                "writes the tables anew that use it; fails where a row holds a value that is gone"
                    .to_owned(),
            ),
            up: replace_enum(&aside, old, new, &columns, around()),
            down: replace_enum(&aside, new, old, &columns, around()),
        }];
    }
    // The way back names tables, so these must have one name before and behind it.
    let phase = if sides.has_renames { Phase::MakeTypes } else { Phase::AddValues };
    let columns = columns_of(sides, &old.name, phase);
    let around = || standing(sides, &old.name, &columns, phase);
    let mut steps = Vec::new();
    let mut so_far = old.labels.clone();
    for (at, label) in new.labels.iter().enumerate() {
        if so_far.contains(label) {
            continue;
        }
        let before = Enum { labels: so_far.clone(), ..old.clone() };
        so_far.insert(at, label.clone());
        let after = Enum { labels: so_far.clone(), ..old.clone() };
        let mut sql = Sql::raw("alter type ").ident(&old.name).push(" add value ").literal(label);
        if let Some(next) = so_far.get(at + 1) {
            sql = sql.push(" before ").literal(next);
        }
        steps.push(Step {
            phase,
            title: format!("add value {label} to type {}", new.name),
            note: Some("on the way back, fails where a row holds the value".to_owned()),
            up: vec![Statement::free(sql)],
            down: replace_enum(&aside, &after, &before, &columns, around()),
        });
    }
    steps
}

/// Columns of a type in the database that are there when a phase begins.
fn columns_of<'a>(sides: &Sides<'a>, name: &Ident, phase: Phase) -> Vec<(&'a Ident, &'a Column)> {
    let is_of = |column: &Column| printed::mentions(&column.type_name, name.as_str());
    let all = sides
        .base
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (&table.name, column)));
    let is_there = |(table, column): &(&Ident, &Column)| {
        let stays = sides.wanted.table(table).is_some_and(|new| new.column(&column.name).is_some());
        phase < Phase::DropColumns
            || (stays && !sides.is_remade(table, std::slice::from_ref(&column.name)))
    };
    all.filter(|(_, column)| is_of(column)).filter(is_there).collect()
}

fn replace_enum(
    aside: &Ident,
    old: &Enum,
    new: &Enum,
    columns: &[(&Ident, &Column)],
    around: Standing,
) -> Vec<Statement> {
    let rename = Sql::raw("alter type ").ident(&old.name).push(" rename to ").ident(aside);
    let mut way = around.take_down;
    way.push(Statement::free(rename));
    way.push(Statement::free(create_enum(&new.name, &new.labels)));
    for (table, column) in columns {
        let alter = |sql: Sql| Statement::brief(sql, Lock::AccessExclusive, table);
        let head = || alter_column(table, &column.name);
        if column.default.is_some() {
            way.push(alter(head().push("drop default")));
        }
        let to = &column.type_name;
        let through = if to.as_str().ends_with("[]") { "::text[]::" } else { "::text::" };
        let change =
            head().push("type ").sql(to).push(" using ").ident(&column.name).push(through).sql(to);
        way.push(alter(change).working(Work::Rewrite));
        if let Some(default) = &column.default {
            way.push(alter(head().push("set default ").sql(default)));
        }
    }
    way.push(Statement::free(Sql::raw("drop type ").ident(aside)));
    if let Some(comment) = &new.comment {
        let said = Sql::raw("comment on type ").ident(&new.name).push(" is ").literal(comment);
        way.push(Statement::free(said));
    }
    way.extend(around.put_back);
    way
}

fn make_domain(domain: &Domain) -> Step {
    let mut sql = Sql::raw("create domain ").ident(&domain.name).push(" as ").sql(&domain.base);
    if let Some(collation) = &domain.collation {
        sql = sql.push(" collate ").sql(collation);
    }
    if let Some(default) = &domain.default {
        sql = sql.push(" default ").sql(default);
    }
    if domain.not_null {
        sql = sql.push(" not null");
    }
    for check in &domain.checks {
        sql = sql.push(" constraint ").ident(&check.name).push(" ").sql(&check.definition);
    }
    let drop = Sql::raw("drop domain ").ident(&domain.name);
    let mut step = Step::new(
        Phase::MakeTypes,
        format!("create domain {}", domain.name),
        Statement::free(sql),
        Statement::free(drop),
    );
    let said = comment(&object("domain", &domain.name), None, domain.comment.as_deref());
    step.up.extend(said.into_iter().flat_map(|said| said.up));
    step
}

/// Tables in the database with columns of a domain, whose rows the server reads when the domain refuses more.
fn tables_of(sides: &Sides<'_>, name: &Ident) -> Vec<Ident> {
    let uses = |column: &Column| printed::mentions(&column.type_name, name.as_str());
    let tables = sides.base.tables.iter().filter(|table| table.columns.iter().any(uses));
    tables.map(|table| table.name.clone()).collect()
}

fn change_domain(old: &Domain, new: &Domain, tables: &[Ident]) -> Vec<Step> {
    let name = &new.name;
    let alter =
        |action: Sql| Statement::free(Sql::raw("alter domain ").ident(name).push(" ").sql(&action));
    let reading = |statement: Statement| Statement {
        lock: Lock::Share,
        on: tables.to_vec(),
        work: Work::Scan,
        ..statement
    };
    let mut steps = Vec::new();
    let title = |what: &str| format!("change {what} of domain {name}");
    if old.default != new.default {
        let way = |to: &Domain| match &to.default {
            Some(default) => alter(Sql::raw("set default ").sql(default)),
            None => alter(Sql::raw("drop default")),
        };
        steps.push(Step::new(Phase::MakeTypes, title("the default"), way(new), way(old)));
    }
    if old.not_null != new.not_null {
        let way = |to: &Domain| {
            let set = to.not_null;
            let words = if set { "set not null" } else { "drop not null" };
            let statement = alter(Sql::raw(words));
            if set { reading(statement) } else { statement }
        };
        steps.push(Step::new(Phase::AlterColumns, title("NULL"), way(new), way(old)));
    }
    let pairs = Pairs::by_name(&old.checks, &new.checks, |c| &c.name, |a, b| a == b);
    let add = |check: &DomainCheck| {
        let sql = Sql::raw("add constraint ").ident(&check.name).push(" ").sql(&check.definition);
        reading(alter(sql))
    };
    let drop = |check: &DomainCheck| alter(Sql::raw("drop constraint ").ident(&check.name));
    let gone = pairs.gone.into_iter().chain(pairs.changed.iter().map(|(old, _)| *old));
    steps.extend(gone.map(|check| {
        let title = format!("drop check {} of domain {name}", check.name);
        Step::new(Phase::DropConstraints, title, drop(check), add(check))
    }));
    let made = pairs.new.into_iter().chain(pairs.changed.iter().map(|(_, new)| *new));
    steps.extend(made.map(|check| {
        let title = format!("add check {} to domain {name}", check.name);
        Step::new(Phase::AddChecks, title, add(check), drop(check))
    }));
    steps
}
