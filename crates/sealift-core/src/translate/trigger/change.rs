//! `UPDATE` and `DELETE`.

use super::program::{Program, Target, effect, field, position};
use crate::ast::{Assignment, ConflictAction, Delete, Expr, Update};
use crate::schema::target::{Step, TriggerEvent};
use crate::sql::Sql;
use crate::translate::from::Facts;
use crate::translate::scope::Frame;
use crate::translate::typed::{Type, Typed};
use crate::translate::{Effect, Unsupported};

/// `SET …` for PostgreSQL, and the columns it sets.
pub(super) struct Settings {
    pub(super) sql: Sql,
    pub(super) columns: Vec<usize>,
}

impl Program<'_, '_> {
    pub(super) fn update(
        &mut self,
        update: &Update,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        let target = self.target(&update.table)?;
        let mut scope = Frame::inside(frame);
        let from = match &update.from {
            Some(from) => Some(self.translator.from(from, &mut scope, &mut Facts::default())?),
            None => None,
        };
        scope.sources.push(target.source.clone());
        let settings = self.settings(&target, &update.assignments, &scope)?;
        let overrides = self.update_or(update.conflict, &target, &settings)?;
        let mut sql = Sql::raw("update ").sql(&target.sql).push(" set ").sql(&settings.sql);
        if let Some(from) = from {
            sql = sql.push(" from ").sql(&from);
        }
        if let Some(filter) = &update.filter {
            let condition = self.translator.condition(filter, &scope)?;
            sql = sql.push(" where ").sql(&condition.sql);
        }
        self.effects.push(Effect {
            columns: names(&target, &settings.columns),
            overrides,
            own_row: self.is_own_row(target.relation, update.filter.as_ref()),
            ..effect(&target, TriggerEvent::Update)
        });
        Ok(vec![Step::Run(sql)])
    }

    pub(super) fn delete(
        &mut self,
        delete: &Delete,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        let target = self.target(&delete.table)?;
        let scope = Frame { sources: vec![target.source.clone()], ..Frame::inside(frame) };
        let mut sql = Sql::raw("delete from ").sql(&target.sql);
        if let Some(filter) = &delete.filter {
            let condition = self.translator.condition(filter, &scope)?;
            sql = sql.push(" where ").sql(&condition.sql);
        }
        self.effects.push(Effect {
            own_row: self.is_own_row(target.relation, delete.filter.as_ref()),
            ..effect(&target, TriggerEvent::Delete)
        });
        Ok(vec![Step::Run(sql)])
    }

    /// Translates `SET …`.
    pub(super) fn settings(
        &mut self,
        target: &Target<'_>,
        assignments: &[Assignment],
        scope: &Frame<'_>,
    ) -> Result<Settings, Unsupported> {
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        for assignment in assignments {
            let mut positions = Vec::new();
            for name in &assignment.columns {
                let position = position(target, name)?;
                if target.written.columns.get(position).is_some_and(|facts| facts.generated) {
                    return Err(Unsupported::new(format!(
                        "it sets the generated column `{}`",
                        name.text
                    )));
                }
                positions.push(position);
            }
            match (positions.as_slice(), &assignment.value) {
                ([column], value) => parts.push(self.setting(target, *column, value, scope)?),
                (several, Expr::Row(values)) if values.len() == several.len() => {
                    for (column, value) in several.iter().zip(values) {
                        parts.push(self.setting(target, *column, value, scope)?);
                    }
                }
                (several, Expr::Subquery(select)) => {
                    let query = self.translator.select(select, scope)?;
                    parts.push(self.row_setting(target, several, &query.sql, &query.columns)?);
                }
                _ => {
                    return Err(Unsupported::new(
                        "several columns set to something else than a row",
                    ));
                }
            }
            columns.extend(positions);
        }
        Ok(Settings { sql: Sql::new().join(parts, ", "), columns })
    }

    fn setting(
        &mut self,
        target: &Target<'_>,
        column: usize,
        value: &Expr,
        scope: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let typed = self.translator.expr(value, scope)?;
        let cell = self.cell(target, column, (Some(value), &typed))?;
        Ok(Sql::new().ident(&field(target, column)?.target).push(" = ").sql(&cell))
    }

    /// `(a, b) = (select …)`: the first row, NULLs where there is none.
    fn row_setting(
        &mut self,
        target: &Target<'_>,
        columns: &[usize],
        query: &Sql,
        fields: &[crate::translate::Field],
    ) -> Result<Sql, Unsupported> {
        if columns.len() != fields.len() {
            return Err(Unsupported::new("a row set to a query of another width"));
        }
        let mut names = Vec::new();
        let mut cells = Vec::new();
        for (column, found) in columns.iter().zip(fields) {
            let value = query_column("picked", found);
            cells.push(self.cell(target, *column, (None, &value))?);
            names.push(&field(target, *column)?.target);
        }
        Ok(Sql::raw("(")
            .idents(names)
            .push(") = (select ")
            .join(cells, ", ")
            .push(" from (")
            .sql(query)
            .push(" limit 1) as \"picked\")"))
    }

    /// `UPDATE OR …` means something else than `UPDATE` only where the update can break a rule.
    fn update_or(
        &mut self,
        conflict: Option<ConflictAction>,
        target: &Target<'_>,
        settings: &Settings,
    ) -> Result<bool, Unsupported> {
        match conflict {
            None | Some(ConflictAction::Abort | ConflictAction::Rollback) => return Ok(false),
            Some(ConflictAction::Fail) => {
                self.fails = true;
                return Ok(false);
            }
            Some(ConflictAction::Ignore | ConflictAction::Replace) => {}
        }
        let written = target.written;
        let in_key = |column: &usize| written.keys.iter().any(|key| key.contains(column));
        let not_null = |column: &usize| {
            target.relation.columns.get(*column).is_some_and(|field| field.not_null)
        };
        let breaks = written.checks
            || written.other_keys
            || settings.columns.iter().any(|column| in_key(column) || not_null(column));
        if breaks {
            return Err(Unsupported::new(
                "UPDATE OR IGNORE or OR REPLACE of columns that a key, NOT NULL or CHECK is on",
            ));
        }
        Ok(true)
    }
}

/// Returns a column of a subquery as a value.
pub(super) fn query_column(alias: &str, found: &crate::translate::Field) -> Typed {
    let ty = found.data_type.map_or(Type::Null, Type::of);
    let sql = Sql::new().qualified(&crate::name::fit(alias), &found.target);
    let mut value = Typed::new(sql, ty);
    value.affinity = found.affinity;
    value.reading = found.reading;
    value.with_cells(&found.cells)
}

/// Returns the SQLite names of columns.
pub(super) fn names(target: &Target<'_>, columns: &[usize]) -> Vec<String> {
    let fields = columns.iter().filter_map(|column| target.relation.columns.get(*column));
    fields.map(|field| field.source_name.clone()).collect()
}
