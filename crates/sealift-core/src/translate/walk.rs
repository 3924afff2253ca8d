//! Walking over a tree without translating it.

use super::functions::aggregate::is_aggregate;
use crate::ast::{Expr, FromItem, Function, InSet, Over, Select, SelectBody, TableSource};

/// Returns the direct parts of an expression, those inside subqueries left out.
pub(crate) fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Literal(_)
        | Expr::Column { .. }
        | Expr::Subquery(_)
        | Expr::Exists(_)
        | Expr::Parameter(_) => Vec::new(),
        Expr::Unary { operand, .. }
        | Expr::IsNull { operand, .. }
        | Expr::Cast { operand, .. }
        | Expr::Collate { operand, .. } => vec![operand],
        Expr::Binary { left, right, .. } | Expr::Is { left, right, .. } => vec![left, right],
        Expr::Between { operand, low, high, .. } => vec![operand, low, high],
        Expr::In { operand, set, .. } => {
            let mut all: Vec<&Expr> = vec![operand];
            match set {
                InSet::List(items) => all.extend(items),
                InSet::Select(_) | InSet::Table(_) => {}
            }
            all
        }
        Expr::Like { operand, pattern, escape, .. } => {
            let mut all: Vec<&Expr> = vec![operand, pattern];
            all.extend(escape.as_deref());
            all
        }
        Expr::Case { operand, branches, otherwise } => {
            let mut all: Vec<&Expr> = Vec::new();
            all.extend(operand.as_deref());
            for (when, then) in branches {
                all.push(when);
                all.push(then);
            }
            all.extend(otherwise.as_deref());
            all
        }
        Expr::Function(function) => parts_of_call(function),
        Expr::Row(items) => items.iter().collect(),
        Expr::Raise { message, .. } => message.as_deref().into_iter().collect(),
    }
}

/// Returns whether an expression is or directly holds a query.
pub(super) fn is_query(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_) | Expr::Exists(_) | Expr::In { set: InSet::Select(_), .. })
}

fn parts_of_call(function: &Function) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = function.arguments.iter().collect();
    all.extend(function.filter.as_deref());
    all.extend(function.order_by.iter().map(|term| &term.expr));
    if let Some(Over::Window(window)) = &function.over {
        all.extend(&window.partition_by);
        all.extend(window.order_by.iter().map(|term| &term.expr));
    }
    all
}

/// Returns whether an expression holds an aggregate call of its own query.
pub(super) fn aggregates(expr: &Expr) -> bool {
    if let Expr::Function(function) = expr
        && function.over.is_none()
        && is_aggregate(function)
    {
        return true;
    }
    children(expr).into_iter().any(aggregates)
}

/// Returns whether a query reads a table of this name in a `FROM` of its own.
pub(super) fn reads(body: &SelectBody, name: &str) -> bool {
    match body {
        SelectBody::Core(core) => core.from.as_ref().is_some_and(|from| from_reads(from, name)),
        SelectBody::Values(_) => false,
        SelectBody::Compound { left, right, .. } => reads(left, name) || reads(right, name),
    }
}

fn from_reads(from: &FromItem, name: &str) -> bool {
    let source_reads = |source: &TableSource| match source {
        TableSource::Table { name: table, .. } => table.is(name),
        TableSource::Function { .. } => false,
        TableSource::Select { select, .. } => select_reads(select, name),
        TableSource::Nested { from, .. } => from_reads(from, name),
    };
    source_reads(&from.source) || from.joins.iter().any(|join| source_reads(&join.source))
}

fn select_reads(select: &Select, name: &str) -> bool {
    reads(&select.body, name)
}
