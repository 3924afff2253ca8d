//! Queries.

use super::Unsupported;
use super::compound::{
    Body, Classes, Part, column_types, finish, merge_types, output, render, set_operator,
};
use super::convert::unify;
use super::expression::Translator;
use super::functions::aggregate::{order_term, plainly_equal};
use super::group::{Grouping, place_of};
use super::scope::{Field, Frame, Relation, Source};
use super::typed::{Collation, Type, Typed};
use crate::ast::{
    CommonTable, CompoundOp, Expr, Literal, Name, OrderTerm, Quote, ResultColumn, Select,
    SelectBody, SelectCore, With,
};
use crate::name::{Ident, NameSpace, fit};
use crate::sql::Sql;

/// A translated query.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) sql: Sql,
    pub(super) columns: Vec<Field>,
    /// Whether it always returns one row.
    pub(super) single_row: bool,
}

impl Translator<'_> {
    /// Translates a query that stands inside `parent`.
    pub(super) fn select(
        &mut self,
        select: &Select,
        parent: &Frame<'_>,
    ) -> Result<Query, Unsupported> {
        let classes = std::mem::take(&mut self.keeps_classes);
        let mut scope = Frame::inside(parent);
        let with = match &select.with {
            Some(with) => self.with(with, &mut scope)?,
            None => Sql::new(),
        };
        let limited = select.limit.is_some() || select.offset.is_some();
        let outside = std::mem::replace(&mut self.limited, limited);
        let body = self.body(&select.body, &scope, &select.order_by)?;
        self.limited = outside;
        let ordered = std::mem::take(&mut self.ordered);
        let mut query = finish(body, &select.order_by, classes)?;
        query.sql = with.sql(&query.sql);
        self.rows.chosen |= limited && !ordered;
        // A negative limit is none, a negative offset is 0.
        if let Some(limit) = &select.limit {
            let count = self.row_count(limit)?;
            query.sql = match count.literal_integer() {
                Some(count) if count < 0 => query.sql,
                Some(count) => query.sql.push(" limit ").int(count),
                None => {
                    let count = count.derive("(case when {0} >= 0 then {0} end)", Type::BigInt);
                    query.sql.push(" limit ").sql(&count.sql)
                }
            };
        }
        if let Some(offset) = &select.offset {
            let count = self.row_count(offset)?;
            query.sql = match count.literal_integer() {
                Some(count) if count <= 0 => query.sql,
                Some(count) => query.sql.push(" offset ").int(count),
                None => {
                    let count = count.derive("greatest({0}, 0)", Type::BigInt);
                    query.sql.push(" offset ").sql(&count.sql)
                }
            };
        }
        Ok(query)
    }

    /// Translates a `LIMIT` or `OFFSET`, which can use no column.
    fn row_count(&mut self, expr: &Expr) -> Result<Typed, Unsupported> {
        let value = self.expr(expr, &Frame::default())?;
        if value.ty.is_integer() {
            Ok(value)
        } else {
            Err(Unsupported::new("a LIMIT or OFFSET that is not a whole number"))
        }
    }

    fn with(&mut self, with: &With, scope: &mut Frame<'_>) -> Result<Sql, Unsupported> {
        let mut tables = Vec::new();
        let mut recursive = false;
        for table in &with.tables {
            let (query, is_recursive) = self.common_table(table, scope)?;
            recursive = recursive || is_recursive;
            let relation = relation_of(&table.name.text, query.columns);
            tables.push(
                Sql::new()
                    .ident(&relation.target)
                    .push(" (")
                    .idents(relation.columns.iter().map(|field| &field.target))
                    .push(") as (")
                    .sql(&query.sql)
                    .push(")"),
            );
            scope.common.push(relation);
        }
        let start = if recursive { "with recursive " } else { "with " };
        Ok(Sql::raw(start).join(tables, ", ").push(" "))
    }

    /// Translates a common table; one that reads itself takes its types from its first half.
    fn common_table(
        &mut self,
        table: &CommonTable,
        scope: &Frame<'_>,
    ) -> Result<(Query, bool), Unsupported> {
        let rename = |mut query: Query| -> Result<Query, Unsupported> {
            if !table.columns.is_empty() {
                let names: Vec<String> =
                    table.columns.iter().map(|name| name.text.clone()).collect();
                rename_columns(&mut query.columns, &names)?;
            }
            Ok(query)
        };
        let SelectBody::Compound { op, left, right } = &table.select.body else {
            return Ok((rename(self.select(&table.select, scope)?)?, false));
        };
        if !super::walk::reads(&table.select.body, &table.name.text) {
            return Ok((rename(self.select(&table.select, scope)?)?, false));
        }
        // Without a limit an order only says which row is taken next.
        let plain = table.select.limit.is_none()
            && table.select.offset.is_none()
            && table.select.with.is_none()
            && matches!(op, CompoundOp::Union | CompoundOp::UnionAll);
        if !plain {
            return Err(Unsupported::new("a recursive query with LIMIT or WITH"));
        }
        let mut types: Option<Vec<Type>> = None;
        for _ in 0..3 {
            let start = self.body(left, scope, &[])?;
            let first = render(start, types.as_deref(), Classes::Lost)?;
            let first = rename(first)?;
            let wanted: Vec<Type> = first
                .columns
                .iter()
                .map(|field| field.data_type.map_or(Type::Text, Type::of))
                .collect();
            let mut inner = Frame::inside(scope);
            inner.common.push(relation_of(&table.name.text, first.columns.clone()));
            let step = self.body(right, &inner, &[])?;
            let found = column_types(&step, Classes::Lost)?;
            let unified = merge_types(&wanted, &found)?;
            if unified == wanted {
                let second = render(step, Some(&wanted), Classes::Lost)?;
                let between = set_operator(*op);
                let sql = first.sql.push(between).sql(&second.sql);
                return Ok((Query { sql, columns: first.columns, single_row: false }, true));
            }
            types = Some(unified);
        }
        Err(Unsupported::new("a recursive query whose types do not settle"))
    }

    pub(super) fn body(
        &mut self,
        body: &SelectBody,
        scope: &Frame<'_>,
        order_by: &[OrderTerm],
    ) -> Result<Body, Unsupported> {
        Ok(match body {
            SelectBody::Core(core) => Body::Part(Box::new(self.core(core, scope, order_by)?)),
            SelectBody::Values(rows) => Body::Part(Box::new(self.values(rows, scope)?)),
            SelectBody::Compound { op, left, right } => {
                let left = Box::new(self.body(left, scope, &[])?);
                let right = Box::new(self.body(right, scope, &[])?);
                self.ordered = false;
                Body::Compound { op: *op, left, right }
            }
        })
    }

    fn values(&mut self, rows: &[Vec<Expr>], scope: &Frame<'_>) -> Result<Part, Unsupported> {
        let mut translated = Vec::new();
        for row in rows {
            let mut values = Vec::new();
            for expr in row {
                values.push(self.expr(expr, scope)?.value()?);
            }
            translated.push(values);
        }
        let width = rows.first().map_or(0, Vec::len);
        let mut types = Vec::new();
        for index in 0..width {
            let column: Vec<&Typed> = translated.iter().filter_map(|row| row.get(index)).collect();
            types.push(unify(&column)?);
        }
        let mut rendered = Vec::new();
        for row in &translated {
            let mut cells = Vec::new();
            for (value, ty) in row.iter().zip(&types) {
                cells.push(output(&value.convert(*ty)?));
            }
            rendered.push(Sql::raw("(").join(cells, ", ").push(")"));
        }
        let table = fit("values");
        let names: Vec<Ident> = (1..=width).map(|n| fit(&format!("column{n}"))).collect();
        let tail = Sql::raw(" from (values ").join(rendered, ", ").push(") as ").ident(&table);
        let columns = names
            .iter()
            .zip(&types)
            .map(|(name, ty)| {
                let sql = Sql::new().qualified(&table, name);
                (name.as_str().to_owned(), Typed::new(sql, *ty))
            })
            .collect();
        Ok(Part {
            distinct: false,
            columns,
            tail: tail.push(" (").idents(&names).push(")"),
            order: None,
            single_row: rows.len() == 1,
        })
    }

    fn core(
        &mut self,
        core: &SelectCore,
        scope: &Frame<'_>,
        order_by: &[OrderTerm],
    ) -> Result<Part, Unsupported> {
        let mut frame = Frame::inside(scope);
        let mut facts = super::from::Facts::default();
        let mut tail = Sql::new();
        if let Some(from) = &core.from {
            tail = tail.push(" from ").sql(&self.from(from, &mut frame, &mut facts)?);
        }
        let results = expand(&core.columns, &frame)?;
        // The result columns do not see each other's names; the other clauses see them all.
        let mut columns = Vec::new();
        for result in &results {
            columns.push((result.name.clone(), self.expr(&result.expr, &frame)?));
        }
        frame.aliases = results
            .iter()
            .filter(|result| result.aliased)
            .map(|result| (result.name.clone(), result.expr.clone()))
            .collect();
        if let Some(filter) = &core.filter {
            facts.filter(filter, &frame);
            tail = tail.push(" where ").sql(&self.condition(filter, &frame)?.sql);
        }
        let exprs: Vec<&Expr> = results.iter().map(|result| &result.expr).collect();
        let grouping = Grouping { core, results: &exprs, order_by, facts: &facts };
        let grouped = self.group(&grouping, &frame)?;
        tail = tail.sql(&grouped.sql);
        if let Some(having) = &core.having {
            tail = tail.push(" having ").sql(&self.condition(having, &frame)?.sql);
        }
        let mut windows = Vec::new();
        for (name, window) in &core.windows {
            let definition = self.window(window, &frame)?;
            windows.push(Sql::new().ident(&fit(&name.text)).push(" as ").sql(&definition));
        }
        if !windows.is_empty() {
            tail = tail.push(" window ").join(windows, ", ");
        }
        if core.distinct {
            for (_, value) in &columns {
                plainly_equal(value)?;
            }
        }
        let order =
            if core.distinct { None } else { Some(self.order(order_by, &columns, &frame)?) };
        let single_row = grouped.single_row && core.having.is_none();
        self.ordered = has_no_ties(core, order_by, &frame)?;
        Ok(Part { distinct: core.distinct, columns, tail, order, single_row })
    }

    fn order(
        &mut self,
        terms: &[OrderTerm],
        columns: &[(String, Typed)],
        frame: &Frame<'_>,
    ) -> Result<Vec<Sql>, Unsupported> {
        let mut rendered = Vec::new();
        for term in terms {
            let mut plain = &term.expr;
            let mut collation = None;
            if let Expr::Collate { operand, collation: name } = plain {
                plain = operand;
                collation = Some(name);
            }
            let mut value = match result_index(plain, columns)? {
                Some(index) => columns.get(index).map(|(_, value)| value.clone()),
                None => Some(self.expr(plain, frame)?),
            };
            if let (Some(value), Some(name)) = (&mut value, collation) {
                value.collation = Some((Collation::named(&name.text)?, true));
            }
            if let Some(value) = value {
                // A constant does not order anything, and a bare one would be a position.
                if value.constant.is_none() && value.ty != Type::Null {
                    if self.limited {
                        value.same_order()?;
                    }
                    rendered.push(order_term(&value, term)?);
                }
            }
        }
        Ok(rendered)
    }
}

