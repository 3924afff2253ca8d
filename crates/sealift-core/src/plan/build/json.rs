//! Columns that hold JSON by a check, whatever their declared type.

use crate::ast::{BinaryOp, Expr};
use crate::schema::source;
use std::collections::BTreeSet;

/// Returns the columns of which a check demands valid JSON: `json_valid(c)`, alone, or with
/// `or c is null`, or as a part of an `and`. Django and others say "JSON" in this way.
#[must_use]
pub fn json_columns(table: &source::Table) -> BTreeSet<usize> {
    let demanded = |column: &source::Column| {
        table.checks.iter().any(|check| demands_json(&check.condition.tree, &column.name))
    };
    let columns = table.columns.iter().enumerate();
    columns.filter(|(_, column)| demanded(column)).map(|(position, _)| position).collect()
}

fn demands_json(expr: &Expr, column: &str) -> bool {
    let is_column =
        |expr: &Expr| matches!(expr, Expr::Column { column: name, .. } if name.is(column));
    if let Expr::Function(call) = expr {
        return call.name.is("json_valid")
            && call.arguments.len() == 1
            && call.arguments.iter().all(is_column);
    }
    let Expr::Binary { op, left, right } = expr else { return false };
    let null = |side: &Expr| matches!(side, Expr::IsNull { operand, negated: false } if is_column(operand));
    match op {
        BinaryOp::And => demands_json(left, column) || demands_json(right, column),
        BinaryOp::Or => {
            (demands_json(left, column) && null(right))
                || (demands_json(right, column) && null(left))
        }
        BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge
        | BinaryOp::BitAnd
        | BinaryOp::BitOr
        | BinaryOp::ShiftLeft
        | BinaryOp::ShiftRight
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo
        | BinaryOp::Concat
        | BinaryOp::Arrow
        | BinaryOp::LongArrow => false,
    }
}
