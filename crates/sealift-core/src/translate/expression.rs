//! Any expression → [`Typed`].

use super::compound::Classes;
use super::convert::unify;
use super::scope::{Catalogue, Field, Frame, Resolved, Source};
use super::typed::{Collation, Constant, Type, Typed, fill};
use super::{Unsupported, comparison, operators, pattern};
use crate::ast::{Expr, Literal, Name, Quote, Select, UnaryOp};
use crate::plan::ViewRows;
use crate::sql::Sql;
use crate::sqlite::Affinity;
use std::collections::BTreeSet;

/// Translates expressions, and remembers what they use.
#[derive(Debug)]
pub(super) struct Translator<'c> {
    pub(super) catalogue: Option<&'c Catalogue>,
    /// The relations read, by SQLite name.
    pub(super) uses: BTreeSet<String>,
    /// The columns of queries further out that subqueries read.
    pub(super) outer: BTreeSet<String>,
    /// What the query leaves open.
    pub(super) rows: ViewRows,
    /// Whether the last query that was read puts its rows into an order without ties.
    pub(super) ordered: bool,
    /// Whether the order of the query being read decides which rows it gives.
    pub(super) limited: bool,
    /// Whether the next query hands over the classes of its values.
    pub(super) keeps_classes: Classes,
    /// How deep the current expression is; an alias that names itself ends by it.
    depth: usize,
}

/// Deeper trees are refused; SQLite's own limit is 1000 (`SQLITE_MAX_EXPR_DEPTH`).
const MAX_DEPTH: usize = 300;

impl<'c> Translator<'c> {
    pub(super) fn new(catalogue: Option<&'c Catalogue>) -> Self {
        Self {
            catalogue,
            uses: BTreeSet::new(),
            outer: BTreeSet::new(),
            rows: ViewRows::default(),
            ordered: false,
            limited: false,
            keeps_classes: Classes::Lost,
            depth: 0,
        }
    }

    /// Translates one expression.
    pub(super) fn expr(&mut self, expr: &Expr, frame: &Frame<'_>) -> Result<Typed, Unsupported> {
        if self.depth >= MAX_DEPTH {
            return Err(Unsupported::new("the expression is nested too deeply"));
        }
        self.depth += 1;
        let result = self.dispatch(expr, frame);
        self.depth -= 1;
        result
    }

    /// Translates an expression to `boolean`.
    pub(super) fn condition(
        &mut self,
        expr: &Expr,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        self.expr(expr, frame)?.condition()
    }

