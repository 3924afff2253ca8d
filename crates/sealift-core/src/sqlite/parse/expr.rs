//! Expressions.

use super::function;
use super::literal;
use super::reader::{MAX_CHAIN, Reader, items, required};
use super::select;
use super::{ParseError, Result};
use crate::ast::{
    BinaryOp, Expr, Function, InSet, LikeKind, Literal, Quote, RaiseAction, ResultColumn, Select,
    SelectBody, SelectCore, UnaryOp,
};
use syntaqlite_syntax::nodes::{self, InExprSource, IsOp, LikeKeyword, RaiseType};

/// Reads an expression.
pub(super) fn expr(reader: Reader<'_>, node: nodes::Expr<'_>) -> Result<Expr> {
    let reader = reader.deeper()?;
    match without_parentheses(node)? {
        nodes::Expr::BinaryExpr(node) => binary(reader, node),
        nodes::Expr::UnaryExpr(node) => unary(reader, node),
        nodes::Expr::Literal(node) => literal::literal(reader, node).map(Expr::Literal),
        nodes::Expr::ColumnRef(node) => column(reader, node),
        nodes::Expr::Variable(node) => variable(reader, node),
        nodes::Expr::FunctionCall(node) => function::plain(reader, node).map(call),
        nodes::Expr::AggregateFunctionCall(node) => function::ordered(reader, node).map(call),
        nodes::Expr::OrderedSetFunctionCall(node) => function::within_group(reader, node).map(call),
        nodes::Expr::CastExpr(node) => cast(reader, node),
        nodes::Expr::CollateExpr(node) => collate(reader, node),
        nodes::Expr::CaseExpr(node) => case(reader, node),
        nodes::Expr::IsExpr(node) => is(reader, node),
        nodes::Expr::BetweenExpr(node) => between(reader, node),
        nodes::Expr::LikeExpr(node) => like(reader, node),
        nodes::Expr::InExpr(node) => in_set(reader, node),
        nodes::Expr::SubqueryExpr(node) => boxed_select(reader, node.select()).map(Expr::Subquery),
        nodes::Expr::ExistsExpr(node) => boxed_select(reader, node.select()).map(Expr::Exists),
        nodes::Expr::RaiseExpr(node) => raise(reader, node),
        nodes::Expr::RowValue(node) => list(reader, node.items()).map(Expr::Row),
        nodes::Expr::ParenExpr(_) | nodes::Expr::Error(_) => {
            Err(ParseError::new("an expression could not be read"))
        }
    }
}

/// Reads an expression that the grammar always gives.
pub(super) fn needed(reader: Reader<'_>, node: Option<nodes::Expr<'_>>) -> Result<Expr> {
    expr(reader, required(node, "operand")?)
}

/// Reads an expression that may be missing.
pub(super) fn optional(reader: Reader<'_>, node: Option<nodes::Expr<'_>>) -> Result<Option<Expr>> {
    node.map(|node| expr(reader, node)).transpose()
}

/// Reads a list of expressions.
pub(super) fn list(reader: Reader<'_>, nodes: Option<nodes::ExprList<'_>>) -> Result<Vec<Expr>> {
    items(nodes)?.into_iter().map(|node| expr(reader, node)).collect()
}

fn boxed(reader: Reader<'_>, node: Option<nodes::Expr<'_>>) -> Result<Box<Expr>> {
    needed(reader, node).map(Box::new)
}

fn boxed_optional(reader: Reader<'_>, node: Option<nodes::Expr<'_>>) -> Result<Option<Box<Expr>>> {
    Ok(optional(reader, node)?.map(Box::new))
}

fn boxed_select(reader: Reader<'_>, node: Option<nodes::Select<'_>>) -> Result<Box<Select>> {
    select::select(reader, required(node, "subquery")?).map(Box::new)
}

fn call(function: Function) -> Expr {
    Expr::Function(Box::new(function))
}

