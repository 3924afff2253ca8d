//! `INSERT`: which columns get which cells, row by row or from a query.

use super::change::query_column;
use super::conflict::Conflict;
use super::program::{Program, Target, effect, field, position};
use crate::ast::{Expr, Insert, Literal, ResultColumn, Select, SelectBody};
use crate::schema::target::{Step, TriggerEvent};
use crate::sql::Sql;
use crate::translate::compound::Body;
use crate::translate::scope::{Frame, Resolved};
use crate::translate::typed::{Type, Typed, fill};
use crate::translate::{Effect, Field, Unsupported};

/// A cell to be written, and whether it may be NULL.
struct Cell {
    sql: Sql,
    nullable: bool,
}

/// What is inserted.
enum Rows {
    Default,
    Listed(Vec<Vec<Cell>>),
    /// A query that gives the cells, in order, and whether each may be NULL.
    Query(Sql, Vec<bool>),
}

impl Program<'_, '_> {
    pub(super) fn insert(
        &mut self,
        insert: &Insert,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        let target = self.target(&insert.table)?;
        let columns = columns(&target, insert)?;
        let rows = match &insert.source {
            None => Rows::Default,
            Some(select) => self.rows(select, &target, &columns, frame)?,
        };
        let conflict = self.conflict(insert, &target, frame)?;
        self.effects.push(Effect {
            overrides: conflict.overrides,
            ..effect(&target, TriggerEvent::Insert)
        });
        let mut start = Sql::raw("insert into ").sql(&target.sql);
        if !matches!(rows, Rows::Default) {
            let mut names = Vec::new();
            for column in &columns {
                names.push(&field(&target, *column)?.target);
            }
            start = start.push(" (").idents(names).push(")");
        }
        written(start, rows, &columns, &target, &conflict)
    }

    fn rows(
        &mut self,
        select: &Select,
        target: &Target<'_>,
        columns: &[usize],
        frame: &Frame<'_>,
    ) -> Result<Rows, Unsupported> {
        let simple = select.with.is_none()
            && select.order_by.is_empty()
            && select.limit.is_none()
            && select.offset.is_none();
        match &select.body {
            SelectBody::Values(rows) if simple => {
                let mut listed = Vec::new();
                for row in rows {
                    listed.push(self.row(row, target, columns, frame)?);
                }
                Ok(Rows::Listed(listed))
            }
            SelectBody::Core(core) if simple && !core.distinct => {
                let exprs: Vec<Option<&Expr>> = core
                    .columns
                    .iter()
                    .map(|column| match column {
                        ResultColumn::Expr { expr, .. } => Some(expr),
                        ResultColumn::Star | ResultColumn::TableStar(_) => None,
                    })
                    .collect();
                let Body::Part(part) = self.translator.body(&select.body, frame, &[])? else {
                    return Err(Unsupported::new("a query that cannot be read"));
                };
                let expanded = exprs.len() != part.columns.len();
                let values = part.columns.iter().enumerate().map(|(index, (_, value))| {
                    let expr = if expanded { None } else { exprs.get(index).copied().flatten() };
                    (expr, value.clone())
                });
                let values: Vec<(Option<&Expr>, Typed)> = values.collect();
                let cells = self.query_cells(&values, target, columns)?;
                let nullable = cells.iter().map(|cell| cell.nullable).collect();
                let sql = Sql::raw("select ")
                    .join(named(cells), ", ")
                    .sql(&part.tail);
                Ok(Rows::Query(sql, nullable))
            }
            SelectBody::Values(_) | SelectBody::Core(_) | SelectBody::Compound { .. } => {
                let query = self.translator.select(select, frame)?;
                let values: Vec<(Option<&Expr>, Typed)> = query
                    .columns
                    .iter()
                    .map(|column| (None, query_column("picked", column)))
                    .collect();
                let cells = self.query_cells(&values, target, columns)?;
                let nullable = cells.iter().map(|cell| cell.nullable).collect();
                let sql = Sql::raw("select ")
                    .join(named(cells), ", ")
                    .push(" from (")
                    .sql(&query.sql)
                    .push(") as \"picked\"");
                Ok(Rows::Query(sql, nullable))
            }
        }
    }