    fn dispatch(&mut self, expr: &Expr, frame: &Frame<'_>) -> Result<Typed, Unsupported> {
        match expr {
            Expr::Literal(value) => {
                let clock = [Literal::CurrentTime, Literal::CurrentDate, Literal::CurrentTimestamp];
                self.rows.passing |= clock.contains(value);
                literal(value)
            }
            Expr::Column { table, column, .. } => self.column(table.as_ref(), column, frame),
            Expr::Unary { op, operand } => self.unary(*op, operand, frame),
            Expr::Binary { op, left, right } => {
                if let Some(rows) = self.row_binary(*op, left, right, frame)? {
                    return Ok(rows);
                }
                let left = self.expr(left, frame)?;
                let right = self.expr(right, frame)?;
                operators::binary(*op, &left, &right)
            }
            Expr::Is { left, right, negated } => {
                if let Some(rows) = self.row_is(left, right, *negated, frame)? {
                    return Ok(rows);
                }
                let left = self.expr(left, frame)?;
                let right = self.expr(right, frame)?;
                comparison::is(&left, &right, *negated)
            }
            Expr::IsNull { operand, negated } => {
                let value = self.expr(operand, frame)?;
                let template = if *negated { "({0} is not null)" } else { "({0} is null)" };
                Ok(value.derive(template, Type::Condition))
            }
            Expr::Between { operand, low, high, negated } => {
                let value = self.expr(operand, frame)?;
                let low = comparison::compare(">=", &value, &self.expr(low, frame)?)?;
                let high = comparison::compare("<=", &value, &self.expr(high, frame)?)?;
                let template = if *negated { "(not ({0} and {1}))" } else { "({0} and {1})" };
                Ok(Typed::made(template, &[&low, &high], Type::Condition))
            }
            Expr::In { operand, set, negated } => {
                let values = if let Expr::Row(items) = operand.as_ref() {
                    self.row(items, frame)?
                } else {
                    vec![self.expr(operand, frame)?]
                };
                comparison::membership(self, &values, set, *negated, frame)
            }
            Expr::Like { kind, operand, pattern, escape, negated } => {
                let value = self.expr(operand, frame)?;
                let pattern = self.expr(pattern, frame)?;
                let escape = match escape {
                    Some(escape) => Some(self.expr(escape, frame)?),
                    None => None,
                };
                value.same_class()?;
                let found = pattern::matching(*kind, &value, &pattern, escape.as_ref())?;
                Ok(if *negated { found.derive("(not {0})", Type::Condition) } else { found })
            }
            Expr::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref(), frame)
            }
            Expr::Cast { operand, type_name } => {
                let value = self.expr(operand, frame)?;
                operators::cast(&value, type_name)
            }
            Expr::Collate { operand, collation } => {
                let mut value = self.expr(operand, frame)?;
                value.collation = Some((Collation::named(&collation.text)?, true));
                Ok(value)
            }
            Expr::Function(function) => self.function(function, frame),
            Expr::Subquery(select) => self.scalar(select, frame),
            Expr::Exists(select) => {
                let query = self.select(select, frame)?;
                let mut exists = Typed::new(fill("(exists ({0}))", &[&query.sql]), Type::Condition);
                exists.immutable = false;
                Ok(exists)
            }
            Expr::Row(_) => Err(Unsupported::new("a row value")),
            Expr::Raise { .. } => Err(Unsupported::new("RAISE inside an expression")),
            Expr::Parameter(_) => Err(Unsupported::new("a parameter in a stored statement")),
        }
    }

    fn column(
        &mut self,
        table: Option<&Name>,
        column: &Name,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        if table.is_none()
            && let Some((values, is_outer)) = super::from::coalesced(frame, &column.text)?
        {
            if is_outer {
                self.outer.extend(values.iter().map(|value| value.sql.to_string()));
            }
            return super::from::first_of(&values);
        }
        match frame.resolve(table.map(|name| name.text.as_str()), &column.text)? {
            Resolved::Column { source, field, place } => {
                let value = field_value(source, field)?;
                if place.is_none() {
                    self.outer.insert(value.sql.to_string());
                }
                Ok(value)
            }
            Resolved::Alias(expr) => {
                let expr = expr.clone();
                self.expr(&expr, frame)
            }
            // The misfeature of `sqlite.org/quirks.html`, section 8.
            Resolved::Unknown if table.is_none() && column.quote == Quote::Double => {
                Typed::text(&column.text)
            }
            Resolved::Unknown => {
                Err(Unsupported::new(format!("there is no column `{}`", column.text)))
            }
        }
    }

    fn unary(
        &mut self,
        op: UnaryOp,
        operand: &Expr,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        let value = self.expr(operand, frame)?;
        match op {
            UnaryOp::Plus => Ok(Typed { affinity: None, collation: None, ..value }),
            UnaryOp::Not => Ok(value.condition()?.derive("(not {0})", Type::Condition)),
            UnaryOp::BitNot => {
                let number = value.number()?;
                if !number.ty.is_integer() {
                    return Err(Unsupported::new("~ of a number that is not an integer"));
                }
                Ok(number.derive("(~ ({0})::bigint)", Type::BigInt))
            }
            UnaryOp::Minus => match &value.constant {
                Some(Constant::Integer(number)) => number
                    .checked_neg()
                    .map(Typed::integer)
                    .ok_or_else(|| Unsupported::new("a number out of range")),
                Some(Constant::Real(text)) if text == "9223372036854775808" => {
                    Ok(Typed::integer(i64::MIN))
                }
                Some(Constant::Real(text)) => Typed::real(&format!("-{text}")),
                Some(Constant::Text(_) | Constant::Blob(_) | Constant::Truth(_)) | None => {
                    let number = value.number()?;
                    if number.ty.is_integer() {
                        Ok(number.derive("(- ({0})::bigint)", Type::BigInt))
                    } else {
                        Ok(number.derive("(- {0})", number.ty))
                    }
                }
            },
        }
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        let base = match operand {
            Some(operand) => Some(self.expr(operand, frame)?),
            None => None,
        };
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        for (when, then) in branches {
            let when = self.expr(when, frame)?;
            conditions.push(match &base {
                Some(base) => comparison::compare("=", base, &when)?,
                None => when.condition()?,
            });
            values.push(self.expr(then, frame)?);
        }
        if let Some(otherwise) = otherwise {
            values.push(self.expr(otherwise, frame)?);
        }
        choose(&conditions, &values)
    }

    /// Translates `(SELECT …)` as a value: the first row, NULL when there is none.
    fn scalar(&mut self, select: &Select, frame: &Frame<'_>) -> Result<Typed, Unsupported> {
        let query = self.select(select, frame)?;
        let [column] = query.columns.as_slice() else {
            return Err(Unsupported::new("a subquery of several columns as a value"));
        };
        let template =
            if query.single_row || select.limit.is_some() { "({0})" } else { "({0} limit 1)" };
        let mut value = Typed::new(
            fill(template, &[&query.sql]),
            column.data_type.map_or(Type::Null, Type::of),
        );
        value.immutable = false;
        value.affinity = column.affinity;
        value.reading = column.reading;
        value.maybe_integer = value.ty == Type::Double && column.affinity != Some(Affinity::Real);
        Ok(value.with_cells(&column.cells))
    }
}

