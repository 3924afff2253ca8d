//! Defaults, checks, generated columns and index expressions, through the translator.

use super::types::ColumnType;
use super::{Broken, Builder, CheckFacts};
use crate::ast::Expr;
use crate::mapping::PgType;
use crate::name::NameSpace;
use crate::plan::{CheckPolicy, Finding};
use crate::schema::{source, target};
use crate::sql::Sql;
use crate::translate::{self, Catalogue, Cells, Check, Field, Relation, Scope};

impl Builder<'_> {
    /// Returns a table as the translator sees it.
    pub(super) fn relation(&self, position: usize) -> Option<Relation> {
        let table = self.facts.schema.tables.get(position)?;
        let columns = table.columns.iter().enumerate().filter_map(|(index, column)| {
            let chosen = self.column_type(position, index)?;
            Some(Field {
                source_name: column.name.clone(),
                target: self.names.column(position, index)?.clone(),
                data_type: Some(chosen.data_type),
                reading: chosen.reading,
                affinity: Some(column.affinity),
                not_null: column.not_null,
                collation: column.collation.clone(),
                cells: self.cells(position, index, chosen.data_type),
            })
        });
        let keyed =
            table.primary_key.iter().all(|column| self.census(position, *column).nulls == 0);
        Some(Relation {
            source_name: table.name.clone(),
            target: self.names.table(position)?.clone(),
            columns: columns.collect(),
            primary_key: if keyed { table.primary_key.clone() } else { Vec::new() },
            row_id: match table.row_key {
                source::RowKey::Alias { column } => Some(column),
                source::RowKey::Hidden { .. }
                | source::RowKey::Unreachable
                | source::RowKey::PrimaryKey => None,
            },
            hides_row_id: table.hides_row_key(),
        })
    }

    /// Returns what an expression over a table's columns may use.
    fn scope(&self, position: usize) -> Result<Scope, String> {
        let table = self.relation(position).ok_or("its table is not carried")?;
        Ok(Scope { table })
    }

    /// Returns what the census knows of a column's cells beyond their type.
    fn cells(&self, position: usize, index: usize, data_type: PgType) -> Cells {
        let census = self.census(position, index);
        let other_class = matches!(data_type, PgType::Boolean | PgType::Bytea) && census.texts > 0;
        Cells {
            other_class: other_class.then(|| self.object(position, index)),
            moments: census.text.moments.form(),
            repeated_keys: census.text.json_duplicate_keys > 0,
        }
    }

    /// Returns all tables that are taken, for views.
    pub(super) fn catalogue(&self) -> Catalogue {
        let relations =
            self.taken().into_iter().filter_map(|(position, _)| self.relation(position)).collect();
        Catalogue { schema: self.options.schema.clone(), relations }
    }

    pub(super) fn default(
        &mut self,
        table: usize,
        index: usize,
        chosen: &ColumnType,
    ) -> Option<Sql> {
        let column = self.facts.schema.tables.get(table)?.columns.get(index)?;
        let default = column.default.as_ref()?;
        match translate::default(&default.tree, chosen.data_type, chosen.reading) {
            Ok(sql) => sql,
            Err(unsupported) => {
                let object = self.object(table, index);
                self.findings.push(
                    Finding::warning(
                        "default-not-carried",
                        object,
                        format!(
                            "its default ({}) cannot be translated: {unsupported}",
                            default.sql
                        ),
                    )
                    .hinted("set it with: alter table … alter column … set default …"),
                );
                None
            }
        }
    }

    /// Returns the expression of a generated column; `None` also when it could not be translated,
    /// and the column then carries the values that SQLite computed.
    pub(super) fn generated(
        &mut self,
        table: usize,
        index: usize,
        data_type: PgType,
    ) -> Option<Sql> {
        let column = self.facts.schema.tables.get(table)?.columns.get(index)?;
        let generated = column.generated.as_ref()?;
        let translated = self.independent(table, &generated.value.tree).and_then(|scope| {
            translate::generated(&generated.value.tree, &scope, data_type)
                .map_err(|unsupported| unsupported.to_string())
        });
        match translated {
            Ok(sql) => Some(sql),
            Err(reason) => {
                let object = self.object(table, index);
                self.findings.push(
                    Finding::warning(
                        "generated-column-fixed",
                        object,
                        format!(
                            "arrives with the values SQLite computed, as an ordinary column: ({}) cannot be translated: {reason}",
                            generated.value.sql
                        ),
                    )
                    .hinted("add a trigger or compute it in the application"),
                );
                None
            }
        }
    }

    /// Returns the scope of a generated column's expression. In PostgreSQL such an expression cannot
    /// use another generated column (manual, section 5.3).
    fn independent(&self, table: usize, expression: &Expr) -> Result<Scope, String> {
        let columns = self.facts.schema.tables.get(table).map_or(&[][..], |it| &it.columns);
        let mut waiting = vec![expression];
        while let Some(expr) = waiting.pop() {
            if let Expr::Column { column: name, .. } = expr
                && columns.iter().any(|it| it.generated.is_some() && name.is(&it.name))
            {
                return Err("it uses another generated column".to_owned());
            }
            waiting.extend(translate::children(expr));
        }
        self.scope(table)
    }

    pub(super) fn index_expression(
        &self,
        table: usize,
        expression: &source::Expression,
        collation: Option<&str>,
    ) -> Result<Sql, String> {
        let scope = self.scope(table)?;
        translate::index_expression(&expression.tree, collation, &scope)
            .map_err(|unsupported| unsupported.to_string())
    }

    pub(super) fn predicate(
        &self,
        table: usize,
        expression: &source::Expression,
    ) -> Result<Sql, String> {
        let scope = self.scope(table)?;
        translate::predicate(&expression.tree, &scope)
            .map_err(|unsupported| unsupported.to_string())
    }

    /// Returns the checks, and the positions of those whose broken rows are kept apart.
    pub(super) fn checks(
        &mut self,
        position: usize,
        names: &mut NameSpace,
    ) -> (Vec<target::Check>, Vec<usize>) {
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(position) else { return (Vec::new(), Vec::new()) };
        let (mut checks, mut quarantined) = (Vec::new(), Vec::new());
        for (index, check) in table.checks.iter().enumerate() {
            let translated = self.scope(position).and_then(|scope| {
                translate::check(&check.condition.tree, &scope)
                    .map_err(|unsupported| unsupported.to_string())
            });
            match translated {
                Ok(Check::Guaranteed) => {}
                Ok(Check::Condition(condition)) => {
                    let wanted = check.name.clone().unwrap_or_else(|| {
                        let column = check.column.and_then(|column| table.columns.get(column));
                        match column {
                            Some(column) => format!("{}_{}_check", table.name, column.name),
                            None => format!("{}_check", table.name),
                        }
                    });
                    let rule = self.broken_check_rule(table, index);
                    if rule == CheckPolicy::Quarantine {
                        quarantined.push(index);
                    }
                    let name = names.claim(&self.options.identifiers.of(&wanted));
                    let validated = rule != CheckPolicy::NotValid;
                    checks.push(target::Check { name, condition, validated });
                }
                Err(reason) => self.findings.push(
                    Finding::warning(
                        "check-not-carried",
                        format!("check on {}", table.name),
                        format!("({}) cannot be translated: {reason}", check.condition.sql),
                    )
                    .hinted(
                        "write it for PostgreSQL by hand: alter table … add constraint … check (…)",
                    ),
                ),
            }
        }
        (checks, quarantined)
    }

    /// Returns what is done about the rows that break a check, with the finding where there are any
    /// and they stay.
    fn broken_check_rule(&mut self, table: &source::Table, index: usize) -> CheckPolicy {
        let names = checked_columns(table, index);
        let policy = self.options.policies.check.of_columns(&table.name, &names);
        let facts = self.broken(table, Broken::Check(index)).cloned();
        match (policy, facts) {
            (CheckPolicy::Quarantine, _) => CheckPolicy::Quarantine,
            (CheckPolicy::Refuse | CheckPolicy::NotValid, None) => CheckPolicy::Refuse,
            (CheckPolicy::Refuse, Some(facts)) => {
                self.findings.push(broken_check(
                    table,
                    Broken::Check(index),
                    facts.count,
                    facts.keys,
                ));
                CheckPolicy::Refuse
            }
            (CheckPolicy::NotValid, Some(facts)) => {
                self.findings.push(
                    Finding::warning(
                        "check-not-valid",
                        broken_name(table, Broken::Check(index)),
                        "is made not valid, because rows break it",
                    )
                    .rows(facts.count, facts.keys)
                    .hinted("mend the rows, then run: alter table … validate constraint …"),
                );
                CheckPolicy::NotValid
            }
        }
    }

    fn broken(&self, table: &source::Table, broken: Broken) -> Option<&CheckFacts> {
        let mut facts = self.facts.checks.iter();
        facts.find(|it| it.table == table.name && it.broken == broken && it.count > 0)
    }

    /// Returns whether rows with NULL where none may be are kept apart; a finding where they are not.
    pub(super) fn nulls_where_none_may_be(&mut self, position: usize) -> bool {
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(position) else { return false };
        let mut quarantine = false;
        for (index, column) in table.columns.iter().enumerate() {
            let policy = self.options.policies.check.of(&table.name, &column.name);
            let broken = Broken::NotNull(index);
            let Some(facts) = self.broken(table, broken).cloned() else { continue };
            match policy {
                CheckPolicy::Quarantine => quarantine = true,
                CheckPolicy::Refuse | CheckPolicy::NotValid => {
                    self.findings.push(broken_check(table, broken, facts.count, facts.keys));
                }
            }
        }
        quarantine
    }
}