    fn row(
        &mut self,
        row: &[Expr],
        target: &Target<'_>,
        columns: &[usize],
        frame: &Frame<'_>,
    ) -> Result<Vec<Cell>, Unsupported> {
        same_width(row.len(), columns.len())?;
        let mut cells = Vec::new();
        for (expr, column) in row.iter().zip(columns) {
            let value = self.translator.expr(expr, frame)?.value()?;
            let nullable = may_be_null(expr, frame)?;
            let sql = if is_identity(target, *column) && value.ty == Type::Null {
                Sql::raw("default")
            } else {
                let cell = self.cell(target, *column, (Some(expr), &value))?;
                self.numbered_cell(target, *column, cell, nullable)?
            };
            let nullable = nullable && !is_identity(target, *column);
            cells.push(Cell { sql, nullable });
        }
        Ok(cells)
    }

    fn query_cells(
        &mut self,
        values: &[(Option<&Expr>, Typed)],
        target: &Target<'_>,
        columns: &[usize],
    ) -> Result<Vec<Cell>, Unsupported> {
        same_width(values.len(), columns.len())?;
        let mut cells = Vec::new();
        for ((expr, value), column) in values.iter().zip(columns) {
            let value = value.value()?;
            let cell = self.cell(target, *column, (*expr, &value))?;
            let nullable = value.constant.is_none();
            let sql = self.numbered_cell(target, *column, cell, nullable)?;
            cells.push(Cell { sql, nullable: nullable && !is_identity(target, *column) });
        }
        Ok(cells)
    }

    /// A column that numbers itself does so for NULL too; PostgreSQL's takes it for a NULL.
    fn numbered_cell(
        &self,
        target: &Target<'_>,
        column: usize,
        cell: Sql,
        nullable: bool,
    ) -> Result<Sql, Unsupported> {
        if !nullable || !is_identity(target, column) {
            return Ok(cell);
        }
        let table =
            Sql::new().qualified(&self.context.catalogue.schema, &target.relation.target);
        let next = Sql::raw("nextval(pg_get_serial_sequence(")
            .literal(table.as_str())
            .push(", ")
            .literal(field(target, column)?.target.as_str())
            .push("))");
        Ok(if cell.as_str() == "null" { next } else { fill("coalesce({0}, {1})", &[&cell, &next]) })
    }
}

/// Puts an insert together: in one statement, or row by row where each may fail for itself.
fn written(
    start: Sql,
    rows: Rows,
    columns: &[usize],
    target: &Target<'_>,
    conflict: &Conflict,
) -> Result<Vec<Step>, Unsupported> {
    let whole = |sql: Sql| Step::Run(sql.sql(&conflict.tail));
    Ok(match rows {
        Rows::Default => {
            let step = whole(start.push(" default values"));
            vec![if conflict.skips && breaks(target, columns, None) {
                Step::Tolerate(vec![step])
            } else {
                step
            }]
        }
        Rows::Listed(mut listed) => {
            for row in &mut listed {
                defaults(row, columns, target, conflict);
            }
            let fragile = listed.iter().any(|row| {
                let nullable: Vec<bool> = row.iter().map(|cell| cell.nullable).collect();
                breaks(target, columns, Some(&nullable))
            });
            let tuple = |row: Vec<Cell>| {
                Sql::raw("(").join(row.into_iter().map(|cell| cell.sql), ", ").push(")")
            };
            if conflict.skips && fragile {
                let one = |row| {
                    let sql = start.clone().push(" values ").sql(&tuple(row));
                    Step::Tolerate(vec![whole(sql)])
                };
                listed.into_iter().map(one).collect()
            } else {
                vec![whole(start.push(" values ").join(listed.into_iter().map(tuple), ", "))]
            }
        }
        Rows::Query(query, nullable) if conflict.skips && breaks(target, columns, Some(&nullable)) => {
            let cells = (1..=columns.len()).map(|number| {
                let name = crate::name::fit(&format!("c{number}"));
                Sql::new().qualified(&crate::name::fit(Step::ROW), &name)
            });
            let sql = start.push(" values (").join(cells, ", ").push(")");
            vec![Step::ForEach { query, steps: vec![Step::Tolerate(vec![whole(sql)])] }]
        }
        Rows::Query(query, nullable) => {
            if conflict.replaces && breaks(target, columns, Some(&nullable)) {
                return Err(Unsupported::new(
                    "INSERT OR REPLACE from a query into columns that take no NULL or have a CHECK",
                ));
            }
            vec![whole(start.push(" ").sql(&query))]
        }
    })
}

