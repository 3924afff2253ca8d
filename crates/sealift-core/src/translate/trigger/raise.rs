//! `RAISE`: a query that can come to one becomes branches.
//!
//! PL/pgSQL raises from a statement, not from an expression. A query without `FROM` is walked along
//! its `CASE`s; any other gives the number of the `RAISE` that its rows come to.

use super::program::Program;
use crate::ast::{
    BinaryOp, Expr, Function, InSet, Literal, OrderTerm, RaiseAction, ResultColumn, Select,
    SelectBody, SelectCore,
};
use crate::schema::target::{Branch, Step};
use crate::sql::Sql;
use crate::translate::scope::Frame;
use crate::translate::typed::fill;
use crate::translate::{Unsupported, children};

/// A `RAISE` at a place of which SQLite alone knows when it is reached.
const ELSEWHERE: &str = "RAISE at a place other than the result of a SELECT or of its CASE";

impl Program<'_, '_> {
    /// Translates a `SELECT` as a statement: nothing comes of it but its `RAISE`s.
    pub(super) fn select(
        &mut self,
        select: &Select,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        if !raises_in(select) {
            // Whatever it calls must be known; then it does nothing.
            self.translator.select(select, frame)?;
            return Ok(Vec::new());
        }
        let SelectBody::Core(core) = &select.body else {
            return Err(Unsupported::new("RAISE in a compound query"));
        };
        let results = results(core)?;
        let simple = select.with.is_none() && select.limit.is_none() && select.offset.is_none();
        let bare = core.group_by.is_empty() && core.having.is_none() && core.from.is_none();
        if simple && bare {
            return self.without_from(core, &results, frame);
        }
        if let ([Expr::Raise { action, message }], true) = (results.as_slice(), simple) {
            let one = vec![ResultColumn::Expr { expr: number(1), alias: None }];
            let query = self.with_columns(core, one, frame)?;
            let condition = fill("exists ({0})", &[&query]);
            let steps = vec![self.raise(*action, message.as_deref(), frame)?];
            return Ok(vec![Step::Choose(vec![Branch { condition, steps }])]);
        }
        if !simple {
            return Err(Unsupported::new("RAISE in a query with WITH or LIMIT"));
        }
        let mut branches = Vec::new();
        let mut numbered = number(0);
        for result in results.iter().rev() {
            let own = self.numbered(result, frame, &mut branches)?;
            numbered = first_of(own, numbered);
        }
        let found = vec![ResultColumn::Expr { expr: numbered, alias: None }];
        let query = self.with_columns(core, found, frame)?;
        let number = fill(
            "(select \"found\".\"number\" from ({0}) as \"found\" (\"number\") where \"found\".\"number\" <> 0 limit 1)",
            &[&query],
        );
        Ok(vec![Step::Pick { number, branches }])
    }

    fn with_columns(
        &mut self,
        core: &SelectCore,
        columns: Vec<ResultColumn>,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let core = SelectCore { columns, distinct: false, ..core.clone() };
        let query = Select {
            with: None,
            body: SelectBody::Core(Box::new(core)),
            order_by: Vec::new(),
            limit: None,
            offset: None,
        };
        Ok(self.translator.select(&query, frame)?.sql)
    }

    fn without_from(
        &mut self,
        core: &SelectCore,
        results: &[&Expr],
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        let mut steps = Vec::new();
        for result in results {
            steps.extend(self.walked(result, frame)?);
        }
        match &core.filter {
            None => Ok(steps),
            Some(filter) => {
                let condition = self.translator.condition(filter, frame)?.sql;
                Ok(vec![Step::Choose(vec![Branch { condition, steps }])])
            }
        }
    }

    /// Returns what an expression that is evaluated once comes to.
    fn walked(&mut self, expr: &Expr, frame: &Frame<'_>) -> Result<Vec<Step>, Unsupported> {
        if !raises(expr) {
            self.translator.expr(expr, frame)?;
            return Ok(Vec::new());
        }
        if let Expr::Raise { action, message } = expr {
            return Ok(vec![self.raise(*action, message.as_deref(), frame)?]);
        }
        if let Expr::Subquery(select) = expr
            && is_one_row(select)
        {
            return self.select(select, frame);
        }
        let mut made = Vec::new();
        for (condition, then) in cases(expr)? {
            let condition = match condition {
                Some(condition) => self.translator.condition(&condition, frame)?.sql,
                None => Sql::raw("true"),
            };
            made.push(Branch { condition, steps: self.walked(&then, frame)? });
        }
        Ok(vec![Step::Choose(made)])
    }

    /// Returns an expression that is the number of the `RAISE` it comes to, 0 for none, and adds what
    /// each number does.
    fn numbered(
        &mut self,
        expr: &Expr,
        frame: &Frame<'_>,
        branches: &mut Vec<Vec<Step>>,
    ) -> Result<Expr, Unsupported> {
        if !raises(expr) {
            return Ok(number(0));
        }
        if let Expr::Raise { action, message } = expr {
            branches.push(vec![self.raise(*action, message.as_deref(), frame)?]);
            let count = i64::try_from(branches.len());
            return Ok(number(count.map_err(|_| Unsupported::new("too many RAISEs"))?));
        }
        let mut made = Vec::new();
        let mut otherwise = number(0);
        for (condition, then) in cases(expr)? {
            let then = self.numbered(&then, frame, branches)?;
            match condition {
                Some(condition) => made.push((condition, then)),
                None => otherwise = then,
            }
        }
        if made.is_empty() {
            return Ok(otherwise);
        }
        Ok(Expr::Case { operand: None, branches: made, otherwise: Some(Box::new(otherwise)) })
    }