/// Returns the columns that a check names, by which a rule may be given.
fn checked_columns(table: &source::Table, index: usize) -> Vec<&str> {
    let Some(check) = table.checks.get(index) else { return Vec::new() };
    let mut waiting = vec![&check.condition.tree];
    let mut names: Vec<&str> = Vec::new();
    while let Some(expr) = waiting.pop() {
        if let Expr::Column { column: name, .. } = expr {
            let found = table.columns.iter().find(|column| name.is(&column.name));
            names.extend(found.map(|column| column.name.as_str()));
        }
        waiting.extend(translate::children(expr));
    }
    names
}

/// Returns the error about rows that break a check.
#[must_use]
pub fn broken_check(
    table: &source::Table,
    broken: Broken,
    count: u64,
    keys: Vec<String>,
) -> Finding {
    let object = broken_name(table, broken);
    match broken {
        Broken::Check(index) => {
            let sql = table.checks.get(index).map_or("", |check| check.condition.sql.as_str());
            Finding::error("check-broken", object, format!("rows break it: ({sql})"))
                .rows(count, keys)
                .hinted("mend the rows in SQLite, or decide with --on-check not-valid (the check then sees new rows only) or quarantine")
        }
        Broken::NotNull(_) => {
            Finding::error("null-not-allowed", object, "holds NULL, and is declared not null")
                .rows(count, keys)
                .hinted("give those rows a value in SQLite, or decide with --on-check quarantine")
        }
    }
}

fn broken_name(table: &source::Table, broken: Broken) -> String {
    match broken {
        Broken::Check(index) => {
            let check = table.checks.get(index);
            let column = check.and_then(|check| table.columns.get(check.column?));
            match (check.and_then(|check| check.name.as_ref()), column) {
                (Some(name), _) => format!("check {name} on {}", table.name),
                (None, Some(column)) => format!("check on {}.{}", table.name, column.name),
                (None, None) => format!("check on {}", table.name),
            }
        }
        Broken::NotNull(index) => {
            let column = table.columns.get(index).map_or("", |column| column.name.as_str());
            format!("{}.{column}", table.name)
        }
    }
}