/// Returns whether an order has no ties: that of the rows of one table, by its whole key.
fn has_no_ties(
    core: &SelectCore,
    order_by: &[OrderTerm],
    frame: &Frame<'_>,
) -> Result<bool, Unsupported> {
    let [source] = frame.sources.as_slice() else { return Ok(false) };
    if source.primary_key.is_empty() || !core.group_by.is_empty() || core.distinct {
        return Ok(false);
    }
    let mut ordered = Vec::new();
    for term in order_by {
        ordered.extend(place_of(&term.expr, frame)?.map(|place| place.column));
    }
    Ok(source.primary_key.iter().all(|column| ordered.contains(column)))
}

/// One result column, stars expanded.
pub(super) struct ResultExpr {
    pub(super) name: String,
    pub(super) expr: Expr,
    pub(super) aliased: bool,
}

fn expand(columns: &[ResultColumn], frame: &Frame<'_>) -> Result<Vec<ResultExpr>, Unsupported> {
    let mut results = Vec::new();
    for column in columns {
        match column {
            ResultColumn::Star => {
                for source in &frame.sources {
                    nameable(source)?;
                    let columns = super::from::all_columns(source, true);
                    results.extend(columns.into_iter().map(|column| unmerged(column, frame)));
                }
            }
            ResultColumn::TableStar(name) => {
                let source =
                    frame.sources.iter().find(|source| name.is(&source.name)).ok_or_else(|| {
                        Unsupported::new(format!("there is no table `{}`", name.text))
                    })?;
                nameable(source)?;
                results.extend(super::from::all_columns(source, false));
            }
            ResultColumn::Expr { expr, alias } => {
                let name = match (alias, expr) {
                    (Some(alias), _) => alias.text.clone(),
                    (None, Expr::Column { column, .. }) => column.text.clone(),
                    (None, _) => format!("column{}", results.len() + 1),
                };
                results.push(ResultExpr { name, expr: expr.clone(), aliased: alias.is_some() });
            }
        }
    }
    Ok(results)
}

