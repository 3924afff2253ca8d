//! `INSERT`: which columns get which cells, row by row or from a query.

use super::change::query_column;
use super::conflict::Conflict;
use super::program::{Program, Target, effect, field, position};
use crate::ast::{Expr, Insert, Literal, ResultColumn, Select, SelectBody};
use crate::schema::target::{Branch, Step, TriggerEvent};
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
    Listed(Vec<Vec<Cell>>),
    /// A query that gives the cells, in order.
    Query(Sql, Vec<Cell>),
}

impl Program<'_, '_> {
    pub(super) fn insert(
        &mut self,
        insert: &Insert,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        let target = self.target(&insert.table)?;
        let columns = columns(&target, insert)?;
        let rows = self.rows(&insert.source, &target, &columns, frame)?;
        let conflict = self.conflict(insert, &target, frame)?;
        self.effects.push(Effect {
            overrides: conflict.overrides,
            ..effect(&target, TriggerEvent::Insert)
        });
        let fragile = match &rows {
            Rows::Listed(listed) => listed.iter().any(|row| breaks(&target, &columns, row)),
            Rows::Query(_, cells) => breaks(&target, &columns, cells),
        };
        if conflict.skips && fragile {
            self.left_out.insert(target.relation.source_name.clone());
        }
        let mut names = Vec::new();
        for column in &columns {
            names.push(&field(&target, *column)?.target);
        }
        let start = Sql::raw("insert into ").sql(&target.sql).push(" (").idents(names).push(")");
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
                let sql = Sql::raw("select ").join(named(&cells), ", ").sql(&part.tail);
                Ok(Rows::Query(sql, cells))
            }
            SelectBody::Values(_) | SelectBody::Core(_) | SelectBody::Compound { .. } => {
                let query = self.translator.select(select, frame)?;
                let values: Vec<(Option<&Expr>, Typed)> = query
                    .columns
                    .iter()
                    .map(|column| (None, query_column("picked", column)))
                    .collect();
                let cells = self.query_cells(&values, target, columns)?;
                let sql = Sql::raw("select ")
                    .join(named(&cells), ", ")
                    .push(" from (")
                    .sql(&query.sql)
                    .push(") as \"picked\"");
                Ok(Rows::Query(sql, cells))
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
        let table = Sql::new().qualified(&self.context.catalogue.schema, &target.relation.target);
        let next = Sql::raw("nextval(pg_get_serial_sequence(")
            .literal(table.as_str())
            .push(", ")
            .literal(field(target, column)?.target.as_str())
            .push("))");
        Ok(if cell.as_str() == "null" { next } else { fill("coalesce({0}, {1})", &[&cell, &next]) })
    }
}

/// Puts an insert together: in one statement, or row by row where each may be left out for itself.
fn written(
    start: Sql,
    rows: Rows,
    columns: &[usize],
    target: &Target<'_>,
    conflict: &Conflict,
) -> Result<Vec<Step>, Unsupported> {
    let whole = |sql: Sql| Step::Run(sql.sql(&conflict.tail));
    Ok(match rows {
        Rows::Listed(mut listed) => {
            for row in &mut listed {
                defaults(row, columns, target, conflict);
            }
            let fragile = listed.iter().any(|row| breaks(target, columns, row));
            let tuple = |row: &[Cell]| {
                Sql::raw("(").join(row.iter().map(|cell| cell.sql.clone()), ", ").push(")")
            };
            if conflict.skips && fragile {
                let one = |row: &Vec<Cell>| {
                    let sql = start.clone().push(" values ").sql(&tuple(row));
                    unless_broken(whole(sql), row, columns, target)
                };
                listed.iter().flat_map(one).collect()
            } else {
                let tuples = listed.iter().map(|row| tuple(row));
                vec![whole(start.push(" values ").join(tuples, ", "))]
            }
        }
        Rows::Query(query, cells) if conflict.skips && breaks(target, columns, &cells) => {
            let cells: Vec<Cell> =
                (1..).zip(cells).map(|(number, cell)| from_loop(number, &cell)).collect();
            let values = cells.iter().map(|cell| cell.sql.clone());
            let sql = start.push(" values (").join(values, ", ").push(")");
            let steps = unless_broken(whole(sql), &cells, columns, target);
            vec![Step::ForEach { query, steps }]
        }
        Rows::Query(query, cells) => {
            if conflict.replaces && breaks(target, columns, &cells) {
                return Err(Unsupported::new(
                    "INSERT OR REPLACE from a query into columns that take no NULL or have a CHECK",
                ));
            }
            vec![whole(start.push(" ").sql(&query))]
        }
    })
}

/// Returns a cell of a loop's row.
fn from_loop(number: usize, cell: &Cell) -> Cell {
    let name = crate::name::fit(&format!("c{number}"));
    let sql = Sql::new().qualified(&crate::name::fit(Step::ROW), &name);
    Cell { sql, nullable: cell.nullable }
}

/// Returns an insert of one row that is left out where it breaks `NOT NULL` or a `CHECK`.
fn unless_broken(insert: Step, row: &[Cell], columns: &[usize], target: &Target<'_>) -> Vec<Step> {
    let mut steps = vec![insert];
    if target.written.checks {
        steps = vec![Step::Tolerate(steps)];
    }
    let mut conditions = Vec::new();
    for (index, field) in target.relation.columns.iter().enumerate() {
        match columns.iter().zip(row).find(|(column, _)| **column == index) {
            Some((_, cell)) if field.not_null && cell.nullable => {
                conditions.push(fill("({0}) is not null", &[&cell.sql]));
            }
            Some(_) => {}
            None if is_missing(target, index) => conditions.push(Sql::raw("false")),
            None => {}
        }
    }
    if conditions.is_empty() {
        return steps;
    }
    let condition = Sql::new().join(conditions, " and ");
    vec![Step::Choose(vec![Branch { condition, steps }])]
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

/// Returns whether a row may break `NOT NULL` or a `CHECK`.
fn breaks(target: &Target<'_>, columns: &[usize], row: &[Cell]) -> bool {
    let is_null = |index: usize| {
        let given = columns.iter().zip(row).find(|(column, _)| **column == index);
        given.map_or_else(|| is_missing(target, index), |(_, cell)| cell.nullable)
    };
    let mut fields = target.relation.columns.iter().enumerate();
    target.written.checks || fields.any(|(index, field)| field.not_null && is_null(index))
}

/// Returns whether a column that takes no NULL gets one where nothing is given.
fn is_missing(target: &Target<'_>, column: usize) -> bool {
    let not_null = target.relation.columns.get(column).is_some_and(|field| field.not_null);
    let filled = target
        .written
        .columns
        .get(column)
        .is_some_and(|facts| facts.generated || facts.identity || facts.default.is_some());
    not_null && !filled
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
fn named(cells: &[Cell]) -> impl Iterator<Item = Sql> {
    (1..).zip(cells).map(|(number, cell): (usize, &Cell)| {
        cell.sql.clone().push(" as ").ident(&crate::name::fit(&format!("c{number}")))
    })
}
