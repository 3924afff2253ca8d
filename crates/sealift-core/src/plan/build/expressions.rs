//! Defaults, checks, generated columns and index expressions, through the translator.

use super::Builder;
use super::types::ColumnType;
use crate::ast::Expr;
use crate::mapping::PgType;
use crate::name::NameSpace;
use crate::plan::Finding;
use crate::schema::{source, target};
use crate::sql::Sql;
use crate::translate::{self, Catalogue, Check, Field, Relation, Scope};

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
        })
    }

    /// Returns what an expression over a table's columns may use.
    fn scope(&self, position: usize, expression: &Expr) -> Result<Scope, String> {
        self.same_class(position, expression)?;
        let table = self.relation(position).ok_or("its table is not carried")?;
        Ok(Scope { table })
    }

    /// An expression sees the class of a cell: to SQLite the text 't' in a boolean column is no truth,
    /// and a text is as long as its characters are many although it stands beside blobs. Where such
    /// cells become `boolean` or `bytea`, only whether they are NULL means the same.
    fn same_class(&self, position: usize, expression: &Expr) -> Result<(), String> {
        let columns = self.facts.schema.tables.get(position).map_or(&[][..], |it| &it.columns);
        let mut waiting = vec![expression];
        while let Some(expr) = waiting.pop() {
            if let Expr::Column { column: name, .. } = expr
                && let Some(at) = columns.iter().position(|it| name.is(&it.name))
                && let Some(chosen) = self.column_type(position, at)
            {
                let texts = self.census(position, at).texts;
                match chosen.data_type {
                    PgType::Boolean | PgType::Bytea if texts > 0 => {
                        return Err(format!(
                            "{} holds texts in SQLite and is {} on PostgreSQL",
                            self.object(position, at),
                            chosen.data_type
                        ));
                    }
                    PgType::Boolean
                    | PgType::Bytea
                    | PgType::SmallInt
                    | PgType::Integer
                    | PgType::BigInt
                    | PgType::Double
                    | PgType::Numeric(_)
                    | PgType::Text
                    | PgType::Varchar(_)
                    | PgType::Date
                    | PgType::Time
                    | PgType::Timestamp
                    | PgType::TimestampTz
                    | PgType::Json
                    | PgType::Jsonb
                    | PgType::Uuid => {}
                }
            }
            if !matches!(expr, Expr::IsNull { operand, .. } if matches!(**operand, Expr::Column { .. }))
            {
                waiting.extend(translate::children(expr));
            }
        }
        Ok(())
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
        self.scope(table, expression)
    }

    pub(super) fn index_expression(
        &self,
        table: usize,
        expression: &source::Expression,
        collation: Option<&str>,
    ) -> Result<Sql, String> {
        let scope = self.scope(table, &expression.tree)?;
        translate::index_expression(&expression.tree, collation, &scope)
            .map_err(|unsupported| unsupported.to_string())
    }

    pub(super) fn predicate(
        &self,
        table: usize,
        expression: &source::Expression,
    ) -> Result<Sql, String> {
        let scope = self.scope(table, &expression.tree)?;
        translate::predicate(&expression.tree, &scope)
            .map_err(|unsupported| unsupported.to_string())
    }

    pub(super) fn checks(&mut self, position: usize, names: &mut NameSpace) -> Vec<target::Check> {
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(position) else { return Vec::new() };
        let mut checks = Vec::new();
        for check in &table.checks {
            let translated = self.scope(position, &check.condition.tree).and_then(|scope| {
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
                    checks.push(target::Check { name: names.claim(&wanted), condition });
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
        checks
    }
}