    fn raise(
        &mut self,
        action: RaiseAction,
        message: Option<&Expr>,
        frame: &Frame<'_>,
    ) -> Result<Step, Unsupported> {
        match action {
            RaiseAction::Ignore => {
                self.ignores = true;
                return Ok(Step::Leave);
            }
            RaiseAction::Fail => self.fails = true,
            RaiseAction::Rollback | RaiseAction::Abort => {}
        }
        Ok(Step::Raise(match message {
            None => Sql::new().literal(""),
            Some(Expr::Literal(Literal::Text(text))) => Sql::new().literal(text),
            // Before version 3.47 the message is a name or a string, never a column.
            Some(Expr::Column { table: None, column, .. }) => Sql::new().literal(&column.text),
            Some(expr) => {
                let text = self.translator.expr(expr, frame)?.as_text()?;
                fill("coalesce({0}, '')", &[&text.sql])
            }
        }))
    }
}

/// Returns the conditions of a `CASE`, or of a call that is one, and what each comes to; without a
/// condition, in any other case.
fn cases(expr: &Expr) -> Result<Vec<(Option<Expr>, Expr)>, Unsupported> {
    let mut found = Vec::new();
    if let Expr::Case { operand, branches, otherwise } = expr {
        for (when, then) in branches {
            let condition = match operand {
                None => when.clone(),
                Some(operand) => Expr::Binary {
                    op: BinaryOp::Eq,
                    left: operand.clone(),
                    right: Box::new(when.clone()),
                },
            };
            found.push((Some(condition), then.clone()));
        }
        found.extend(otherwise.iter().map(|otherwise| (None, Expr::clone(otherwise))));
    } else if let Expr::Function(function) = expr {
        found = calls(function)?;
    }
    let hidden = found.iter().any(|(condition, _)| condition.as_ref().is_some_and(raises));
    if found.is_empty() || hidden {
        return Err(Unsupported::new(ELSEWHERE));
    }
    Ok(found)
}

/// `iif(a, b, c)` is a `CASE`, and so are `ifnull(a, b)` and `coalesce(a, …)` where only the last value
/// raises.
fn calls(function: &Function) -> Result<Vec<(Option<Expr>, Expr)>, Unsupported> {
    let name = function.name.text.to_ascii_lowercase();
    match (name.as_str(), function.arguments.as_slice()) {
        ("iif" | "if", [condition, then, rest @ ..]) if rest.len() <= 1 => {
            let mut found = vec![(Some(condition.clone()), then.clone())];
            found.extend(rest.iter().map(|otherwise| (None, otherwise.clone())));
            Ok(found)
        }
        ("ifnull" | "coalesce", [values @ .., last]) if !values.iter().any(raises) => {
            let null =
                |value: &Expr| Expr::IsNull { operand: Box::new(value.clone()), negated: false };
            let condition = values.iter().map(null).reduce(|left, right| Expr::Binary {
                op: BinaryOp::And,
                left: Box::new(left),
                right: Box::new(right),
            });
            Ok(condition.map(|condition| (Some(condition), last.clone())).into_iter().collect())
        }
        _ => Err(Unsupported::new(ELSEWHERE)),
    }
}

fn first_of(own: Expr, next: Expr) -> Expr {
    if own == number(0) {
        return next;
    }
    if next == number(0) {
        return own;
    }
    let differs =
        Expr::Binary { op: BinaryOp::Ne, left: Box::new(own.clone()), right: Box::new(number(0)) };
    Expr::Case { operand: None, branches: vec![(differs, own)], otherwise: Some(Box::new(next)) }
}

fn number(value: i64) -> Expr {
    Expr::Literal(Literal::Integer(value))
}

fn results(core: &SelectCore) -> Result<Vec<&Expr>, Unsupported> {
    let others = core.filter.iter().chain(&core.having).chain(&core.group_by);
    if others.into_iter().any(raises) {
        return Err(Unsupported::new(ELSEWHERE));
    }
    let results = core.columns.iter().filter_map(|column| match column {
        ResultColumn::Expr { expr, .. } => Some(expr),
        ResultColumn::Star | ResultColumn::TableStar(_) => None,
    });
    Ok(results.collect())
}

/// Returns whether a scalar subquery has no rows to choose from.
fn is_one_row(select: &Select) -> bool {
    let SelectBody::Core(core) = &select.body else { return false };
    select.with.is_none() && select.limit.is_none() && core.from.is_none()
}

/// Returns whether a query can come to a `RAISE` of its own.
fn raises_in(select: &Select) -> bool {
    let ordered = select.order_by.iter().any(|OrderTerm { expr, .. }| raises(expr));
    ordered || raises_in_body(&select.body)
}

fn raises_in_body(body: &SelectBody) -> bool {
    match body {
        SelectBody::Core(core) => {
            let results = core.columns.iter().any(|column| match column {
                ResultColumn::Expr { expr, .. } => raises(expr),
                ResultColumn::Star | ResultColumn::TableStar(_) => false,
            });
            results || core.filter.iter().chain(&core.having).any(raises)
        }
        SelectBody::Values(rows) => rows.iter().flatten().any(raises),
        SelectBody::Compound { left, right, .. } => raises_in_body(left) || raises_in_body(right),
    }
}

fn raises(expr: &Expr) -> bool {
    let inside = if let Expr::Subquery(select)
    | Expr::Exists(select)
    | Expr::In { set: InSet::Select(select), .. } = expr
    {
        raises_in(select)
    } else {
        matches!(expr, Expr::Raise { .. })
    };
    inside || children(expr).into_iter().any(raises)
}