/// `*` of a table-valued function has columns that only SQLite can give.
fn nameable(source: &Source) -> Result<(), Unsupported> {
    if source.is_dynamic {
        return Err(Unsupported::new(
            "all columns of a table-valued function; name `key`, `value`, `type` or `atom`",
        ));
    }
    Ok(())
}

/// A column that a right or full join has merged is meant by its bare name.
fn unmerged(column: ResultExpr, frame: &Frame<'_>) -> ResultExpr {
    let is_merged =
        frame.coalesced.iter().any(|(merged, _)| merged.eq_ignore_ascii_case(&column.name));
    if !is_merged {
        return column;
    }
    let bare = Name { text: column.name.clone(), quote: Quote::None };
    ResultExpr { expr: Expr::Column { schema: None, table: None, column: bare }, ..column }
}

/// The result column that a term of `ORDER BY` or `GROUP BY` names by position or name.
pub(super) fn result_index(
    expr: &Expr,
    columns: &[(String, Typed)],
) -> Result<Option<usize>, Unsupported> {
    if let Expr::Literal(Literal::Integer(position)) = expr {
        let index = usize::try_from(*position).ok().and_then(|n| n.checked_sub(1));
        return match index.filter(|index| *index < columns.len()) {
            Some(index) => Ok(Some(index)),
            None => Err(Unsupported::new("a position that no result column has")),
        };
    }
    let Expr::Column { table: None, column, .. } = expr else { return Ok(None) };
    Ok(columns.iter().position(|(name, _)| column.is(name)))
}

fn relation_of(name: &str, columns: Vec<Field>) -> Relation {
    Relation {
        source_name: name.to_owned(),
        target: fit(name),
        columns,
        primary_key: Vec::new(),
        row_id: None,
        hides_row_id: false,
    }
}

/// Gives the columns other names, unique ones.
pub(super) fn rename_columns(columns: &mut [Field], names: &[String]) -> Result<(), Unsupported> {
    if columns.len() != names.len() {
        return Err(Unsupported::new("the number of column names is not that of the columns"));
    }
    let mut space = NameSpace::new();
    for (field, name) in columns.iter_mut().zip(names) {
        field.source_name.clone_from(name);
        field.target = space.claim(name);
    }
    Ok(())
}