/// `OR REPLACE` puts the default where a column takes no NULL.
fn defaults(row: &mut [Cell], columns: &[usize], target: &Target<'_>, conflict: &Conflict) {
    if !conflict.replaces {
        return;
    }
    for (cell, column) in row.iter_mut().zip(columns) {
        let not_null = target.relation.columns.get(*column).is_some_and(|field| field.not_null);
        let default = target.written.columns.get(*column).and_then(|facts| facts.default.as_ref());
        if let (true, true, Some(default)) = (not_null, cell.nullable, default) {
            cell.sql = if cell.sql.as_str() == "null" {
                Sql::raw("default")
            } else {
                fill("coalesce({0}, {1})", &[&cell.sql, default])
            };
            cell.nullable = false;
        }
    }
}

/// Returns whether a row may break `not null` or a check. `nullable` is for the columns given; without
/// it none is.
fn breaks(target: &Target<'_>, columns: &[usize], nullable: Option<&[bool]>) -> bool {
    if target.written.checks {
        return true;
    }
    let fields = target.relation.columns.iter().zip(&target.written.columns).enumerate();
    fields.into_iter().any(|(index, (field, facts))| {
        if !field.not_null || facts.generated {
            return false;
        }
        let given = columns.iter().position(|column| *column == index);
        match nullable.and_then(|nullable| nullable.get(given?)) {
            Some(nullable) => *nullable,
            None => facts.default.is_none() && !facts.identity,
        }
    })
}

/// Returns the columns that get cells: those written, or all that are not generated.
fn columns(target: &Target<'_>, insert: &Insert) -> Result<Vec<usize>, Unsupported> {
    if insert.columns.is_empty() {
        let facts = target.written.columns.iter().enumerate();
        return Ok(facts.filter(|(_, facts)| !facts.generated).map(|(index, _)| index).collect());
    }
    let mut columns = Vec::new();
    for name in &insert.columns {
        let column = position(target, name)?;
        if target.written.columns.get(column).is_some_and(|facts| facts.generated) {
            return Err(Unsupported::new(format!("it gives the generated column `{}`", name.text)));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn is_identity(target: &Target<'_>, column: usize) -> bool {
    target.written.columns.get(column).is_some_and(|facts| facts.identity)
}

fn same_width(values: usize, columns: usize) -> Result<(), Unsupported> {
    if values == columns {
        return Ok(());
    }
    Err(Unsupported::new(format!("{values} values for {columns} columns")))
}

/// Returns whether an expression may be NULL, as far as its form tells.
fn may_be_null(expr: &Expr, frame: &Frame<'_>) -> Result<bool, Unsupported> {
    if let Expr::Literal(literal) = expr {
        return Ok(*literal == Literal::Null);
    }
    let Expr::Column { table, column, .. } = expr else { return Ok(true) };
    let table = table.as_ref().map(|name| name.text.as_str());
    Ok(match frame.resolve(table, &column.text)? {
        Resolved::Column { field: Field { not_null, .. }, .. } => !not_null,
        Resolved::Alias(_) | Resolved::Unknown => true,
    })
}

/// Gives the cells of a query names, by which a loop calls them.
fn named(cells: Vec<Cell>) -> impl Iterator<Item = Sql> {
    (1..).zip(cells).map(|(number, cell): (usize, Cell)| {
        cell.sql.push(" as ").ident(&crate::name::fit(&format!("c{number}")))
    })
}