fn without_parentheses(mut node: nodes::Expr<'_>) -> Result<nodes::Expr<'_>> {
    while let nodes::Expr::ParenExpr(outer) = node {
        node = required(outer.expr(), "operand")?;
    }
    Ok(node)
}

/// Reads a chain such as `a AND b AND c`, which nests to the left, without recursion on that side:
/// generated conditions have hundreds of terms.
fn binary(reader: Reader<'_>, node: nodes::BinaryExpr<'_>) -> Result<Expr> {
    let mut rights = vec![(operator(node.op()), needed(reader, node.right())?)];
    let mut left = without_parentheses(required(node.left(), "operand")?)?;
    while let nodes::Expr::BinaryExpr(inner) = left {
        if rights.len() > MAX_CHAIN {
            return Err(ParseError::new(format!("more than {MAX_CHAIN} operators in a row")));
        }
        rights.push((operator(inner.op()), needed(reader, inner.right())?));
        left = without_parentheses(required(inner.left(), "operand")?)?;
    }
    let first = expr(reader, left)?;
    Ok(rights.into_iter().rev().fold(first, |left, (op, right)| Expr::Binary {
        op,
        left: Box::new(left),
        right: Box::new(right),
    }))
}

fn operator(op: nodes::BinaryOp) -> BinaryOp {
    match op {
        nodes::BinaryOp::Plus => BinaryOp::Add,
        nodes::BinaryOp::Minus => BinaryOp::Subtract,
        nodes::BinaryOp::Star => BinaryOp::Multiply,
        nodes::BinaryOp::Slash => BinaryOp::Divide,
        nodes::BinaryOp::Rem => BinaryOp::Modulo,
        nodes::BinaryOp::Lt => BinaryOp::Lt,
        nodes::BinaryOp::Gt => BinaryOp::Gt,
        nodes::BinaryOp::Le => BinaryOp::Le,
        nodes::BinaryOp::Ge => BinaryOp::Ge,
        nodes::BinaryOp::Eq | nodes::BinaryOp::EqDouble => BinaryOp::Eq,
        nodes::BinaryOp::Ne | nodes::BinaryOp::NeAngle => BinaryOp::Ne,
        nodes::BinaryOp::And => BinaryOp::And,
        nodes::BinaryOp::Or => BinaryOp::Or,
        nodes::BinaryOp::BitAnd => BinaryOp::BitAnd,
        nodes::BinaryOp::BitOr => BinaryOp::BitOr,
        nodes::BinaryOp::Lshift => BinaryOp::ShiftLeft,
        nodes::BinaryOp::Rshift => BinaryOp::ShiftRight,
        nodes::BinaryOp::Concat => BinaryOp::Concat,
        nodes::BinaryOp::Ptr => BinaryOp::Arrow,
        nodes::BinaryOp::Ptr2 => BinaryOp::LongArrow,
    }
}

fn unary(reader: Reader<'_>, node: nodes::UnaryExpr<'_>) -> Result<Expr> {
    let operand = needed(reader, node.operand())?;
    let op = match node.op() {
        nodes::UnaryOp::Minus => UnaryOp::Minus,
        nodes::UnaryOp::Plus => UnaryOp::Plus,
        nodes::UnaryOp::BitNot => UnaryOp::BitNot,
        nodes::UnaryOp::Not => UnaryOp::Not,
    };
    if op == UnaryOp::Minus
        && let Some(minimum) = literal::negated_minimum(&operand)
    {
        return Ok(Expr::Literal(minimum));
    }
    Ok(Expr::Unary { op, operand: Box::new(operand) })
}

fn column(reader: Reader<'_>, node: nodes::ColumnRef<'_>) -> Result<Expr> {
    let id = node.node_id().into_inner();
    let column = reader.name(id, "column")?;
    let table = reader.optional_name(id, "table")?;
    let schema = reader.optional_name(id, "schema")?;
    if table.is_none() {
        // A column of that name comes before the word, in SQLite since 3.23 as here.
        if column.quote == Quote::None
            && !reader.has_column(&column.text)
            && let Some(word) = literal::boolean(&column.text)
        {
            return Ok(Expr::Literal(word));
        }
        // No column can be meant in a default, so the double quotes are a string's.
        if reader.is_in_default() && column.quote == Quote::Double {
            return Ok(Expr::Literal(Literal::Text(column.text)));
        }
    }
    Ok(Expr::Column { schema, table, column })
}

fn variable(reader: Reader<'_>, node: nodes::Variable<'_>) -> Result<Expr> {
    let text = required(reader.raw(node.node_id().into_inner(), "source")?, "parameter")?;
    Ok(Expr::Parameter(text.to_owned()))
}

fn cast(reader: Reader<'_>, node: nodes::CastExpr<'_>) -> Result<Expr> {
    let type_name = reader.raw(node.node_id().into_inner(), "type_name")?.unwrap_or_default();
    Ok(Expr::Cast { operand: boxed(reader, node.expr())?, type_name: type_name.to_owned() })
}

fn collate(reader: Reader<'_>, node: nodes::CollateExpr<'_>) -> Result<Expr> {
    let collation = reader.name(node.node_id().into_inner(), "collation")?;
    Ok(Expr::Collate { operand: boxed(reader, node.expr())?, collation })
}

fn case(reader: Reader<'_>, node: nodes::CaseExpr<'_>) -> Result<Expr> {
    let branches = items(node.whens())?
        .into_iter()
        .map(|when| Ok((needed(reader, when.when_expr())?, needed(reader, when.then_expr())?)))
        .collect::<Result<_>>()?;
    Ok(Expr::Case {
        operand: boxed_optional(reader, node.operand())?,
        branches,
        otherwise: boxed_optional(reader, node.else_expr())?,
    })
}

fn is(reader: Reader<'_>, node: nodes::IsExpr<'_>) -> Result<Expr> {
    let left = boxed(reader, node.left())?;
    let negated = match node.op() {
        IsOp::IsNull => return Ok(Expr::IsNull { operand: left, negated: false }),
        IsOp::NotNull | IsOp::NotNullSpaced => {
            return Ok(Expr::IsNull { operand: left, negated: true });
        }
        IsOp::Is | IsOp::IsNotDistinct => false,
        IsOp::IsNot | IsOp::IsDistinct => true,
    };
    let right = boxed(reader, node.right())?;
    if *right == Expr::Literal(Literal::Null) {
        return Ok(Expr::IsNull { operand: left, negated });
    }
    Ok(Expr::Is { left, right, negated })
}

fn between(reader: Reader<'_>, node: nodes::BetweenExpr<'_>) -> Result<Expr> {
    Ok(Expr::Between {
        operand: boxed(reader, node.operand())?,
        low: boxed(reader, node.low())?,
        high: boxed(reader, node.high())?,
        negated: node.negated(),
    })
}

fn like(reader: Reader<'_>, node: nodes::LikeExpr<'_>) -> Result<Expr> {
    Ok(Expr::Like {
        kind: match node.keyword() {
            LikeKeyword::Like => LikeKind::Like,
            LikeKeyword::Glob => LikeKind::Glob,
            LikeKeyword::Match => LikeKind::Match,
            LikeKeyword::Regexp => LikeKind::Regexp,
        },
        operand: boxed(reader, node.operand())?,
        pattern: boxed(reader, node.pattern())?,
        escape: boxed_optional(reader, node.escape())?,
        negated: node.negated(),
    })
}

fn in_set(reader: Reader<'_>, node: nodes::InExpr<'_>) -> Result<Expr> {
    let of_select = |node| select::select(reader, node).map(|inner| InSet::Select(Box::new(inner)));
    let set = match node.source() {
        None => InSet::List(Vec::new()),
        Some(InExprSource::ExprList(nodes)) => in_list(list(reader, Some(nodes))?),
        Some(InExprSource::SubqueryExpr(node)) => {
            InSet::Select(boxed_select(reader, node.select())?)
        }
        Some(InExprSource::SelectStmt(node)) => of_select(nodes::Select::SelectStmt(node))?,
        Some(InExprSource::CompoundSelect(node)) => of_select(nodes::Select::CompoundSelect(node))?,
        Some(InExprSource::WithClause(node)) => of_select(nodes::Select::WithClause(node))?,
        Some(InExprSource::ValuesClause(node)) => of_select(nodes::Select::ValuesClause(node))?,
        Some(InExprSource::TableRef(node)) => in_table(reader, node)?,
    };
    Ok(Expr::In { operand: boxed(reader, node.operand())?, set, negated: node.negated() })
}

/// `IN ((SELECT …))` is `IN (SELECT …)` to the SQLite we build on, as it is to PostgreSQL; versions
/// such as 3.40 compared with the query's first row only.
fn in_list(mut entries: Vec<Expr>) -> InSet {
    match (entries.pop(), entries.is_empty()) {
        (Some(Expr::Subquery(select)), true) => InSet::Select(select),
        (last, _) => {
            entries.extend(last);
            InSet::List(entries)
        }
    }
}

/// `IN table` is `IN (SELECT * FROM table)` (`sqlite.org/lang_expr.html`, section 7); the long form
/// is what we keep where the short one has more than a name.
fn in_table(reader: Reader<'_>, node: nodes::TableRef<'_>) -> Result<InSet> {
    let id = node.node_id().into_inner();
    if !node.has_parens() && reader.optional_name(id, "schema")?.is_none() {
        return Ok(InSet::Table(reader.name(id, "table_name")?));
    }
    let from = super::from::from_item(reader, nodes::TableSource::TableRef(node))?;
    Ok(InSet::Select(Box::new(Select {
        with: None,
        body: SelectBody::Core(Box::new(SelectCore {
            distinct: false,
            columns: vec![ResultColumn::Star],
            from: Some(from),
            filter: None,
            group_by: Vec::new(),
            having: None,
            windows: Vec::new(),
        })),
        order_by: Vec::new(),
        limit: None,
        offset: None,
    })))
}

fn raise(reader: Reader<'_>, node: nodes::RaiseExpr<'_>) -> Result<Expr> {
    Ok(Expr::Raise {
        action: match node.raise_type() {
            RaiseType::Ignore => RaiseAction::Ignore,
            RaiseType::Rollback => RaiseAction::Rollback,
            RaiseType::Abort => RaiseAction::Abort,
            RaiseType::Fail => RaiseAction::Fail,
        },
        message: boxed_optional(reader, node.error_message())?,
    })
}