/// Returns `case when … then … end` over conditions and one or one more value, unified.
pub(super) fn choose(conditions: &[Typed], values: &[Typed]) -> Result<Typed, Unsupported> {
    let ty = unify(&values.iter().collect::<Vec<_>>())?;
    let mut sql = Sql::raw("(case");
    let mut immutable = true;
    let mut rest = values.iter();
    for condition in conditions {
        let Some(value) = rest.next() else { break };
        let value = value.convert(ty)?;
        immutable = immutable && condition.immutable && value.immutable;
        sql = sql.push(" when ").sql(&condition.sql).push(" then ").sql(&value.sql);
    }
    if let Some(value) = rest.next() {
        let value = value.convert(ty)?;
        immutable = immutable && value.immutable;
        sql = sql.push(" else ").sql(&value.sql);
    }
    let mut typed = Typed::new(sql.push(" end)"), ty);
    typed.immutable = immutable;
    typed.not_negative = values.iter().all(|value| value.not_negative);
    Ok(typed.one_of(values))
}

/// Returns a column as a value.
pub(super) fn field_value(source: &Source, field: &Field) -> Result<Typed, Unsupported> {
    let sql = match &source.qualifier {
        Some(qualifier) => Sql::new().qualified(qualifier, &field.target),
        None => Sql::new().ident(&field.target),
    };
    if source.is_dynamic && field.data_type.is_none() {
        return Err(Unsupported::new(format!(
            "the column `{}` of a table-valued function, which only SQLite can give",
            field.source_name
        )));
    }
    let ty = field.data_type.map_or(Type::Text, Type::of);
    let is_dynamic = source.is_dynamic && ty == Type::Jsonb;
    let mut typed = Typed::new(sql, if is_dynamic { Type::Dynamic } else { ty });
    typed.affinity = field.affinity;
    typed.reading = field.reading;
    typed.of_row = source.is_row;
    typed.maybe_integer = typed.ty == Type::Double && field.affinity != Some(Affinity::Real);
    if let Some(crate::mapping::PgType::Varchar(limit)) = field.data_type {
        typed.limit = Some(limit);
    }
    if let Some(name) = &field.collation
        && typed.ty == Type::Text
    {
        typed.collation = Some((Collation::named(name)?, false));
    } else if typed.ty == Type::Text {
        typed.collation = Some((Collation::Binary, false));
    }
    Ok(typed.with_cells(&field.cells))
}

fn literal(value: &Literal) -> Result<Typed, Unsupported> {
    Ok(match value {
        Literal::Null => Typed::null(),
        Literal::Integer(value) => Typed::integer(*value),
        Literal::Real(text) => Typed::real(text)?,
        Literal::Text(text) => Typed::text(text)?,
        Literal::Blob(bytes) => {
            let mut typed = Typed::new(Sql::new().bytes(bytes), Type::Bytea);
            typed.constant = Some(Constant::Blob(bytes.clone()));
            typed
        }
        Literal::True => Typed::truth(true),
        Literal::False => Typed::truth(false),
        Literal::CurrentTime => super::functions::date::now("time")?,
        Literal::CurrentDate => super::functions::date::now("date")?,
        Literal::CurrentTimestamp => super::functions::date::now("datetime")?,
    })
}

/// Returns whether a text column may hold what SQLite keeps as numbers.
pub(super) fn holds_numbers(value: &Typed) -> bool {
    value.ty == Type::Text
        && matches!(
            value.affinity,
            Some(Affinity::Integer | Affinity::Real | Affinity::Numeric | Affinity::Blob)
        )
}
