//! [`workload`]: from a schema to what an application may do with it.

use super::insert::insert;
use super::subject::Subject;
use super::{Arrangement, Kind, Left, Operation, Texts};
use crate::plan::Plan;
use crate::schema::source;
use crate::sql::Sql;
use std::collections::BTreeSet;

/// Tables that take part, the largest first: what an application does most is done with a few, and each statement
/// is prepared for every user.
const MOST_TABLES: usize = 8;

/// Foreign keys and indexes of one table that rows are read by.
const MOST_WAYS: usize = 2;

/// Columns that are tried for an update.
const MOST_COLUMNS: usize = 4;

/// What can be done with a schema, and what not.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// What can be done, as far as the schema tells: each operation in one or several forms, the best first, of which
    /// the first that works on both sides is taken.
    pub candidates: Vec<Vec<Operation>>,
    /// What is left out.
    pub left: Vec<Left>,
}

/// Returns what an application may do with the tables of a plan. `schema` is the one that the plan was made for.
#[must_use]
pub fn workload(schema: &source::Schema, plan: &Plan) -> Workload {
    let mut workload = Workload::default();
    let mut tables: Vec<_> = plan
        .tables
        .iter()
        .filter_map(|plan| {
            let mut tables = schema.tables.iter();
            Some((tables.find(|table| table.name.eq_ignore_ascii_case(&plan.source))?, plan))
        })
        .collect();
    // The sort is stable: tables of the same size stay in the schema's order.
    tables.sort_by_key(|(_, plan)| std::cmp::Reverse(plan.rows));
    let mut taken = 0;
    for (table, plan_of_table) in tables {
        let reason = if table.module.is_some() {
            Some("a virtual table's module writes its rows in ways of its own".to_owned())
        } else if plan_of_table.rows == 0 {
            Some("it is empty".to_owned())
        } else if taken == MOST_TABLES {
            Some(format!("the {MOST_TABLES} largest tables are measured"))
        } else {
            None
        };
        match reason {
            Some(reason) => {
                let table = table.name.clone();
                workload.left.push(Left { table, operation: None, reason });
            }
            None => {
                taken += 1;
                workload.add(&Subject::new(table, plan_of_table, &plan.schema));
            }
        }
    }
    workload
}

impl Workload {
    fn add(&mut self, subject: &Subject<'_>) {
        let key = subject.key();
        match &key {
            Some(key) => {
                let form = subject.finding(Kind::ReadByKey, key);
                self.offer(subject, Kind::ReadByKey, form);
            }
            None => self.leave(subject, Kind::ReadByKey, "it has no key"),
        }
        for (kind, columns) in ways(subject) {
            self.offer(subject, kind, subject.finding(kind, &columns));
        }
        match insert(subject) {
            Ok(insert) => self.offer(subject, Kind::Insert, [insert]),
            Err(reason) => self.leave(subject, Kind::Insert, reason),
        }
        match &key {
            Some(key) => {
                let columns = changeable(subject, key);
                let forms = columns.iter().map(|column| update(subject, *column, key));
                self.offer(subject, Kind::Update, forms);
            }
            None => self.leave(subject, Kind::Update, "it has no key"),
        }
    }

    fn offer(
        &mut self,
        subject: &Subject<'_>,
        kind: Kind,
        forms: impl IntoIterator<Item = Operation>,
    ) {
        let forms: Vec<Operation> = forms.into_iter().collect();
        if forms.is_empty() {
            let reason = match kind {
                Kind::Update => "every column is part of a key, a reference or a check of several",
                Kind::ReadByKey | Kind::ReadChildren | Kind::ReadByIndex | Kind::Insert => {
                    "its columns cannot be compared on PostgreSQL"
                }
            };
            self.leave(subject, kind, reason);
            return;
        }
        self.candidates.push(forms);
    }

    fn leave(&mut self, subject: &Subject<'_>, kind: Kind, reason: impl Into<String>) {
        let table = subject.source.name.clone();
        self.left.push(Left { table, operation: Some(kind), reason: reason.into() });
    }
}

/// Returns the foreign keys, then the indexes that begin with another column than the key and those before them.
fn ways(subject: &Subject<'_>) -> Vec<(Kind, Vec<usize>)> {
    let table = subject.source;
    let mut begun: BTreeSet<usize> = table.primary_key.first().copied().into_iter().collect();
    let mut ways = Vec::new();
    for foreign_key in table.foreign_keys.iter().take(MOST_WAYS) {
        begun.extend(foreign_key.columns.first());
        ways.push((Kind::ReadChildren, foreign_key.columns.clone()));
    }
    let unique = table.unique.iter().filter_map(|unique| Some(unique.columns.first()?.column));
    let indexes = table.indexes.iter().filter(|index| index.filter.is_none());
    let indexes = indexes.filter_map(|index| index.columns.first()?.key.column());
    let first = indexes.chain(unique).filter(|column| begun.insert(*column));
    ways.extend(first.take(MOST_WAYS).map(|column| (Kind::ReadByIndex, vec![column])));
    ways
}

/// Returns the columns that can be changed alone, those first that nothing stands on.
fn changeable(subject: &Subject<'_>, key: &[usize]) -> Vec<usize> {
    let table = subject.source;
    let mut fixed: BTreeSet<usize> = subject.references();
    fixed.extend(key);
    fixed.extend(&table.primary_key);
    fixed.extend(table.unique.iter().flat_map(|it| it.columns.iter().map(|key| key.column)));
    let mut stood_on = BTreeSet::new();
    for index in &table.indexes {
        let columns = index.columns.iter().filter_map(|column| column.key.column());
        let set = if index.unique { &mut fixed } else { &mut stood_on };
        set.extend(columns);
    }
    for check in &table.checks {
        let said = named_in(table, &check.condition.sql);
        // A value of another row fits alone, but perhaps not beside this row's others.
        let set = if said.len() > 1 { &mut fixed } else { &mut stood_on };
        set.extend(said);
    }
    let mut columns = subject.written();
    columns.retain(|column| !fixed.contains(column));
    columns.sort_by_key(|column| stood_on.contains(column));
    columns.truncate(MOST_COLUMNS);
    columns
}

/// Returns the columns whose names stand in an expression; one too many does no harm.
fn named_in(table: &source::Table, expression: &str) -> Vec<usize> {
    let expression = expression.to_lowercase();
    let words: BTreeSet<&str> =
        expression.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_named = |name: &str| {
        let name = name.to_lowercase();
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if plain { words.contains(name.as_str()) } else { expression.contains(&name) }
    };
    let columns = table.columns.iter().enumerate();
    columns.filter(|(_, column)| is_named(&column.name)).map(|(position, _)| position).collect()
}

fn update(subject: &Subject<'_>, column: usize, key: &[usize]) -> Operation {
    let cells: Vec<usize> = [column].into_iter().chain(key.iter().copied()).collect();
    let (sqlite, postgres) = Subject::both(|side| {
        let set = Sql::raw("update ").sql(&subject.table(side)).push(" set ");
        let set = set.sql(&subject.equal(side, &[column], 1)).push(" where ");
        Texts {
            statement: set.sql(&subject.equal(side, key, 2)),
            samples: subject.keys(side, &cells, key),
            greatest: None,
        }
    });
    Operation {
        kind: Kind::Update,
        table: subject.source.name.clone(),
        columns: subject.names(&[column]),
        arrangement: Arrangement::FirstOfAnother,
        sqlite,
        postgres,
    }
}

#[cfg(test)]
mod tests;
