//! Row values (`sqlite.org/rowvalue.html`), and `IN` with a query.

use super::comparison::{compare, is, prepare};
use super::compound::Classes;
use super::expression::Translator;
use super::scope::Frame;
use super::select::Query;
use super::typed::{Type, Typed, fill};
use super::{Unsupported, operators};
use crate::ast::{BinaryOp, Expr, Select};
use crate::sql::Sql;

impl Translator<'_> {
    /// Translates `left op right` where a side is a row value; `None` where neither is.
    pub(super) fn row_binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        frame: &Frame<'_>,
    ) -> Result<Option<Typed>, Unsupported> {
        match (left, right) {
            (Expr::Row(left), Expr::Row(right)) => {
                let (left, right) = (self.row(left, frame)?, self.row(right, frame)?);
                let pairs = pairs(&left, &right)?;
                combined(op, &pairs).map(Some)
            }
            (Expr::Row(row), Expr::Subquery(select)) if op == BinaryOp::Eq => {
                let values = self.row(row, frame)?;
                let query = self.select(select, frame)?;
                let template = if query.single_row || select.limit.is_some() {
                    "(({0}) = ({1}))"
                } else {
                    "(({0}) = ({1} limit 1))"
                };
                matched(&values, &query, template).map(Some)
            }
            (Expr::Row(_), _) | (_, Expr::Row(_)) => {
                Err(Unsupported::new("a row value beside something that is not one"))
            }
            _ => Ok(None),
        }
    }

    /// Translates `left IS [NOT] right` of two row values; `None` where neither is one.
    pub(super) fn row_is(
        &mut self,
        left: &Expr,
        right: &Expr,
        negated: bool,
        frame: &Frame<'_>,
    ) -> Result<Option<Typed>, Unsupported> {
        match (left, right) {
            (Expr::Row(left), Expr::Row(right)) => {
                let (left, right) = (self.row(left, frame)?, self.row(right, frame)?);
                let mut parts = Vec::new();
                for (left, right) in pairs(&left, &right)? {
                    parts.push(is(left, right, false)?);
                }
                let all = joined(BinaryOp::And, parts)?;
                Ok(Some(if negated { all.derive("(not {0})", Type::Condition) } else { all }))
            }
            (Expr::Row(_), _) | (_, Expr::Row(_)) => {
                Err(Unsupported::new("a row value beside something that is not one"))
            }
            _ => Ok(None),
        }
    }

    /// Translates the members of a row value.
    pub(super) fn row(
        &mut self,
        items: &[Expr],
        frame: &Frame<'_>,
    ) -> Result<Vec<Typed>, Unsupported> {
        items.iter().map(|item| self.expr(item, frame)).collect()
    }

    /// Translates `values IN (select …)`.
    pub(super) fn in_select(
        &mut self,
        values: &[Typed],
        select: &Select,
        frame: &Frame<'_>,
    ) -> Result<Typed, Unsupported> {
        self.keeps_classes = Classes::Kept;
        let query = self.select(select, frame)?;
        self.keeps_classes = Classes::Lost;
        let template = if values.len() == 1 { "({0} in ({1}))" } else { "(({0}) in ({1}))" };
        matched(values, &query, template)
    }
}

/// Fills `template` with the values and the query, once each value meets its column as it is.
fn matched(values: &[Typed], query: &Query, template: &'static str) -> Result<Typed, Unsupported> {
    if query.columns.len() != values.len() {
        return Err(Unsupported::new("a row value and a query of another number of columns"));
    }
    let mut left = Vec::new();
    for (value, column) in values.iter().zip(&query.columns) {
        let mut member =
            Typed::new(Sql::raw("member"), column.data_type.map_or(Type::Null, Type::of));
        member.affinity = column.affinity;
        member.reading = column.reading;
        let mut member = member.with_cells(&column.cells);
        if column.collation.is_some() {
            return Err(Unsupported::new("IN with a subquery over a column with a collation"));
        }
        let is_kept = member.ty == Type::Jsonb && column.affinity.is_none();
        let dynamic = value.ty == Type::Dynamic || is_kept;
        if dynamic && values.len() == 1 {
            if is_kept {
                member.ty = Type::Dynamic;
            }
            let (left, right) = super::dynamic::both(value, &member)?;
            let set =
                fill("select {0} from ({1}) as sealift_set (member)", &[&right.sql, &query.sql]);
            let mut found = Typed::new(fill(template, &[&left.sql, &set]), Type::Condition);
            found.immutable = false;
            return Ok(found);
        }
        let pair = prepare(value, &member, false)?;
        if pair.right.sql != member.sql {
            return Err(Unsupported::new(format!(
                "IN compares {} with a subquery of {}",
                value.ty.name(),
                member.ty.name()
            )));
        }
        left.push(pair.left.sql);
    }
    let left = Sql::new().join(left, ", ");
    let mut found = Typed::new(fill(template, &[&left, &query.sql]), Type::Condition);
    found.immutable = false;
    Ok(found)
}

fn pairs<'v>(
    left: &'v [Typed],
    right: &'v [Typed],
) -> Result<Vec<(&'v Typed, &'v Typed)>, Unsupported> {
    if left.len() != right.len() || left.is_empty() {
        return Err(Unsupported::new("row values of different lengths"));
    }
    Ok(left.iter().zip(right).collect())
}

/// Compares member by member; the first that differs decides an order.
fn combined(op: BinaryOp, pairs: &[(&Typed, &Typed)]) -> Result<Typed, Unsupported> {
    let all = |op: &'static str, pairs: &[(&Typed, &Typed)]| {
        pairs.iter().map(|(left, right)| compare(op, left, right)).collect::<Result<Vec<_>, _>>()
    };
    let (strict, last) = match op {
        BinaryOp::Eq => return joined(BinaryOp::And, all("=", pairs)?),
        BinaryOp::Ne => return joined(BinaryOp::Or, all("<>", pairs)?),
        BinaryOp::Lt => ("<", "<"),
        BinaryOp::Le => ("<", "<="),
        BinaryOp::Gt => (">", ">"),
        BinaryOp::Ge => (">", ">="),
        BinaryOp::Or
        | BinaryOp::And
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
        | BinaryOp::LongArrow => return Err(Unsupported::new("a row value in arithmetic")),
    };
    let Some(((left, right), before)) = pairs.split_last() else {
        return Err(Unsupported::new("an empty row value"));
    };
    let mut made = compare(last, left, right)?;
    for (left, right) in before.iter().rev() {
        let (less, equal) = (compare(strict, left, right)?, compare("=", left, right)?);
        made = Typed::made("({0} or ({1} and {2}))", &[&less, &equal, &made], Type::Condition);
    }
    Ok(made)
}

fn joined(op: BinaryOp, parts: Vec<Typed>) -> Result<Typed, Unsupported> {
    let mut parts = parts.into_iter();
    let Some(mut made) = parts.next() else {
        return Err(Unsupported::new("an empty row value"));
    };
    for part in parts {
        made = operators::binary(op, &made, &part)?;
    }
    Ok(made)
}
